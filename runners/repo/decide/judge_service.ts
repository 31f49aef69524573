import { lowerCase } from "../catalogue/glob.ts";
import type { Evidence, ServiceAccess } from "../observed.ts";
import type { Ruling } from "./decided.ts";
import { readInstant } from "./instants.ts";
import { evidenceAction, NOT_TRACKED, type Tracking } from "./tracking.ts";

/** The verdict on a service by its evidence: one ruling for all actions, or one for each. */
interface ServiceRuling {
  readonly service: string;
  readonly lastUsed: string | null;
  readonly whole: Ruling | null;
  single(action: string): Ruling;
}

/** What a service is judged by, beside the evidence. */
type ServiceFacts = {
  readonly level: "service" | "action";
  readonly tracking: Tracking;
  readonly partition: string;
  /** The first instant of the window, milliseconds since 1970. */
  readonly start: number;
};

/** @param access what the evidence says of it; undefined: nothing */
export function judgeService(
  service: string,
  access: ServiceAccess | undefined,
  facts: ServiceFacts,
): ServiceRuling {
  const ruled = (
    ruling: Pick<Ruling, "verdict" | "reason">,
    lastUsed: string | null,
  ): Ruling => ({ service, lastUsed, until: null, of: null, ...ruling } as Ruling);
  const answer = (whole: Ruling): ServiceRuling => ({
    service,
    lastUsed: whole.lastUsed,
    whole,
    single: () => whole,
  });
  if (!access) return answer(ruled({ verdict: "keep", reason: "service-not-in-report" }, null));
  const { isWithin, date: lastUsed } = lastUseOf(access, facts.start);
  if (!isWithin && NOT_TRACKED.has(service)) {
    return answer(ruled({ verdict: "keep", reason: "service-not-tracked" }, lastUsed));
  }
  if (!isWithin) {
    return answer(ruled({ verdict: "remove", reason: "service-unused" }, lastUsed));
  }
  if (facts.level === "service") {
    return answer(ruled({ verdict: "keep", reason: "service-used" }, lastUsed));
  }
  const untracked = ruled({ verdict: "keep", reason: "action-untracked" }, lastUsed);
  if (access.actions === null) return answer(untracked);
  const actions = new Map(
    Object.entries(access.actions).map(([name, used]) => [evidenceAction(service, name), used]),
  );
  const made = new Map<string, Ruling>();
  const single = (action: string): Ruling => {
    const used = actions.get(action);
    if (used === undefined) return untracked;
    const { isWithin, date } = useOf(used, facts.start);
    const ruling: Pick<Ruling, "verdict" | "reason"> = isWithin
      ? { verdict: "keep", reason: "action-used" }
      : facts.tracking.since(action, facts.partition, facts.start)
      ? { verdict: "remove", reason: "action-unused" }
      : { verdict: "keep", reason: "tracked-too-recently" };
    const key = `${ruling.reason} ${date}`;
    const known = made.get(key) ?? ruled(ruling, date);
    made.set(key, known);
    return known;
  };
  return { service, lastUsed, whole: null, single };
}

/** A date of the evidence. */
type Use = {
  /** It is a use within the window. A date that cannot be read is one. */
  readonly isWithin: boolean;
  /** As the plan shows it: in RFC 3339 if it can be read, else as it is; null: no use. */
  readonly date: string | null;
};

function useOf(lastUsed: string | null, start: number): Use {
  if (lastUsed === null) return { isWithin: false, date: null };
  const at = readInstant(lastUsed);
  return at === null
    ? { isWithin: true, date: lastUsed }
    : { isWithin: at >= start, date: new Date(at).toISOString() };
}

/** When a service was last used: a use of an action is a use of its service. */
function lastUseOf({ lastUsed, actions }: ServiceAccess, start: number): Use {
  const last = useOf(lastUsed, start);
  if (last.isWithin) return last;
  const ofActions = Object.values(actions ?? {}).map((used) => useOf(used, start));
  return ofActions.find(({ isWithin }) => isWithin) ?? last;
}

/** The evidence by service in lower case. A service that it has twice is not believed. */
export function spokenOf(evidence: Evidence | null): ReadonlyMap<string, ServiceAccess> {
  const spoken = new Map<string, ServiceAccess>();
  const twice = new Set<string>();
  for (const [namespace, access] of Object.entries(evidence?.services ?? {})) {
    const service = lowerCase(namespace);
    if (spoken.has(service)) twice.add(service);
    spoken.set(service, access);
  }
  for (const service of twice) spoken.delete(service);
  return spoken;
}
