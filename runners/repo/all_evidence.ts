import type { Steps } from "../core/steps.ts";
import { loadCatalogue } from "./catalogue/catalogue.ts";
import { firstWildcard, lowerCase } from "./catalogue/glob.ts";
import { evidenceAction, noteUse } from "./decide/tracking.ts";
import type { Evidence, ObservedAccount } from "./observed.ts";
import { deniedBy } from "./policy/deny_policy.ts";

/** What all roles together show: each of them is judged by it. */
export type AllEvidence = {
  /** Actions that reports or our own policies name and the catalogue does not know. */
  readonly uncatalogued: readonly string[];
  /** The oldest dated use of each action, in milliseconds since 1970, by action in lower case. */
  readonly oldestUse: ReadonlyMap<string, number>;
  /** The services with a dated use, in lower case. */
  readonly used: ReadonlySet<string>;
};

/** Goes through the evidence of all roles once, a role at a time, and keeps none of it. */
export function* allEvidenceOf(accounts: Iterable<ObservedAccount>): Steps<AllEvidence> {
  const oldestUse = new Map<string, number>();
  const used = new Set<string>();
  const denied = new Set<string>();
  const reported = new Set<string>();
  const isFirst = firstOfService();
  for (const { roles } of accounts) {
    for (const { inline, evidence } of roles) {
      for (const name of uncataloguedIn(deniedBy(inline) ?? [])) denied.add(name);
      if (!("reason" in evidence)) note(evidence);
      yield;
    }
  }
  return { uncatalogued: [...reported, ...denied], oldestUse, used };

  function note({ services }: Evidence): void {
    for (const [service, { lastUsed, actions }] of Object.entries(services)) {
      let isUsed = lastUsed !== null;
      for (const [name, at] of Object.entries(actions ?? {})) {
        if (isFirst(service, name)) {
          for (const one of uncataloguedIn([evidenceAction(service, name)])) reported.add(one);
        }
        // Most have no date: thousands in each report.
        if (at === null) continue;
        isUsed = true;
        noteUse(oldestUse, service, name, at);
      }
      if (isUsed) used.add(lowerCase(service));
    }
  }
}

/** Thousands of reports name the same thousands of actions: each is looked up once. */
function firstOfService(): (service: string, name: string) => boolean {
  const seen = new Map<string, Set<string>>();
  return (service, name) => {
    const names = seen.get(service) ?? new Set();
    seen.set(service, names);
    return names.size < names.add(name).size;
  };
}

/** Those of some names that the catalogue does not know; of a pattern nothing is known. */
export function uncataloguedIn(names: readonly string[]): string[] {
  return names.filter((name) =>
    firstWildcard(name) < 0 && loadCatalogue().canonical(name) === undefined
  );
}
