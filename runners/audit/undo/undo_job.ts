import { INSTANCE_ID, instanceIdOf } from "../../core/aws/arn.ts";
import { failureIn, failureUnlessInterrupted } from "../../core/aws/failure.ts";
import type { Account, Session } from "../../core/aws/session.ts";
import type { Job, Observing } from "../../core/job.ts";
import { planPage, planSheet } from "../../core/report/plan_report.ts";
import type { ReadStore } from "../../core/store/store.ts";
import { IMPORTS_NOT_ASKED } from "../imports.ts";
import { accountAlias } from "../observe.ts";
import { auditWork } from "../job.ts";
import { ACTIONS, type AuditChange, type ChangeOf } from "../ladder/audit_change.ts";
import { instanceRowId } from "../ladder/mark.ts";
import { readProtection } from "../ladder/protection.ts";
import { settleListed } from "../ladder/settle.ts";
import {
  type ObservedAccount,
  type ObservedRegion,
  unreadAccount,
  unreadRegion,
} from "../observed.ts";
import { readEarlier } from "../planning.ts";
import { changeDocuments } from "../documents.ts";
import { describeInstances, describeTags, readWithChange } from "../read_instances.ts";
import { type AuditConfig, unitsAsked } from "../config.ts";
import { isLeft, planUndo, type UndoTypes } from "./undo_plan.ts";
import { undoText } from "./undo_text.ts";
import { readUndone, type Undoing } from "./undone_run.ts";

// An undo reads what its run has changed: no account that the settings name makes a difference.
const { planInSteps: _steps, metrics: _metrics, named: _named, ...shared } = auditWork;

/** Undoes a run of the audit: its runs, journal and roles, with another plan. */
export function undoJob(undoing: Undoing): Job<UndoTypes> {
  const { runId } = undoing;
  return {
    ...shared,
    limits: limitsOf,
    earlier: async (store, scope) => {
      const [earlier, undone] = await Promise.all([
        readEarlier(store, scope),
        readUndone(store, undoing),
      ]);
      return { ...earlier, undone };
    },
    observeAccount,
    plan: (planning) => planUndo(planning, runId),
    observationRows: () => [],
    settle: ({ change }, observed) => {
      const region = observed.of(change.account)?.regions
        .find(({ region, failure }) => region === change.region && failure === null);
      const instance = region?.instances.find(({ id }) => id === instanceIdOf(change.target));
      // What is not seen here is settled by an apply, which proves its Region.
      return !region || !instance || instance.doubt || !isState(change)
        ? { verdict: "unread" }
        : settleListed(change, instance, region);
    },
    withdrawn: (store, changes) => stillMade(store, changes, undoing),
    otherwise: ({ undoes = null }) =>
      undoes === runId
        ? null
        : `it does not undo run ${runId}. Plan again with --undo-run ${runId}`,
    documentParts: ({ accounts: _names, ...keys }) => ({ keys }),
    documents: changeDocuments,
    findings: () => [],
    sheet: planSheet,
    page: ({ plan, run }) => ({ ...planPage({ plan, run }), title: `Undo of run ${runId}` }),
    text: undoText,
    explain: () => null,
    summary: ({ coverage: { planned, proven }, totals, changes }) => (
      {
        undoes: runId,
        coverage: { planned, proven },
        examined: totals.examined,
        changes: changes.length,
      }
    ),
    unmet: ({ spared }) => spared.some(isLeft),
  };
}

type Bound = { readonly count?: number | undefined; readonly percent?: number | undefined };

/**
 * The limits of an undo have a budget of their own: it must not fail because the run that it undoes
 * has used up the budget of the day, when it is needed most, and what it starts must not use up the
 * budget of the ladder. The day does not bind it: a run stops no more than the day allowed. Nor does
 * a percentage, since an undo examines nothing but what it changes; but 0 percent means none.
 */
function limitsOf({ limits }: AuditConfig): ReturnType<Job<UndoTypes>["limits"]> {
  const counted = ({ count, percent }: Bound) => ({ count, ...(percent === 0 ? { percent } : {}) });
  return {
    perRun: counted(limits.perRun),
    perAccount: counted(limits.perAccount),
    perRegion: counted(limits.perRegion),
    rollingDay: {},
    minPopulation: limits.minPopulation,
    kinds: [],
    apart: [ACTIONS.start],
  };
}

/** Changes that show in what an undo reads of an instance. */
function isState(
  change: AuditChange,
): change is ChangeOf<"start" | "stop" | "terminate" | "restore"> {
  const { kind } = change;
  return kind === "start" || kind === "stop" || kind === "terminate" || kind === "restore";
}

/** What the run to be undone is still at, while it lives: to undo that would be a race. */
async function stillMade(
  store: ReadStore,
  changes: readonly AuditChange[],
  undoing: Undoing,
): Promise<ReadonlyMap<string, string>> {
  const open = new Set(
    (await readUndone(store, undoing)).filter(({ entry }) => entry.outcome === null)
      .map(({ entry }) => entry.target),
  );
  const why = `Run ${undoing.runId} is still at it: undo the run again when it has ended`;
  return new Map(changes.filter(({ target }) => open.has(target)).map(({ id }) => [id, why]));
}

/** Reads exactly the instances of the run, also in Regions that the configuration leaves out now. */
async function observeAccount(
  account: Account,
  observing: Observing<UndoTypes>,
): Promise<ObservedAccount | null> {
  const { config, earlier: { undone }, now, inTurn, progress } = observing;
  const byRegion = Map.groupBy(
    undone.filter(({ entry }) => entry.account === account.id),
    ({ entry }) => entry.region,
  );
  if (byRegion.size === 0) return null;
  const known = unreadAccount(account, unitsAsked(config));
  try {
    const session = await observing.session(account);
    progress(0, byRegion.size);
    const reads = [...byRegion].map(([region, own]) => {
      const ids = [...new Set(own.map(({ entry }) => instanceIdOf(entry.target)))]
        .filter((id) => INSTANCE_ID.test(id));
      return inTurn(() => observeInstances(session, region, ids, observing))
        .finally(() => progress(1));
    });
    const [alias, regions] = await Promise.all([accountAlias(session), Promise.all(reads)]);
    return { ...known, alias, partition: session.partition, regions };
  } catch (error) {
    const failure = failureUnlessInterrupted(error);
    const regions = [...byRegion.keys()].map((region) => unreadRegion(region, failure, now));
    return { ...known, failure, regions };
  }
}

async function observeInstances(
  session: Session,
  region: string,
  ids: readonly string[],
  { earlier, clock, now }: Observing<UndoTypes>,
): Promise<ObservedRegion> {
  const asked = { session, region, ids };
  try {
    const [described, tags] = await Promise.all([
      describeInstances(asked, now, readWithChange),
      describeTags(asked),
    ]);
    const instances = await Promise.all(described.map(async (one) => {
      const doubt = one.doubt ?? tags.get(one.id)?.doubt;
      const lifted = earlier.lifts.has(instanceRowId(session.account, region, one.id));
      return {
        ...one,
        ...(doubt ? { doubt } : {}),
        ...(lifted && !doubt ? await readProtection(session, region, one.id) : {}),
      };
    }));
    return {
      region,
      failure: null,
      instances,
      secondSource: {
        asked: [...ids],
        tags: Object.fromEntries(ids.map((id) => [id, tags.get(id)?.tags ?? {}])),
        at: clock.now().toISOString(),
      },
      // No rule is asked, so that nothing is read of these.
      instanceStores: { types: {} },
      importsUnread: IMPORTS_NOT_ASKED.unread,
      owners: [],
      at: clock.now().toISOString(),
    };
  } catch (error) {
    return unreadRegion(region, failureIn("Region", error), now);
  }
}
