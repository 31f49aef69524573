import { instanceIdOf } from "../core/aws/arn.ts";
import { compareText } from "../core/plan/canonical.ts";
import { byPlace, type Spared } from "../core/plan/change.ts";
import type { Coverage } from "../core/plan/coverage.ts";
import { regionRowId } from "./canary/canary_rows.ts";
import type { Classified } from "./classify.ts";
import type { AuditConfig } from "./config.ts";
import { enforcementOf } from "./enforcement.ts";
import { targetOf } from "./ladder/changes.ts";
import type { Judgement, Standing } from "./ladder/judge.ts";
import { instanceRowId, regionIdOf } from "./ladder/mark.ts";
import { accountLabel, GONE_STATES, type Observed } from "./observed.ts";
import { bestOwner, type Owner, ownerFromTags } from "./owners/owners.ts";
import { sortedTags } from "./tags.ts";
import type { AuditPlanning, Subject } from "./planning.ts";
import type { Finding } from "./rules.ts";

/** An instance that breaks the rules, as it stands in the plan document. */
export type AuditFinding = {
  readonly account: string;
  readonly region: string;
  readonly id: string;
  readonly state: string;
  readonly age_minutes: number;
  readonly tags: { readonly [key: string]: string };
  readonly kinds: readonly string[];
  /** Each rule that is broken, with a sentence. */
  readonly broken: readonly Finding[];
  readonly stage: Standing["stage"];
  readonly next: Standing["next"];
  readonly deadline: Standing["deadline"];
  readonly note: Standing["note"];
  readonly asked: Standing["asked"];
  readonly outlook: Standing["outlook"];
  /** Who is asked to put it right; inferred owners never satisfy a rule. */
  readonly owner: Owner | null;
};

/** The figures of one account. */
export type AuditAccount = {
  readonly account: string;
  readonly name: string;
  readonly examined: number;
  readonly compliant: number;
  readonly undecided: number;
  /** Those whose record is not whole, or whose copies differ. */
  readonly doubtful: number;
  readonly in_grace: number;
  readonly violating: number;
  readonly exempt: number;
  readonly enforced: boolean;
  /** Until when a new account is only reported, RFC 3339; null where that is over. */
  readonly quarantined_until: string | null;
};

/** The findings of what was judged, sorted. */
export function findingsOf(
  judged: readonly { readonly subject: Subject; readonly judgement: Judgement }[],
  planning: AuditPlanning,
): AuditFinding[] {
  return judged.flatMap(({ subject, judgement }) => {
    const { instance, verdict, ageMs } = subject.classified;
    if (!judgement.finding) return [];
    return [{
      target: targetOf(subject),
      finding: {
        account: subject.account.id,
        region: subject.region.region,
        id: instance.id,
        state: instance.state,
        age_minutes: Math.floor(ageMs / 60_000),
        tags: sortedTags(instance.tags),
        kinds: [...new Set(verdict.findings.map(({ kind }) => kind))].sort(),
        broken: verdict.findings,
        ...judgement.finding,
        owner: ownerOf(subject, planning),
      },
    }];
  }).map(({ target, finding }) => ({ ...finding, target }))
    .sort(byPlace(() => ""))
    .map(({ target: _target, ...finding }) => finding);
}

/** What the tags say now comes before what CloudTrail or an earlier run knew. */
function ownerOf({ classified, region, rowId }: Subject, { earlier }: AuditPlanning): Owner | null {
  const { id, tags } = classified.instance;
  const lookedUp = region.owners.find((one) => one.id === id)?.owner ?? null;
  return bestOwner(ownerFromTags(tags), lookedUp, earlier.owners.get(rowId)?.owner ?? null);
}

/** Whether it is known of the row of an instance that the instance needs no look any more. */
export type IsSettled = (rowId: string) => boolean;

/** What a plan says of its instances. */
type Judged = {
  readonly findings: readonly AuditFinding[];
  readonly coverage: Coverage;
  readonly spared: readonly Spared[];
};

/**
 * Which instances need no look any more: they keep the rules, or are gone. Neither is known of a rule
 * that is undecided, of grace, of a state that passes, or of what is in doubt.
 */
export function settledIn(
  { findings, coverage, spared }: Judged,
  { observed, config }: AuditPlanning,
): IsSettled {
  const states: readonly string[] = config.states;
  const open = new Set(
    findings.map(({ account, region, id }) => instanceRowId(account, region, id)),
  );
  for (const { account, region, target, reason } of spared) {
    if (reason === "principals-unread" || reason === "in-grace") {
      open.add(instanceRowId(account, region, instanceIdOf(target)));
    }
  }
  for (const account of observed.accounts) {
    for (const { region, instances } of account.regions) {
      for (const { id, state, doubt } of instances) {
        if (doubt || !states.includes(state) && !GONE_STATES.has(state)) {
          open.add(instanceRowId(account.id, region, id));
        }
      }
    }
  }
  // Empty in both sources is no proof that what was there is gone.
  const proven = new Set(
    coverage.regions.filter(({ proof }) => proof !== "none").map(regionRowId),
  );
  return (rowId) => !open.has(rowId) && proven.has(regionIdOf(rowId));
}

/** Those of some rows that need no look any more, sorted. */
export function settledOf(
  rows: ReadonlyMap<string, unknown>,
  isSettled: IsSettled,
): readonly string[] {
  return [...rows.keys()].filter(isSettled).sort(compareText);
}

/** What is different from the last look; only proven regions are compared. */
export type SinceLastRun = {
  /** The last look of all, RFC 3339; null where nothing was looked at before. */
  readonly at: string | null;
  /** Instances that break the rules now and did not then, as `account/region/id`. */
  readonly appeared: readonly string[];
  /** Instances that broke them then and are put right, or gone. */
  readonly cleared: readonly string[];
};

/** Compares what breaks the rules now with what did at the last look. */
export function sinceLastRun(judged: Judged, planning: AuditPlanning): SinceLastRun {
  const { looks } = planning.earlier;
  const now = judged.findings.filter(({ stage }) => stage !== "exempt")
    .map(({ account, region, id }) => instanceRowId(account, region, id));
  const at = [...looks.values()].map(({ last_seen }) => last_seen).sort(compareText).at(-1) ?? null;
  return {
    at,
    appeared: at === null ? [] : now.filter((rowId) => !looks.has(rowId)).sort(compareText),
    cleared: settledOf(looks, settledIn(judged, planning)),
  };
}

/** The figures of every account, sorted by its id. */
export function figures(
  observed: Observed,
  subjects: readonly Subject[],
  config: AuditConfig,
  now: Date,
): AuditAccount[] {
  const byAccount = Map.groupBy(subjects, ({ account }) => account.id);
  return observed.accounts.map((account) => {
    const own = byAccount.get(account.id) ?? [];
    const count = (standing: Classified["standing"]) =>
      own.filter(({ classified }) => classified.standing === standing).length;
    const { on, quarantinedUntil } = enforcementOf(account, config, now);
    return {
      account: account.id,
      name: accountLabel(account),
      examined: own.length,
      compliant: count("compliant"),
      undecided: count("undecided"),
      doubtful: count("doubtful"),
      in_grace: count("in-grace"),
      violating: count("violating"),
      exempt: count("exempt"),
      enforced: on,
      quarantined_until: quarantinedUntil?.toISOString() ?? null,
    };
  }).sort((a, b) => compareText(a.account, b.account));
}
