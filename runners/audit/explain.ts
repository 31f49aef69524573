import { INSTANCE_ID } from "../core/aws/arn.ts";
import { textTable, visible, wrapText } from "../core/cli/table.ts";
import type { TextStyle } from "../core/cli/text_style.ts";
import { counted, dayText, relativeText } from "../core/cli/words.ts";
import { UsageError } from "../core/errors.ts";
import type { Explanation } from "../core/job.ts";
import type { Json } from "../core/json.ts";
import type { Place } from "../core/plan/change.ts";
import type { PlanDocument } from "../core/plan/document.ts";
import type { AuditConfig, TagRule } from "./config.ts";
import { instanceRowId } from "./mark.ts";
import type { ObservedAccount, ObservedInstance, ObservedRegion } from "./observed.ts";
import { accountLabel, userNames } from "./observed.ts";
import type { Earlier } from "./planning.ts";
import { proveRegion } from "./proof.ts";
import { type Explaining, explainRegion, explainUsers } from "./explain_region.ts";
import { fold } from "./fold.ts";
import { judgeTags } from "./rules.ts";
import { ruleText } from "./names.ts";

/** A region as people name it: account id or name, a slash, the region. */
const REGION_SUBJECT = /^([^/:]+)\/(global|[a-z]{2,4}(?:-[a-z]+)+-\d)$/;

/** Where an instance was seen last, or the region that is asked about. */
export function locate(subject: string, earlier: Earlier): Partial<Place> {
  const region = REGION_SUBJECT.exec(subject);
  if (region) {
    const [, account, inRegion] = region as unknown as [string, string, string];
    return {
      ...(/^\d{12}$/.test(account) ? { account } : {}),
      ...(inRegion === "global" ? {} : { region: inRegion }),
    };
  }
  if (!INSTANCE_ID.test(subject)) {
    throw new UsageError(
      `"${subject}" is neither an instance ID such as i-0123456789abcdef0 nor an account and ` +
        "region such as 111111111111/us-east-1",
    );
  }
  const rowId = [...earlier.looks.keys(), ...earlier.marks.keys()].find((id) =>
    id.endsWith(`/${subject}`)
  );
  const [account, inRegion] = rowId?.split("/") ?? [];
  return account && inRegion ? { account, region: inRegion } : {};
}

/** Says of an instance what the rules say, what both sources said, and what comes next. */
export function explain(explaining: Explaining): Explanation | null {
  const { subject, planning } = explaining;
  const region = REGION_SUBJECT.exec(subject);
  for (const account of planning.observed.accounts) {
    const named = region !== null &&
      [account.id, account.name, account.alias].includes(region[1]!);
    if (named && region[2] === "global" && account.users && "reason" in account.users) {
      return explainUsers(account, account.users, explaining);
    }
    for (const observed of account.regions) {
      if (region) {
        if (named && observed.region === region[2]) {
          return explainRegion(account, observed, explaining);
        }
      } else {
        const instance = observed.instances.find(({ id }) => id === subject);
        if (instance) return explainInstance(account, observed, instance, explaining);
      }
    }
  }
  return null;
}

function explainInstance(
  account: ObservedAccount,
  region: ObservedRegion,
  instance: ObservedInstance,
  explaining: Explaining,
): Explanation {
  const { planning, plan, style } = explaining;
  const { config, now } = planning;
  const name = instance.tags["Name"];
  const launched = dayText(new Date(instance.launched), now);
  const head = [
    style.bold(name ? visible(name) : instance.id),
    `${accountLabel(account)} ${region.region}`,
    // When it left another state is not known, only when it was started last.
    instance.state === "running"
      ? `running since ${launched}`
      : `${instance.state}, started ${launched}`,
    `created ${dayText(new Date(instance.created), now)}`,
  ].join("   ");
  const rows = config.required.map((rule) => ruleRow(rule, account, instance));
  const place = { account: account.id, region: region.region };
  const states: readonly string[] = config.states;
  const examined = states.includes(instance.state);
  const believed = proveRegion(region, config).proven;
  const standing = examined || !believed
    ? standingOf(instance.id, plan, place)
    : `It is ${instance.state}, which is not looked at (audit.states: ${states.join(", ")}).`;
  const broken = examined && believed
    ? rows.filter(([, , said]) => said !== KEPT && !said.startsWith(UNDECIDED))
    : [];
  const lines = [
    ...wrapText(head, style.width),
    "",
    textTable([{ title: "" }, { title: "" }, { title: "" }], rows, style),
    "",
    ...sourcesLines(region, instance, config, style),
    "",
    ...timeline(account, region, instance, explaining),
    "",
    ...wrapText(standing, style.width),
    ...leaveLines(broken, config, style),
  ];
  return {
    text: lines.join("\n") + "\n",
    json: {
      account: account.id,
      region: region.region,
      instance: instance as unknown as Json,
      second_source: region.secondSource?.tags[instance.id] ?? null,
      rules: rows.map(([key, value, said]) => ({ key: key!, value: value!, said: said! })),
      standing,
      finding: (plan["findings"] as { id: string }[]).find(({ id }) => id === instance.id) as
        | Json
        | undefined ?? null,
      journal: explaining.journal as unknown as Json,
    },
  };
}

const KEPT = "kept";
const UNDECIDED = "undecided";

function ruleRow(
  rule: TagRule,
  account: ObservedAccount,
  instance: ObservedInstance,
): [key: string, value: string, said: string] {
  const { findings, undecided } = judgeTags([rule], instance.tags, userNames(account));
  const key = [
    rule.key,
    ...Object.keys(instance.tags).filter((key) =>
      rule.match === "insensitive" && fold(key) === fold(rule.key)
    ).sort(),
  ].find((key) => Object.hasOwn(instance.tags, key));
  const value = key === undefined ? undefined : instance.tags[key];
  const said = findings[0]?.detail ??
    (undecided.length > 0 ? `${UNDECIDED}: the IAM users are not known` : KEPT);
  return [rule.key, value === undefined ? "missing" : visible(value) || '""', visible(said)];
}

function sourcesLines(
  region: ObservedRegion,
  instance: ObservedInstance,
  config: AuditConfig,
  style: TextStyle,
): string[] {
  const second = region.secondSource?.tags[instance.id];
  if (!second) return ["  DescribeTags was not asked: there was nothing to confirm"];
  const keys = [...new Set([...config.required.map(({ key }) => key), config.mark])];
  const differing = keys.filter((key) => instance.tags[key] !== second[key]);
  const when = `DescribeInstances ${region.at.slice(11, 19)}, DescribeTags ` +
    `${region.secondSource!.at.slice(11, 19)}`;
  return wrapText(
    differing.length === 0
      ? `both sources agree (${when})`
      : `the sources differ on ${differing.join(", ")} (${when})`,
    style.width,
    "  ",
  );
}

function timeline(
  account: ObservedAccount,
  region: ObservedRegion,
  instance: ObservedInstance,
  { planning, journal, plan, style }: Explaining,
): string[] {
  const { earlier, now } = planning;
  const look = earlier.looks.get(instanceRowId(account.id, region.region, instance.id));
  const entries: [Date, string][] = [
    ...(look
      ? [[new Date(look.first_seen), `first seen   in ${counted(look.count, "look")}`] as [
        Date,
        string,
      ]]
      : []),
    ...journal.map((entry): [Date, string] => [
      new Date(entry.intended_at),
      `${entry.action} ${entry.outcome ?? "not known yet"}   run ${entry.run_id}`,
    ]),
    ...plan.changes.filter(({ target }) => target.endsWith(`/${instance.id}`)).map((
      change,
    ): [Date, string] => [now, `mark         next, with apply: ${visible(change.reason)}`]),
  ];
  return entries.length === 0
    ? ["  nothing was ever done to it"]
    : entries.sort(([a], [b]) => a.getTime() - b.getTime()).flatMap(([at, text]) => {
      const [first, ...more] = wrapText(
        `${text}   (${relativeText(at, now)})`,
        style.width - 17,
      );
      return [
        `  ${dayText(at, now).padStart(12)}   ${first}`,
        ...more.map((line) => `                 ${line}`),
      ];
    });
}

function standingOf(id: string, plan: PlanDocument, place: Place): string {
  const spared = plan.spared.find(({ target }) => target.endsWith(`/${id}`));
  const change = plan.changes.find(({ target }) => target.endsWith(`/${id}`));
  const unproven = plan.coverage.unproven.find(({ account, region }) =>
    account === place.account && region === place.region
  );
  if (unproven) return `Nothing is concluded: the region is not proven (${unproven.detail}).`;
  if (change && plan.refused) {
    return `It is to be marked, and audit.${plan.refused.limit} refuses the run.`;
  }
  if (change) return "It is to be marked by the next apply.";
  if (spared?.reason === "marked") return "It is marked already, and nothing more is planned.";
  if (spared) return `It is spared (${spared.reason}): ${visible(spared.detail)}.`;
  return "It keeps all rules. Nothing is planned.";
}

function leaveLines(
  broken: readonly (readonly [string, string, string])[],
  config: AuditConfig,
  style: TextStyle,
): string[] {
  if (broken.length === 0) return [];
  const wanted = config.required.filter((rule) =>
    broken.some(([key]) => fold(key) === fold(rule.key))
  );
  return wrapText(
    `To put it right: tag it ${wanted.map(ruleText).join(", ")}, ` +
      "or exempt it with an end date in audit.exempt.",
    style.width,
  );
}
