import { atOnce } from "../../../../runners/core/steps.ts";
import { allEvidenceOf } from "../../../../runners/repo/all_evidence.ts";
import { loadCatalogue } from "../../../../runners/repo/catalogue/catalogue.ts";
import { makeUniverse, type Universe } from "../../../../runners/repo/catalogue/universe.ts";
import {
  type Asked,
  ASKED_NOTHING,
  repoSchema,
  type RepoSettings,
} from "../../../../runners/repo/config.ts";
import type { Evidence, ObservedAccount, ObservedRole } from "../../../../runners/repo/observed.ts";
import { parsePolicy } from "../../../../runners/repo/policy/document.ts";
import { type Granted, grantedBy } from "../../../../runners/repo/policy/granted.ts";

/** The instant of the decisions. */
export const NOW = new Date("2026-11-20T12:00:00.000Z");

/** An instant so many days before. */
export function daysAgo(days: number): string {
  return new Date(NOW.getTime() - days * 86_400_000).toISOString();
}

/** Settings that differ in these from the defaults. */
export function settings(
  said: { readonly [key: string]: unknown } = {},
  asked: Partial<Asked> = {},
): RepoSettings {
  return { ...repoSchema.parse(said), asked: { ...ASKED_NOTHING, ...asked } };
}

/** The universe of the catalogue and of the other actions in the evidence. */
export function universeOf(evidence: Pick<Evidence, "services">): Universe {
  const named = Object.entries(evidence.services).flatMap(([service, { actions }]) =>
    Object.keys(actions ?? {}).map((name) => name.includes(":") ? name : `${service}:${name}`)
  );
  return makeUniverse(loadCatalogue(), named);
}

/** What a policy with these statements grants. */
export function granted(
  universe: Universe,
  ...statements: { readonly [key: string]: unknown }[]
): Granted {
  const Statement = statements.map((one) => ({ Effect: "Allow", Resource: "*", ...one }));
  const text = JSON.stringify({ Version: "2012-10-17", Statement });
  return grantedBy([parsePolicy(text, "app")], universe);
}

/** Complete evidence of today with these services. */
export function evidenceOf(
  services: { readonly [service: string]: Partial<Evidence["services"][string]> | string | null },
  part: Partial<Evidence> = {},
): Evidence {
  return {
    source: "iam",
    level: "service",
    completedAt: daysAgo(0),
    services: Object.fromEntries(
      Object.entries(services).map(([service, said]) => [
        service,
        {
          lastUsed: null,
          region: null,
          actions: null,
          ...(said === null || typeof said === "string" ? { lastUsed: said } : said),
        },
      ]),
    ),
    ...part,
  };
}

/** An eligible role. */
export function aRole(part: Partial<ObservedRole> = {}): ObservedRole {
  const { name = "checkout-api", path = "/" } = part;
  return {
    roleId: "AROAEXAMPLE0000000001",
    arn: `arn:aws:iam::111111111111:role${path}${name}`,
    name,
    path,
    created: daysAgo(700),
    lastUsed: null,
    description: "",
    tags: {},
    trust: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}',
    boundary: null,
    inline: {},
    attached: [],
    instanceProfiles: [],
    evidence: evidenceOf({}),
    ...part,
  };
}

/** An account with these roles. */
export function anAccount(roles: readonly ObservedRole[] = []): ObservedAccount {
  return {
    id: "111111111111",
    name: "prod",
    partition: "aws",
    failure: null,
    at: daysAgo(0),
    whole: true,
    roles: [...roles],
    managed: {},
  };
}

/** The oldest use of each action in some reports, as a plan has it of all roles. */
export function oldestUseIn(...reports: readonly Evidence[]): ReadonlyMap<string, number> {
  const accounts = [anAccount(reports.map((evidence) => aRole({ evidence })))];
  return atOnce(allEvidenceOf(accounts)).oldestUse;
}
