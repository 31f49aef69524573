import type { ReadStore } from "../../core/store/store.ts";
import { evidenceOf } from "../inventory/access.ts";
import { ACCESS, ROLES, storedAccounts } from "../inventory/rows.ts";
import type { Evidence } from "../observed.ts";

/**
 * `repo access export`: the stored evidence as Aardvark's API answers it, in pieces of one JSON
 * document, role by role. Deleted roles, and roles without complete evidence, are left out: a
 * program that reads this would take a role without rows for one that uses nothing.
 */
export async function* exportAccess(
  store: ReadStore,
  accounts: readonly string[] | null,
): AsyncGenerator<string> {
  let count = 0;
  for await (const _ of withEvidence(store, accounts)) count++;
  yield `{"page":1,"total":${count},"count":${count}`;
  for await (const { arn, evidence } of withEvidence(store, accounts)) {
    const rows = aardvarkRows(arn, evidenceOf(evidence, new Map()));
    yield `,\n${JSON.stringify(arn)}:${JSON.stringify(rows)}`;
  }
  yield "}\n";
}

async function* withEvidence(store: ReadStore, accounts: readonly string[] | null) {
  for (const account of accounts ?? await storedAccounts(store)) {
    const active = new Set<string>();
    for await (const { id, value } of ROLES.of(account).list(store)) {
      if (value.active) active.add(id);
    }
    for await (const { id, value: { arn, evidence } } of ACCESS.of(account).list(store)) {
      if (active.has(id) && !("reason" in evidence)) yield { arn, evidence };
    }
  }
}

/**
 * A role's evidence as Aardvark's API answers it, for programs that read that. The service's name
 * is its namespace: nothing is decided by the name.
 *
 * @param arn of the role, which is the one entity that its evidence is about
 */
export function aardvarkRows(arn: string, evidence: Evidence) {
  // As HTTP writes instants.
  const lastUpdated = new Date(evidence.completedAt).toUTCString();
  return Object.keys(evidence.services).sort().map((serviceNamespace) => {
    const { lastUsed } = evidence.services[serviceNamespace]!;
    return {
      // Milliseconds since the epoch; 0: never.
      lastAuthenticated: lastUsed === null ? 0 : Date.parse(lastUsed),
      lastAuthenticatedEntity: lastUsed === null ? null : arn,
      lastUpdated,
      serviceName: serviceNamespace,
      serviceNamespace,
      totalAuthenticatedEntities: lastUsed === null ? 0 : 1,
    };
  });
}
