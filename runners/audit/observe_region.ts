import { type Failure, failureIn } from "../core/aws/failure.ts";
import { chunksOf } from "../core/chunks.ts";
import { compareText } from "../core/plan/canonical.ts";
import type { Session } from "../core/aws/session.ts";
import { inTurns } from "../core/steps.ts";
import { canaryTags, carriesCanaryTags } from "./canary/canary.ts";
import { classify } from "./classify.ts";
import { type StepName, usesCanaries } from "./config.ts";
import { enforcementOf } from "./enforcement.ts";
import { findOwners } from "./owners/read_owners.ts";
import { IMPORTS_NOT_ASKED, readImports } from "./imports.ts";
import { readInstanceStores } from "./instance_stores.ts";
import { ladderPosition } from "./ladder/ladder.ts";
import { instanceRowId } from "./ladder/mark.ts";
import {
  type ObservedAccount,
  type ObservedInstance,
  type ObservedRegion,
  unreadRegion,
} from "./observed.ts";
import { type AuditObserving, canaryOf } from "./planning.ts";
import { readProtection } from "./ladder/protection.ts";
import { describeInstances, describeTags } from "./read_instances.ts";
import { tagOf, type Tags } from "./tags.ts";

/** EC2 user guide, "List and filter your resources": values of one filter. */
const FILTER_VALUES = 200;

/** Reads a region: its instances, the second source, and what the next steps depend on. */
export async function observeRegion(
  session: Session,
  region: string,
  account: ObservedAccount,
  observing: AuditObserving,
): Promise<ObservedRegion> {
  const { clock, config, earlier, judgedAt, now } = observing;
  const isEnforced = enforcementOf(account, config, judgedAt).on;
  // What a step would lose is read only where the ladder comes to the step.
  const comesTo = (...steps: StepName[]) =>
    isEnforced && config.ladder.some((step) => steps.includes(step.do));
  try {
    const described = await describeInstances({ session, region, ids: undefined }, now);
    described.sort((a, b) => compareText(a.id, b.id));
    const at = clock.now().toISOString();
    const classified = await inTurns(
      classify(account, { region, instances: described }, { config, earlier, now: judgedAt }),
      { clock, signal: session.reading.abortSignal },
    );
    const violating = classified.filter(({ judgedAs }) => judgedAs === "violating")
      .map(({ instance }) => instance);
    const asked = toConfirm(account, region, described, violating, observing);
    const { doubts, ...confirmed } = await confirmTags(session, region, asked);
    const secondSource = { ...confirmed, at: clock.now().toISOString() };
    const asksForImports = violating.length > 0 && config.managed === "report" &&
      comesTo("stop", "terminate");
    const imports = asksForImports ? await readImports(session, region) : IMPORTS_NOT_ASKED;
    const instances = await Promise.all(described.map(async (one) => {
      const doubt = one.doubt ?? doubts.get(one.id);
      const task = imports.tasks.get(one.id);
      const asksForProtection = isEnforced && !doubt && isDue(account, region, one, observing);
      return {
        ...one,
        ...(doubt ? { doubt } : {}),
        ...(task === undefined ? {} : { managedBy: [...one.managedBy, `import task ${task}`] }),
        ...(asksForProtection ? await readProtection(session, region, one.id) : {}),
      };
    }));
    const types = comesTo("stop") ? violating.map(({ type }) => type) : [];
    return {
      region,
      failure: null,
      instances,
      secondSource,
      instanceStores: await readInstanceStores(observing, session, region, types),
      importsUnread: imports.unread,
      owners: await findOwners(session, account.id, region, violating, observing),
      at,
    };
  } catch (error) {
    return unreadRegion(region, failureIn("Region", error), now);
  }
}

/**
 * The instances that the second source is asked about: the canary, the violators and all that carry
 * a mark; if there are none of these, the first of the region. An empty list asks about all of the
 * region, since the first source may have left out all instances.
 */
function toConfirm(
  account: ObservedAccount,
  region: string,
  instances: readonly ObservedInstance[],
  violating: readonly ObservedInstance[],
  { config, earlier }: AuditObserving,
): string[] {
  // Also what carries the canary's tags: it may be adopted, or is a copy.
  const copied = usesCanaries(config) ? canaryTags(config, region) : null;
  const believed = instances.filter(({ doubt }) => !doubt);
  const marked = believed.filter(({ tags }) =>
    tagOf(tags, config.mark) !== undefined || copied !== null && carriesCanaryTags(tags, copied)
  );
  const wanted = [...violating, ...marked];
  const candidates = wanted.length > 0 ? wanted : believed.slice(0, FILTER_VALUES - 1);
  const canary = canaryOf(earlier, { account: account.id, region });
  return [
    ...new Set([...candidates.map(({ id }) => id), ...(canary === undefined ? [] : [canary])]),
  ];
}

/**
 * Whether an instance is to be stopped or terminated at the moment that is judged, or was to be:
 * its protection matters.
 */
function isDue(
  account: ObservedAccount,
  region: string,
  { id, tags, state }: ObservedInstance,
  { config, earlier, judgedAt }: AuditObserving,
): boolean {
  const rowId = instanceRowId(account.id, region, id);
  const mark = earlier.marks.get(rowId);
  if (earlier.lifts.has(rowId)) return true;
  if (!mark || !config.states.some((one) => one === state)) return false;
  const sighting = earlier.sightings.get(rowId);
  const { next } = ladderPosition({ tags, state, mark, sighting }, config, judgedAt);
  return next !== null && next.step !== "mark" && next.due <= judgedAt;
}

/**
 * Asks DescribeTags, which fails where it cannot tell. DescribeInstances gives no such guarantee:
 * it may answer as if instances had no tags.
 */
async function confirmTags(session: Session, region: string, asked: string[]) {
  const tags: Record<string, Tags> = Object.fromEntries(asked.map((id) => [id, {}]));
  const doubts = new Map<string, Failure>();
  for (const ids of asked.length === 0 ? [undefined] : chunksOf(asked, FILTER_VALUES)) {
    for (const [id, read] of await describeTags({ session, region, ids })) {
      tags[id] = read.tags;
      if (read.doubt) doubts.set(id, read.doubt);
    }
  }
  return { asked: asked.length === 0 ? "all" as const : asked, tags, doubts };
}
