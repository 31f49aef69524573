import type { Evidence } from "../observed.ts";

/** A row of Aardvark's answer: what it keeps of one service of one role. */
export type AardvarkRow = {
  /** Milliseconds since the epoch; 0: never. */
  readonly lastAuthenticated: number;
  readonly lastAuthenticatedEntity: string | null;
  /** When Aardvark read it, as HTTP writes instants. */
  readonly lastUpdated: string;
  readonly serviceName: string;
  readonly serviceNamespace: string;
  readonly totalAuthenticatedEntities: number;
};

/**
 * A role's evidence as Aardvark's API answers it, for what was built on that. The service's name is
 * its namespace: nobody who reads these rows decides by the name.
 *
 * @param arn of the role, which is the one entity that its evidence is about
 */
export function aardvarkRows(arn: string, evidence: Evidence): AardvarkRow[] {
  const lastUpdated = new Date(evidence.completedAt).toUTCString();
  return Object.keys(evidence.services).sort().map((serviceNamespace) => {
    const { lastUsed } = evidence.services[serviceNamespace]!;
    return {
      lastAuthenticated: lastUsed === null ? 0 : Date.parse(lastUsed),
      lastAuthenticatedEntity: lastUsed === null ? null : arn,
      lastUpdated,
      serviceName: serviceNamespace,
      serviceNamespace,
      totalAuthenticatedEntities: lastUsed === null ? 0 : 1,
    };
  });
}
