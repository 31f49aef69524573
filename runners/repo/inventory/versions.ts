import type { ReadStore, Write } from "../../core/store/store.ts";
import type { PolicyVersion, RoleKey, VersionSource } from "../planning.ts";
import { hashOfPolicies } from "../policy/comparable.ts";
import { POLICIES, policiesId, versionId, type VersionRow, VERSIONS } from "./rows.ts";

/** A version without its policies. */
export type NumberedVersion = Omit<PolicyVersion, "policies">;

/**
 * Numbers the rows of a role, which come in the order of time.
 *
 * A version is a change of the set: rows with the same hash that follow each other are one version,
 * which was first seen with the first of them. A refresh writes what it finds and an apply writes
 * what it leaves, without knowing of each other, so that both may write the same set. The first set
 * that was found is a Scan; a later one that does not come from this job is External.
 */
export function numberVersions(rows: readonly VersionRow[]): NumberedVersion[] {
  const versions: NumberedVersion[] = [];
  for (const { hash, origin, at, run_id } of rows) {
    const last = versions.at(-1);
    if (last?.hash === hash) {
      const isOurs = origin !== "found" && last.source === "External";
      if (isOurs) versions[versions.length - 1] = { ...last, source: origin, run_id };
      continue;
    }
    const source: VersionSource = origin !== "found" ? origin : last ? "External" : "Scan";
    versions.push({ seq: versions.length + 1, hash, source, discovered: at, run_id });
  }
  return versions;
}

/** All versions of a role, oldest first, without what they say. */
export async function listVersions(
  store: ReadStore,
  { account, role_id }: RoleKey,
): Promise<NumberedVersion[]> {
  const rows: VersionRow[] = [];
  for await (const { value } of VERSIONS.of(account).list(store, `${role_id}/`)) rows.push(value);
  return numberVersions(rows);
}

/** The version of these policies that was in force when a change was announced. */
export async function versionBefore(
  store: ReadStore,
  role: RoleKey,
  policies: PolicyVersion["policies"],
  announced: string,
): Promise<NumberedVersion | undefined> {
  const hash = hashOfPolicies(policies);
  return (await listVersions(store, role)).findLast((version) =>
    version.hash === hash && Date.parse(version.discovered) <= Date.parse(announced)
  );
}

/**
 * The policies of a version.
 *
 * @returns undefined where they are not in the store, or are not what was stored: then nothing is
 * known of that version but that there was one
 */
export async function readPolicies(
  store: ReadStore,
  { account, role_id }: RoleKey,
  hash: string,
): Promise<PolicyVersion["policies"] | undefined> {
  if (hash === NO_POLICIES) return {};
  const row = await POLICIES.of(account).get(store, policiesId(role_id, hash));
  const policies = row?.value.policies;
  return policies && hashOfPolicies(policies) === hash ? policies : undefined;
}

/** A version of a role by its number, or why it cannot be had. */
export async function readVersion(
  store: ReadStore,
  role: RoleKey,
  seq: number,
): Promise<PolicyVersion | { readonly reason: string; readonly detail: string }> {
  const versions = await listVersions(store, role);
  const version = versions.find((one) => one.seq === seq);
  if (!version) {
    const detail = versions.length === 0
      ? "No version of it is known; run repo refresh first"
      : versions.length === 1
      ? "It has the version 1 alone"
      : `It has the versions 1 to ${versions.length}`;
    return { reason: "no-such-version", detail };
  }
  const policies = await readPolicies(store, role, version.hash);
  return policies ? { ...version, policies } : {
    reason: "version-damaged",
    detail: `What the store holds of version ${seq} is not what was read from AWS: ` +
      "its hash is another one",
  };
}

const NO_POLICIES = hashOfPolicies({});

/** The rows that a set of policies leaves. */
export function versionWrites(
  role: RoleKey,
  version: VersionRow,
  policies: PolicyVersion["policies"],
): Write[] {
  return [
    ...policiesWrites(role, version.hash, policies),
    VERSIONS.of(role.account).write(versionId(role.role_id, version), version),
  ];
}

/** Keeps the texts of a set of policies. The empty set needs no row. */
export function policiesWrites(
  { account, role_id }: RoleKey,
  hash: string,
  policies: PolicyVersion["policies"],
): Write[] {
  return hash === NO_POLICIES
    ? []
    : [POLICIES.of(account).write(policiesId(role_id, hash), { policies })];
}
