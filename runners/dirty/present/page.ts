import { counted, numberText } from "../../core/cli/words.ts";
import type { RenderInput } from "../../core/job.ts";
import type { Figure, Page, PageSection } from "../../core/report/page.ts";
import { pageText, planPage } from "../../core/report/plan_report.ts";
import { sumOf } from "../../core/sum_of.ts";
import { tableRows, type Text } from "../../core/text/sections.ts";
import { shareTrend, shortName } from "../../core/report/run_words.ts";
import type { DirtyTypes } from "../plan.ts";
import { NOT_KNOWN } from "../standing.ts";

type Shown = Pick<RenderInput<DirtyTypes>, "plan" | "run">;
type DirtyPlan = Shown["plan"];

/** What was read, what is dirty, what is not known, which tags are written, whose clients tell. */
export function dirtyPage({ plan, run }: Shown): Page {
  const plain = planPage({ plan, run });
  return {
    ...plain,
    title: `Dirty instances of ${counted(plan.own.accounts.length, "account")}`,
    headline: headline(plan, plain.headline),
    sections: [dirtySection(plan), unknownSection(plan), ...plain.sections, clientsSection(plan)],
  };
}

/** The page as a text; of a clearance only what becomes of its instance. */
export function dirtyText(input: RenderInput<DirtyTypes>): Text {
  const { plan: { changes, own: { instances: [first] } }, command, config: { clear } } = input;
  const cleared = changes.map(({ target }) => ({
    name: ["remove the tag", shortName({ target })],
  }));
  if (clear) return [[{ items: cleared }]];
  const show = first && { next: "To see who was there:", command: command("dirty show", first.id) };
  const next = changes.length > 0
    ? { next: "To write the tags:", command: command("dirty apply") }
    : show ?? "";
  const page = dirtyPage(input);
  // A terminal shows its end: what was read comes first, what is to be done last.
  const [dirty, unknown, ...rest] = page.sections as [PageSection, PageSection, ...PageSection[]];
  const sections = [
    ...rest.slice(-1),
    unknown,
    dirty,
    ...rest.slice(0, -1).filter(({ rows }) => rows.length > 0),
  ];
  return pageText({ ...page, sections }, input, next);
}

export function accountName({ own }: Pick<DirtyPlan, "own">, id: string): string {
  return own.accounts.find(({ account }) => account === id)?.name ?? id;
}

/** The figures of the job between the coverage and the changes. */
function headline({ own: { clients }, coverage }: DirtyPlan, plain: readonly Figure[]): Figure[] {
  const [read, changes] = plain as [Figure, Figure];
  const running = sumOf(clients, (one) => one.running);
  const spoke = sumOf(clients, (one) => one.spoke);
  const dirty = sumOf(clients, (one) => one.dirty);
  const unknown = running - dirty - sumOf(clients, (one) => one.clean);
  const isWhole = coverage.unproven.length === 0;
  return [
    { ...read, detail: "account-regions read" },
    {
      label: "Clients",
      value: `${numberText(spoke)} of ${numberText(running)}`,
      detail: "running instances have a client that has spoken since the launch",
      state: isWhole && spoke === running ? "good" : "unproven",
      how: '.clients | "\\(map(.spoke) | add // 0) of \\(map(.running) | add // 0)"',
      trend: shareTrend("clients that spoke", spoke, running),
    },
    {
      label: "Not known",
      value: numberText(unknown),
      detail: `of ${counted(running, "running instance")}: not dirty, and not known to be clean`,
      state: unknown > 0 || !isWhole ? "unproven" : "good",
      how: "[.clients[] | .running - .dirty - .clean] | add // 0",
    },
    {
      label: "Dirty",
      value: numberText(dirty),
      detail: `of ${counted(running, "running instance")}`,
      state: dirty > 0 ? "attention" : unknown > 0 || !isWhole ? "unproven" : "good",
      how: "[.clients[].dirty] | add // 0",
      trend: { title: "dirty", unit: "count", value: dirty },
    },
    changes,
  ];
}

function clientsSection(plan: DirtyPlan): PageSection {
  return {
    title: "Clients",
    columns: ["Account", "Region", "Running", "Client spoke", "Dirty", "Clean", "Not known"],
    ...tableRows(plan.own.clients, ({ account, region, running, spoke, dirty, clean }) => [
      accountName(plan, account),
      region,
      running,
      spoke,
      dirty,
      clean,
      running - dirty - clean,
    ]),
    empty: "No Region was read.",
  };
}

/** The instances that are neither clean nor dirty, by their groups, the largest first. */
function unknownSection(plan: DirtyPlan): PageSection {
  const groups = plan.own.clients.flatMap(({ account, region, unknown }) =>
    unknown.map((one) => ({ account, region, ...one }))
  ).sort((a, b) => b.count - a.count);
  return {
    title: "Not known to be clean",
    lead: "No client has spoken since the launch, or it is not proven that nothing has happened.",
    columns: ["Instances", "Group", "Why", "Account", "Region"],
    ...tableRows(groups, ({ count, group, why, account, region }) => [
      count,
      group === "" ? "no group" : group,
      NOT_KNOWN[why],
      accountName(plan, account),
      region,
    ]),
    empty: "Every running instance that was read is dirty or clean.",
  };
}

function dirtySection(plan: DirtyPlan): PageSection {
  return {
    title: "Dirty, or tagged",
    columns: [
      "Instance",
      "Account",
      "Region",
      { title: "Name", on: "page" },
      { title: "Group", on: "page" },
      "Since",
      "Event",
      "Events",
      "Tag",
    ],
    ...tableRows(plan.own.instances, (one) => ({
      cells: [
        one.id,
        accountName(plan, one.account),
        one.region,
        one.name,
        one.group,
        one.ledger?.since ? { at: new Date(one.ledger.since.at) } : null,
        one.ledger?.last ? `${one.ledger.last.event} (${one.ledger.last.level})` : "the tag alone",
        one.ledger?.marks ?? 0,
        one.mark ?? (one.state === null ? "not read" : "none"),
      ],
      ...one.state === null ? { tone: "unproven" as const } : {},
    })),
    empty: "No instance that was read is dirty or tagged.",
  };
}
