/** Makes declared IAM roles true, through the real SDK and the proxy. */

import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import pLimit from "p-limit";

import type { Uses } from "./last_accessed.ts";
import type { Proxy } from "./proxy.ts";
import { clientConfig } from "./seed.ts";
import { seedingPlugin } from "./seeding.ts";

/** A policy as it is written: as data, or as the very text. */
export type PolicySource = string | object;

/** When something was last used, in days before now; null: never. */
export type DaysAgo = number | null;

export interface SeedRole {
  readonly name: string;
  /** Default: `/`. */
  readonly path?: string;
  /** Default: 400, older than anything that is asked of a role's age. */
  readonly ageDays?: number;
  readonly tags?: Readonly<Record<string, string>>;
  /** Default: EC2 may assume it. */
  readonly trust?: PolicySource;
  readonly inline?: Readonly<Record<string, PolicySource>>;
  /** Names of managed policies of the account. */
  readonly attached?: readonly string[];
  readonly boundary?: string;
  /** It gets an instance profile of this name. */
  readonly instanceProfile?: string;
  /** What it has used; what else its policies allow is listed as never used. */
  readonly uses?: Readonly<Record<string, DaysAgo | SeedUse>>;
  /** When its credentials were last used. Default: as its last use of a service. */
  readonly lastUsed?: DaysAgo;
}

export interface SeedUse {
  /** Default: as its last action. */
  readonly service?: DaysAgo;
  readonly actions: Readonly<Record<string, DaysAgo>>;
}

export interface SeedRoles {
  readonly roles: readonly SeedRole[];
  /** Customer managed policies by name. */
  readonly managed?: Readonly<Record<string, PolicySource>>;
  /** How old these are. Default: 400. */
  readonly managedAgeDays?: number;
}

/** How many roles are made at once; moto answers an account's calls one by one anyway. */
const atOnce = 8;
const dayMs = 86_400_000;

/** Seeds an account; its roles must be new to it. */
export async function seedRoles(
  proxy: Proxy,
  account: string,
  { roles, managed = {}, managedAgeDays = 400 }: SeedRoles,
): Promise<void> {
  const iam = new IAMClient(clientConfig(proxy.endpoint, account));
  const limit = pLimit(atOnce);
  try {
    await Promise.all(
      Object.entries(managed).map(([PolicyName, source]) =>
        limit(() => {
          const create = new CreatePolicyCommand({ PolicyName, PolicyDocument: textOf(source) });
          create.middlewareStack.use(seedingPlugin({ ageMs: managedAgeDays * dayMs }));
          return iam.send(create);
        })
      ),
    );
    await Promise.all(roles.map((role) => limit(() => seedRole(iam, proxy, account, role))));
  } finally {
    iam.destroy();
  }
}

async function seedRole(
  iam: IAMClient,
  proxy: Proxy,
  account: string,
  role: SeedRole,
): Promise<void> {
  const RoleName = role.name;
  const arnOf = (policy: string) => `arn:aws:iam::${account}:policy/${policy}`;
  const seeding = { ageMs: (role.ageDays ?? 400) * dayMs };
  const create = new CreateRoleCommand({
    RoleName,
    Path: role.path ?? "/",
    AssumeRolePolicyDocument: textOf(role.trust ?? trustOf("ec2.amazonaws.com")),
    Tags: Object.entries(role.tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
    ...(role.boundary === undefined ? {} : { PermissionsBoundary: arnOf(role.boundary) }),
  });
  create.middlewareStack.use(seedingPlugin(seeding));
  await iam.send(create);
  for (const [PolicyName, source] of Object.entries(role.inline ?? {})) {
    const put = new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: textOf(source) });
    put.middlewareStack.use(seedingPlugin(seeding));
    await iam.send(put);
  }
  for (const name of role.attached ?? []) {
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: arnOf(name) }));
  }
  if (role.instanceProfile !== undefined) {
    const InstanceProfileName = role.instanceProfile;
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName }));
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }));
  }
  const nowMs = proxy.now();
  const uses = usesOf(role, nowMs);
  proxy.lastAccessed.use(account, RoleName, uses);
  proxy.setLastUsed(account, RoleName, lastUsedOf(role, uses, nowMs));
}

function usesOf({ uses = {} }: SeedRole, nowMs: number): Uses {
  return Object.fromEntries(
    Object.entries(uses).map(([service, use]) => {
      if (use === null || typeof use === "number") return [service, attempt(use, nowMs)];
      const days = Object.values(use.actions).filter((one) => one !== null);
      const used = use.service === undefined
        ? days.length === 0 ? null : Math.min(...days)
        : use.service;
      const actions = Object.fromEntries(
        Object.entries(use.actions).map(([name, one]) => [
          name,
          one === null ? null : instant(one, nowMs),
        ]),
      );
      return [service, { ...attempt(used, nowMs), actions }];
    }),
  );
}

function attempt(days: DaysAgo, nowMs: number): { readonly at?: string } {
  return days === null ? {} : { at: instant(days, nowMs) };
}

function lastUsedOf({ lastUsed }: SeedRole, uses: Uses, nowMs: number): string | null {
  if (lastUsed !== undefined) return lastUsed === null ? null : instant(lastUsed, nowMs);
  const attempts = Object.values(uses).flatMap((use) =>
    typeof use === "string" ? [use] : use.at ?? []
  );
  return attempts.sort().at(-1) ?? null;
}

/** Without milliseconds, as IAM writes instants. */
function instant(days: number, nowMs: number): string {
  return new Date(nowMs - days * dayMs).toISOString().replace(/\.\d+Z$/, "Z");
}

/** A trust policy that lets a service assume the role. */
export function trustOf(Service: string): object {
  return {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole" }],
  };
}

/** A policy that allows these actions on everything. */
export function allowing(...Action: readonly string[]): object {
  return { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*" }] };
}

function textOf(source: PolicySource): string {
  return typeof source === "string" ? source : JSON.stringify(source);
}
