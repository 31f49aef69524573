import type { Clock } from "../core/clock.ts";
import { durationMs } from "../core/duration.ts";
import type { EarlierScope, Job } from "../core/job.ts";
import type { ChangeOutcome } from "../core/run/run_document.ts";
import { type Limits, UNBOUNDED } from "../core/limits/limits.ts";
import type { ReadStore } from "../core/store/store.ts";
import { askedOtherwise, isAccountOf, isAskedFor, rolesOfRun } from "./asked.ts";
import { batching, roleApplier } from "./change/apply.ts";
import { changeSchema, kindOf, type RepoChange } from "./change/repo_change.ts";
import { settleRole } from "./change/settle.ts";
import { type Asked, isGrant, type RepoConfig, type RepoSettings } from "./config.ts";
import { sightMs } from "./decide/new_permissions.ts";
import type { Extensions } from "./extensions.ts";
import { appliedWrites } from "./inventory/applied_writes.ts";
import { readSeenUse } from "./inventory/access.ts";
import { readEarlier } from "./inventory/read_earlier.ts";
import { readNumberChanges } from "./inventory/over_time.ts";
import { ROLES } from "./inventory/rows.ts";
import { readRemovals } from "./inventory/read_removals.ts";
import { readGivingBack } from "./inventory/read_giving_back.ts";
import { readRestoring } from "./inventory/role_state.ts";
import { readUndone } from "./inventory/read_undone.ts";
import { tellAfter, tellBefore } from "./hooks/tell_hooks.ts";
import { repoObservationRows } from "./inventory/observation_writes.ts";
import { repoNeeds } from "./needs.ts";
import { observeAccount } from "./observe.ts";
import { accountSchema, type Failure, withoutAnswerTimes } from "./observed.ts";
import { documentParts } from "./document_parts.ts";
import { plan, planInSteps } from "./plan.ts";
import type { RepoTypes } from "./repo_plan.ts";
import type { Earlier, Restoring, UndoneRun } from "./planning.ts";
import { UNCHANGED } from "./plan_restore_run.ts";
import { parseSubject } from "./present/explain_subject.ts";
import { deniedAftermath } from "./present/denied.ts";
import { withdrawn } from "./inventory/opt_outs.ts";
import { repoDocuments } from "./documents.ts";
import { accountName } from "./present/names.ts";
import { diffsOf } from "./present/diff.ts";
import { explain, locate } from "./present/explain.ts";
import { repoPage } from "./present/page.ts";
import { repoFindings } from "./present/findings.ts";
import { repoSheet } from "./present/sheet.ts";
import { repoSummary } from "./present/figures.ts";
import { repoText } from "./present/text.ts";

/** What a run of the job works with, beside what core hands it. */
interface RepoWork {
  readonly settings: RepoSettings;
  /** Filters and hooks; ready when something is planned. */
  readonly extensions: () => Extensions;
  readonly clock: Clock;
  /** The IDs of the accounts that the person has named. Default: none, which means all. */
  readonly accounts?: () => readonly string[];
}

/** Removes IAM permissions that nobody uses from roles, and brings them back where asked. */
export function repoJob(
  { settings, extensions, clock, accounts = () => [] }: RepoWork,
): Job<RepoTypes> {
  // Read once: if a role was deleted and made again, this run itself may store versions of the new
  // one, and a person who names a version means one that was listed before.
  let restoring: Promise<Restoring | Failure> | undefined;
  const toRestore = (store: ReadStore, { roles, restore, policy }: Asked) =>
    restore === null || policy !== null
      ? null
      : restoring ??= readRestoring(store, roles![0]!, restore);
  return {
    name: "repo",
    needs: (config) => repoNeeds(config, extensions().permissions),
    roleOf: () => "apply",
    batching,
    partSchema: accountSchema,
    withoutAnswerTimes,
    kindOf,
    changeSchema,
    limits: limitsOf,
    countsAs,
    observeAccount: (account, observing) => observeAccount(account, observing),
    earlier: async (store, scope) => {
      const restoring = await toRestore(store, settings.asked);
      const { roles, restoreRun } = settings.asked;
      const undoing = { accounts: scope.accounts, named: accounts(), roles, now: clock.now() };
      // Not once: what a dead run has begun may be settled by this run.
      const undone = restoreRun === null ? null : await readUndone(store, restoreRun, undoing);
      const givingBack = await toGiveBack(store, settings.asked);
      return {
        ...await earlierOf(store, scope, settings, { clock, undone }),
        ...restoring && { restoring },
        ...undone && { undone },
        ...givingBack && { givingBack },
      };
    },
    plan: (planning) => plan(planning, extensions()),
    planInSteps: (planning) => planInSteps(planning, extensions()),
    observationRows: repoObservationRows,
    applier: (session, _region, { config }) => roleApplier(session, clock, config),
    settle: ({ change }, observed) => settleRole(change, observed),
    rowsFor: ({ change, entry }) => appliedWrites(change, entry),
    isAsked: (change) => isAskedFor(settings.asked, change),
    otherwise: (document) => askedOtherwise(settings.asked, document),
    withdrawn: (store, changes) => withdrawn(store, changes, settings.asked, clock.now()),
    documentParts,
    documents: repoDocuments,
    accountName,
    findings: repoFindings,
    isOwn: (change) => kindOf(change) === "stamp",
    sheet: repoSheet,
    page: repoPage,
    text: repoText,
    tell: ({ observed, changes, outcomes, log, signal }) => {
      const telling = { hooks: extensions().hooks, log, signal };
      return outcomes === null
        ? tellBefore(changes.map(roleIdOf), observed, telling)
        : tellAfter(errorsOf(changes, outcomes), observed, telling);
    },
    locate,
    aftermath: deniedAftermath,
    targetsOf: (subject, { observed }) => {
      const { account, name } = parseSubject(subject).role;
      const roles = observed.of(account)?.roles ?? [];
      return roles.filter((role) => role.name === name).map(({ arn }) => arn);
    },
    alsoAbout: ({ kind, before }) => kind === "managed" ? [before.role_arn] : [],
    planFiles: (plan) => diffsOf(plan).map(({ name, text }) => ({ path: name, text })),
    explain,
    summary: repoSummary,
    unmet: ({ changes, spared }) =>
      settings.asked.restoreRun === null
        ? isGrant(settings.asked) && changes.length === 0 && spared.length > 0
        : spared.some(({ reason }) => reason !== UNCHANGED),
  };
}

/** Read again with what a dead run left: what that had removed is known only then. */
async function toGiveBack(store: ReadStore, { roles, giveBack }: Asked) {
  return giveBack === null ? null : await readGivingBack(store, roles![0]!);
}

function roleIdOf({ before }: RepoChange): string {
  return before.role_id;
}

/** What went wrong with each role that was tried. */
function errorsOf(
  changes: readonly RepoChange[],
  outcomes: ReadonlyMap<string, ChangeOutcome>,
): ReadonlyMap<string, readonly string[]> {
  const errorOf = ({ id }: RepoChange): string[] => {
    const { outcome = null, error = null } = outcomes.get(id) ?? {};
    return outcome === "done" ? [] : [`${outcome}: ${error?.message ?? ""}`];
  };
  return new Map(
    [...Map.groupBy(changes, roleIdOf)].map(([id, own]) => [id, own.flatMap(errorOf)]),
  );
}

async function earlierOf(
  store: ReadStore,
  scope: EarlierScope,
  settings: RepoSettings,
  { clock, undone }: { readonly clock: Clock; readonly undone: UndoneRun | null },
): Promise<Earlier> {
  const now = clock.now();
  const named = undone ? rolesOfRun(undone) : settings.asked.roles;
  const { policy } = settings.asked;
  const accounts = scope.accounts.filter((id) => isAccountOf({ roles: named, policy }, id));
  const about = { accounts, named };
  const earlier = await readEarlier(store, { ...about, now, sightMs: sightMs(settings) });
  // A plan of some roles reads no others, unless its page shows how their numbers have changed.
  const tellsNumbers = named === null || scope.publishes;
  const roles = named !== null && tellsNumbers ? await ROLES.read(store, accounts) : earlier.roles;
  return {
    ...earlier,
    seen: await readSeenUse(store, accounts),
    ...(tellsNumbers ? { numberChanges: await readNumberChanges(store, roles, accounts) } : {}),
    removals: await readRemovals(store, now, durationMs(settings.watch), about),
  };
}

/** A stamp draws on no limit. */
export function countsAs({ kind, after }: RepoChange): string | null {
  if (kind === "stamp") return null;
  if (after.kind !== "restore") return "removal";
  return after.undoes === undefined ? "restore" : `${OF_RUN}${after.undoes}`;
}

/** What a change counts as that belongs to the restore of a complete run, before the run's ID. */
const OF_RUN = "restore-run/";

/** How the configuration calls the limits: by roles. */
const PATHS: Readonly<Record<string, string>> = {
  "limits.perRun.count": "limits.perRun.roles",
  "limits.perAccount.count": "limits.perAccount.roles",
  "limits.rollingDay.count": "limits.rollingDay.roles",
  "limits.restore.perRun.count": "limits.restore.roles",
};

/**
 * A change of a managed policy counts as one role. Restores are counted apart, since the same day's
 * removals have used the room of the others, and must not stand in the way back. A single restore has
 * a limit of its own besides, since it grants access; that of a complete run has the limits of a run,
 * by itself, and those of the day do not bind it.
 */
function limitsOf({ limits }: RepoConfig): Limits {
  const roles = ({ roles }: { readonly roles?: number | undefined }) => ({ count: roles });
  return {
    ...UNBOUNDED,
    perRun: roles(limits.perRun),
    perAccount: roles(limits.perAccount),
    rollingDay: roles(limits.rollingDay),
    apart: [OF_RUN, "restore"],
    kinds: [{ ...UNBOUNDED, name: "restore", kind: "restore", perRun: roles(limits.restore) }],
    pathOf: (path) => PATHS[path] ?? path,
  };
}
