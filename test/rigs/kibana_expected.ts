import { type PanelRow, TIME } from "./kibana_rows.ts";

/*
 * What each panel must show, from what the runs printed with --json alone: nothing here has seen a
 * document or a query.
 */

// deno-lint-ignore no-explicit-any
type Loose = any;

/** What `report --json` or `apply --json` printed. */
export type RunJson = Loose;

/** A thing of a run, and the run. */
type Seen = { readonly run: RunJson; readonly one: Loose };

type Expect = (runs: readonly RunJson[]) => PanelRow[];

const seenIn = (runs: readonly RunJson[], list: (run: RunJson) => Loose[]): Seen[] =>
  runs.flatMap((run) => list(run).map((one) => ({ run, one })));

function grouped(all: readonly Seen[], key: (one: Loose) => string): Seen[][] {
  return [...Map.groupBy(all, ({ one }) => key(one)).values()];
}

/** Of each thing the run of the newest slot that has it. */
function newest(all: readonly Seen[], key: (one: Loose) => string): Seen[] {
  return grouped(all, key).map((of) => of.toSorted((a, b) => a.run.slot < b.run.slot ? 1 : -1)[0]!);
}

const nameOf = (run: RunJson, account: string): string =>
  run.accounts.find((one: Loose) => one.account === account).name;

const accountLabel = ({ run, one: { account } }: Seen) => `${nameOf(run, account)} › ${account}`;

const sum = (all: readonly Loose[], value: (one: Loose) => number | null) =>
  all.reduce((total: number, one) => total + (value(one) ?? 0), 0);

const count = <Key extends string>(values: readonly Key[]): [Key, number][] =>
  [...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length]);

const tally = (what: string, values: readonly string[]): PanelRow[] =>
  count(values).map(([value, count]) => ({ what, value, count }));

const listed = (values: readonly string[]) => values.length === 0 ? null : values.toSorted();

// The audit.

const auditAccounts = (runs: readonly RunJson[]) => seenIn(runs, (run) => run.accounts);
const accountsNow = (runs: readonly RunJson[]) =>
  newest(auditAccounts(runs), ({ account }) => account);
const places = (run: RunJson) => [
  ...run.coverage.regions.map((one: Loose) => ({ ...one, status: "ok" })),
  ...run.coverage.unproven.map((one: Loose) => ({ ...one, proof: null, status: one.reason })),
];
const placesOf = ({ run, one }: Seen) =>
  places(run).filter(({ account }) => account === one.account);
const proven = (seen: Seen) =>
  placesOf(seen).filter(({ proof }) => proof !== null && proof !== "none").length;
const ratio = ({ examined, compliant }: Loose) => examined === 0 ? null : compliant / examined;
const findings = (runs: readonly RunJson[]) => seenIn(runs, (run) => run.findings);
/** The findings of the last run: it has seen all accounts. */
const findingsNow = (runs: readonly RunJson[]): Loose[] => runs.at(-1).findings;
const broken = (kinds: readonly string[], runs: readonly RunJson[]) =>
  findingsNow(runs).flatMap((finding) => [
    ...new Set<string>(
      finding.broken.filter(({ kind }: Loose) => kinds.includes(kind)).map(({ key }: Loose) => key),
    ),
  ]);
const tried = (runs: readonly RunJson[]) =>
  seenIn(runs, (run) => run.changes).filter(({ one }) => one.outcome !== null);
const refusedRuns = (runs: readonly RunJson[]) => runs.filter(({ refused }) => refused);

/** Reasons that say nothing but the stage or the setting, and so keep nothing back by themselves. */
const NO_BLOCK = ["marked", "too-few-looks"];
const blockedBy = (run: RunJson, { id }: Loose): string[] => [
  ...run.spared.filter(({ target, reason }: Loose) =>
    target.endsWith(`/${id}`) && !NO_BLOCK.includes(reason)
  ).map(({ reason }: Loose) => reason),
  ...(run.refused
    ? run.changes.filter(({ target }: Loose) => target.endsWith(`/${id}`))
      .map(() => run.refused.limit)
    : []),
];

const EVENT: Readonly<Record<string, string>> = {
  "ec2:CreateTags": "tag-mark",
  "ec2:DeleteTags": "tag-unmark",
  "ec2:StopInstances": "instance-stop",
  "ec2:TerminateInstances": "instance-terminate",
};

const WEEK_MS = 7 * 86_400_000;

const AUDIT: Readonly<Record<string, Expect>> = {
  coverage: (runs) => {
    const now = accountsNow(runs);
    return [{
      "Regions proven": sum(now, proven),
      "of planned": sum(now, (seen) => placesOf(seen).length),
    }];
  },
  compliant: (runs) => [{
    Compliant: sum(accountsNow(runs), ({ one }) => one.compliant),
    of: sum(accountsNow(runs), ({ one }) => one.examined),
  }],
  violators: (runs) => [{
    Instances: sum(accountsNow(runs), ({ one }) => one.violating),
    of: sum(accountsNow(runs), ({ one }) => one.examined),
  }],
  "refused-runs": (runs) => [{ Runs: refusedRuns(runs).length }],
  compliance: (runs) =>
    auditAccounts(runs).map((seen) => ({
      Account: accountLabel(seen),
      [TIME]: second(seen.run.slot),
      Compliant: ratio(seen.one),
    })),
  "violators-over-time": (runs) =>
    auditAccounts(runs).map((seen) => ({
      Account: accountLabel(seen),
      [TIME]: second(seen.run.slot),
      Instances: seen.one.violating,
    })),
  accounts: (runs) =>
    accountsNow(runs).map((seen) => ({
      ID: seen.one.account,
      Account: seen.one.name,
      "Regions proven": proven(seen),
      planned: placesOf(seen).length,
      empty: placesOf(seen).filter(({ proof }) => proof === "none").length,
      Instances: seen.one.examined,
      Compliance: ratio(seen.one),
      Violating: seen.one.violating,
      "In grace": seen.one.in_grace,
      Exempt: seen.one.exempt,
      Undecided: seen.one.undecided,
      "Last seen": seen.run.slot,
    })),
  proof: (runs) =>
    newest(seenIn(runs, places), ({ account, region }) => `${account}/${region}`).map((seen) => ({
      Region: seen.one.region,
      Account: accountLabel(seen),
      Proof: seen.one.proof === null ? 0 : seen.one.proof === "none" ? 1 : 2,
    })),
  canaries: (runs) =>
    newest(seenIn(runs, places), ({ account, region }) => `${account}/${region}`).map((
      { run, one },
    ) => ({
      ID: one.account,
      Region: one.region,
      Account: nameOf(run, one.account),
      Status: one.status,
      Proof: one.proof,
      Canary: run.canaries.find((canary: Loose) =>
        canary.account === one.account && canary.region === one.region
      )?.status ?? "disabled",
      "Canary last ok": null,
      "Last seen": run.slot,
    })),
  findings: (runs) => [
    ...tally("missing", broken(["missing"], runs)),
    ...tally("empty", broken(["empty"], runs)),
    ...tally("invalid", broken(["invalid", "unknown-principal"], runs)),
  ],
  stages: (runs) => tally("stage", findingsNow(runs).map(({ stage }) => stage)),
  blocked: (runs) =>
    tally("reason", findingsNow(runs).flatMap((finding) => blockedBy(runs.at(-1), finding))),
  ages: (runs) => tally("age", findingsNow(runs).map(({ age_minutes }) => ageGroup(age_minutes))),
  owners: (runs) => tally("owner", findingsNow(runs).map(({ owner }) => owner?.name ?? "unknown")),
  instances: (runs) =>
    newest(findings(runs), ({ id }) => id).map(({ run, one }) => ({
      Instance: one.id,
      "Last seen": run.slot,
      Account: nameOf(run, one.account),
      Region: one.region,
      Name: one.tags.Name ?? "",
      State: one.state,
      Why: one.broken.map(({ detail }: Loose) => detail).join("; "),
      Stage: one.stage,
      Owner: one.owner?.name ?? null,
      "Owner by": one.owner?.source ?? null,
      "Kept by": listed(blockedBy(run, one)),
    })),
  deadlines: (runs) => {
    const now = Date.now();
    const due = findings(runs).filter(({ one: { deadline } }) =>
      deadline !== null && Date.parse(deadline) >= now && Date.parse(deadline) < now + WEEK_MS
    );
    return newest(due, ({ id }) => id).map(({ run, one }) => ({
      Instance: one.id,
      Deadline: instant(one.deadline),
      "Next step": one.next,
      Account: nameOf(run, one.account),
      Region: one.region,
      Owner: one.owner?.name ?? null,
      "Last seen": run.slot,
    }));
  },
  actions: (runs) =>
    grouped(tried(runs), ({ action, outcome }) => `${action} ${outcome}`).map((of) => ({
      Action: EVENT[of[0]!.one.action],
      Outcome: of[0]!.one.outcome,
      Changes: of.length,
      "Last seen": of.map(({ run }) => run.slot).sort().at(-1),
    })),
  refusals: (runs) =>
    refusedRuns(runs).map(({ run_id, slot, refused, changes }) => ({
      Run: run_id,
      "Last seen": slot,
      What: "refused",
      Limit: refused.limit,
      Changes: changes.length,
      Why: `Refused: this run would change ${changes.length} instances; ` +
        `${refused.limit} allows ${refused.value}. Nothing was changed.`,
    })),
};

function ageGroup(minutes: number): string {
  const days = minutes / (24 * 60);
  if (days < 1) return "under a day";
  if (days < 7) return "1 to 7 days";
  if (days < 30) return "7 to 30 days";
  return days < 365 ? "30 to 365 days" : "a year or more";
}

/** The bar that an instant stands in: bars are a second wide. */
const second = (time: string) => `${time.slice(0, 19)}.000Z`;
const instant = (time: string | null) => time === null ? null : new Date(time).toISOString();

// Changes.

const jobOf = (run: RunJson): string => run.job;
const outcomeCounts = (runs: readonly RunJson[], outcomes: readonly string[]) =>
  tried(runs).filter(({ one }) => outcomes.includes(one.outcome)).length;

function changesOverTime(
  runs: readonly RunJson[],
  label: string,
  key: (seen: Seen) => string,
): PanelRow[] {
  return count(tried(runs).map((seen) => `${key(seen)} ${second(seen.run.slot)}`))
    .map(([both, count]) => {
      const [name, slot] = both.split(" ");
      return { [label]: name, [TIME]: slot, Changes: count };
    });
}

const CHANGES: Readonly<Record<string, Expect>> = {
  done: (runs) => [{ Done: outcomeCounts(runs, ["done"]), of: tried(runs).length }],
  failed: (runs) => [{ Changes: outcomeCounts(runs, ["failed"]) }],
  open: (runs) => [{ Changes: outcomeCounts(runs, ["pending", "unknown"]) }],
  "not-tried": (runs) => [{ Changes: outcomeCounts(runs, ["drifted", "skipped"]) }],
  "by-job": (runs) => changesOverTime(runs, "Job", ({ run }) => jobOf(run)),
  "by-outcome": (runs) => changesOverTime(runs, "Outcome", ({ one }) => one.outcome),
  actions: (runs) => {
    const all = tried(runs).map(({ run, one }) => ({ run, one: { ...one, job: jobOf(run) } }));
    return grouped(all, ({ job, action, outcome }) => `${job} ${action} ${outcome}`).map((of) => ({
      Job: of[0]!.one.job,
      Action: of[0]!.one.action,
      Outcome: of[0]!.one.outcome,
      Changes: of.length,
      "Last seen": of.map(({ run }) => run.slot).sort().at(-1),
    }));
  },
  "by-account": (runs) =>
    grouped(tried(runs), ({ account, action }) => `${account} ${action}`).map((of) => ({
      Action: of[0]!.one.action,
      Account: accountLabel(of[0]!),
      Changes: of.length,
    })),
  "not-done": (runs) =>
    newest(tried(runs).filter(({ one }) => one.outcome !== "done"), ({ id }) => id).map((
      { run, one },
    ) => ({
      Change: one.id,
      Slot: run.slot,
      Account: nameOf(run, one.account),
      Action: one.action,
      Target: one.target,
      Outcome: one.outcome,
      Error: one.error?.code ?? null,
      Why: one.reason,
    })),
};

// Repo.

/** The accounts of a run with the figures of their roles. */
const repoAccounts = (runs: readonly RunJson[]): Seen[] =>
  seenIn(runs, (run) =>
    run.accounts.map(({ account, name }: Loose) => {
      const roles = run.roles.filter((role: Loose) => role.account === account);
      const isUnread = run.coverage.unproven.some((one: Loose) => one.account === account);
      return { account, name, roles, isUnread };
    }));
const permissions = ({ one }: Seen) => sum(one.roles, ({ permissions }) => permissions);
const removable = ({ one }: Seen) => sum(one.roles, ({ removable }) => removable);
const withEvidence = ({ one }: Seen) =>
  one.roles.filter(({ evidence }: Loose) => !("reason" in evidence)).length;
const repoNow = (runs: readonly RunJson[]) => newest(repoAccounts(runs), ({ account }) => account);
const rolesNow = (runs: readonly RunJson[]): Loose[] => runs.at(-1).roles;
const removedBy = ({ outcome, after }: Loose): number =>
  outcome === "done" ? sum(Object.values(after.removed_services), (count) => count) : 0;

const REPO: Readonly<Record<string, Expect>> = {
  removable: (runs) => [{
    Removable: sum(repoNow(runs), removable),
    of: sum(repoNow(runs), permissions),
  }],
  evidence: (runs) => [{
    "With evidence": sum(repoNow(runs), withEvidence),
    of: sum(repoNow(runs), ({ one }) => one.roles.length),
  }],
  removed: (runs) => [{ Removed: sum(tried(runs), ({ one }) => removedBy(one)) }],
  "refused-runs": (runs) => [{ Runs: refusedRuns(runs).length }],
  "removable-over-time": (runs) =>
    repoAccounts(runs).map((seen) => ({
      Account: accountLabel(seen),
      [TIME]: second(seen.run.slot),
      Removable: removable(seen),
    })),
  ratio: (runs) =>
    repoAccounts(runs).map((seen) => ({
      Account: accountLabel(seen),
      [TIME]: second(seen.run.slot),
      Removable: permissions(seen) === 0 ? null : removable(seen) / permissions(seen),
    })),
  accounts: (runs) =>
    repoNow(runs).map((seen) => ({
      ID: seen.one.account,
      Account: seen.one.name,
      Read: seen.one.isUnread ? "failure" : "success",
      Roles: seen.one.roles.length,
      Eligible: seen.one.roles.filter(({ ineligible }: Loose) => ineligible.length === 0).length,
      "With evidence": withEvidence(seen),
      Unused: seen.one.roles.filter(({ unused }: Loose) => unused).length,
      Permissions: permissions(seen),
      Removable: removable(seen),
      "Last seen": seen.run.slot,
    })),
  disqualified: (runs) =>
    tally(
      "reason",
      rolesNow(runs).flatMap(({ ineligible }) => ineligible.map(({ reason }: Loose) => reason)),
    ),
  services: (runs) =>
    tally(
      "service",
      rolesNow(runs).flatMap(({ loses }) => [
        ...new Set<string>(loses.map(({ service }: Loose) => service)),
      ]),
    ),
  roles: (runs) =>
    newest(seenIn(runs, (run) => run.roles), ({ arn }) => arn).map(({ run, one }) => ({
      Role: one.arn,
      Removable: one.removable,
      Permissions: one.permissions,
      Evidence: "reason" in one.evidence ? "failure" : "success",
      "Not eligible": listed(one.ineligible.map(({ reason }: Loose) => reason)),
      "Last used": instant(one.last_used),
      "Last seen": run.slot,
    })),
  actions: (runs) =>
    grouped(tried(runs), ({ outcome }) => outcome).map((of) => ({
      Action: "permissions-remove",
      Outcome: of[0]!.one.outcome,
      Changes: of.length,
      "Permissions removed": sum(of, ({ one }) => removedBy(one)),
      "Last seen": of.map(({ run }) => run.slot).sort().at(-1),
    })),
  denied: (runs) =>
    newest(seenIn(runs, (run) => run.denied), ({ arn, action }) => `${arn} ${action}`).map((
      { run, one },
    ) => ({
      Role: one.arn,
      Action: one.action,
      Calls: one.count,
      "Last call": instant(one.last),
      Removed: instant(one.removed_at),
      "Last seen": run.slot,
    })),
};

// Dirty.

/** The Regions of a run; those without counts were not read. */
const dirtyPlaces = (runs: readonly RunJson[]): Seen[] =>
  seenIn(runs, (run) => [
    ...run.clients,
    ...run.coverage.unproven.map(({ account, region }: Loose) => ({ account, region })),
  ]);
const place = ({ account, region }: Loose) => `${account}/${region}`;
const known = (runs: readonly RunJson[]) =>
  newest(dirtyPlaces(runs).filter(({ one }) => "running" in one), place);
const instancesNow = (runs: readonly RunJson[]): Loose[] => runs.at(-1).instances;

const DIRTY: Readonly<Record<string, Expect>> = {
  unread: (runs) => [{
    "Not read": dirtyPlaces(runs).filter(({ one }) => !("running" in one)).length,
    "of readings": dirtyPlaces(runs).length,
  }],
  dirty: (runs) => [{
    Dirty: sum(known(runs), ({ one }) => one.dirty),
    "of running": sum(known(runs), ({ one }) => one.running),
  }],
  spoke: (runs) => [{
    Spoke: sum(known(runs), ({ one }) => one.spoke),
    "of running": sum(known(runs), ({ one }) => one.running),
  }],
  "dirty-over-time": (runs) =>
    dirtyPlaces(runs).map((seen) => ({
      "Account and Region": `${accountLabel(seen)} › ${seen.one.region}`,
      [TIME]: second(seen.run.slot),
      Dirty: seen.one.dirty ?? null,
    })),
  "dirty-now": (runs) =>
    known(runs).map((seen) => ({
      Region: seen.one.region,
      Account: accountLabel(seen),
      Dirty: seen.one.dirty,
    })),
  regions: (runs) =>
    newest(dirtyPlaces(runs), place).map(({ run, one }) => {
      const { one: counts } = known(runs).find((other) => place(other.one) === place(one))!;
      return {
        ID: one.account,
        Region: one.region,
        Account: nameOf(run, one.account),
        Read: "running" in one ? "success" : "failure",
        Running: counts.running,
        Spoke: counts.spoke,
        Dirty: counts.dirty,
        Clean: counts.clean,
        "Last seen": run.slot,
      };
    }),
  status: (runs) => tally("status", instancesNow(runs).map(({ status }) => status)),
  groups: (runs) => tally("group", instancesNow(runs).map(({ group }) => group ?? "none")),
  events: (runs) =>
    tally("event", instancesNow(runs).map(({ ledger }) => ledger?.last?.event ?? "none")),
  instances: (runs) =>
    newest(seenIn(runs, (run) => run.instances), ({ id }) => id).map(({ run, one }) => ({
      Instance: one.id,
      "Last seen": run.slot,
      Account: nameOf(run, one.account),
      Region: one.region,
      Name: one.name,
      Group: one.group,
      Status: one.status,
      "Dirty since": one.ledger.since.at,
      "Last event": one.ledger.last.event,
      Proof: one.ledger.last.level,
      Events: one.ledger.marks,
    })),
};

/** By dashboard and panel. */
export const EXPECTED: Readonly<Record<string, Expect>> = Object.fromEntries(
  Object.entries({ audit: AUDIT, changes: CHANGES, repo: REPO, dirty: DIRTY }).flatMap(
    ([name, panels]) =>
      Object.entries(panels).map(([id, expect]) => [`groundskeeper-${name}/${id}`, expect]),
  ),
);

/** The panels that say 0 in this test, with the reason. */
export const ZERO: Readonly<Record<string, string>> = {
  "groundskeeper-changes/open": "every outcome is known at the end of a run that AWS answers",
};
