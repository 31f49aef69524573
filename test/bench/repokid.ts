import { fileURLToPath } from "node:url";

import { aardvarkRows } from "../../runners/repo/verbs/access_export.ts";
import type { Evidence, ObservedRole } from "../../runners/repo/observed.ts";
import { pinsOf } from "../aws/install.ts";
import { virtualEnvironment } from "../aws/virtual_environment.ts";
import type { Policies } from "./repo_work.ts";

/** What Repokid made of a role. */
export interface RepokidRole {
  readonly arn: string;
  /** Services, and permissions where not the whole service goes; in lower case. */
  readonly removable: readonly string[];
  /** As it would write them, refused or not; a policy of which nothing is left is not among them. */
  readonly policies: { readonly [name: string]: unknown };
  /** They are longer than IAM allows: it leaves the role as it is. */
  readonly refused: boolean;
}

/** What `repokid_work.py` writes. */
export interface RepokidWork {
  /** Of the work on the roles alone. */
  readonly cpuMs: number;
  readonly roles: readonly RepokidRole[];
}

/**
 * The Python of an environment with Repokid, which is installed on first use.
 *
 * @throws Error if it cannot be installed
 */
export async function repokidPython(onProgress: (sentence: string) => void): Promise<string> {
  return await virtualEnvironment({
    name: "repokid",
    room: "bench",
    pins: fileURLToPath(new URL("requirements_repokid.txt", import.meta.url)),
    uvPins: pinsOf("uv"),
    onProgress,
  });
}

/** Roles as Repokid has them: documents, and what Aardvark says. */
export function repokidInput(roles: readonly ObservedRole[]): unknown {
  return roles.map(({ arn, roleId, inline, evidence }) => ({
    arn,
    role_id: roleId,
    policies: Object.fromEntries(
      Object.entries(inline).map(([name, text]) => [name, JSON.parse(text)]),
    ),
    aa_data: aardvarkRows(arn, evidence as Evidence),
  }));
}

/** Its policies as texts, beside those that the role had. */
export function repokidPolicies(
  { policies }: Pick<RepokidRole, "policies">,
  before: ObservedRole["inline"],
): Policies {
  return Object.fromEntries(
    Object.keys(before).map((name) => [
      name,
      name in policies ? JSON.stringify(policies[name]) : null,
    ]),
  );
}
