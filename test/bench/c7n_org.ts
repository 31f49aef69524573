import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { pinsOf } from "../aws/install.ts";
import { virtualEnvironment } from "../aws/virtual_environment.ts";
import { type AuditWorld, REGIONS } from "../e2e/audit_world.ts";
import type { Contender } from "./benchmark.ts";
import { type AuditTold, sortFound, tellFound } from "./violators.ts";

const POLICY = "missing-tags";

/** Without actions it reports only. `absent` is how its own pages look for missing tags. */
const POLICIES = {
  policies: [{
    name: POLICY,
    resource: "aws.ec2",
    filters: [{ or: [{ "tag:owner": "absent" }, { "tag:project": "absent" }] }],
  }],
};

export interface C7nOrgOptions {
  /** How many workers it may start. Default: its own, which is four for each processor. */
  readonly workers?: number;
  readonly onProgress: (sentence: string) => void;
}

/**
 * Cloud Custodian's c7n-org, installed on first use, over every account and region of a world. It
 * assumes the role of the audit in each account.
 *
 * @throws Error if it cannot be installed
 */
export async function c7nOrg(
  world: AuditWorld,
  { workers, onProgress }: C7nOrgOptions,
): Promise<Contender<AuditTold>> {
  const python = await virtualEnvironment({
    name: "c7n",
    room: "bench",
    pins: fileURLToPath(new URL("requirements_c7n.txt", import.meta.url)),
    uvPins: pinsOf("uv"),
    onProgress,
  });
  const { proxy, environment } = world.aws;
  const name = workers === undefined ? "c7n-org" : `c7n-org, ${workers} workers`;
  const place = (file: string) => join(world.directory, name, file);
  const names = new Map(world.accounts.map((id) => [id, `account-${id}`]));
  await Deno.mkdir(place("cache"), { recursive: true });
  await writeJson(place("policies.json"), POLICIES);
  await writeJson(place("accounts.json"), {
    accounts: [...names].map(([account_id, name]) => ({
      account_id,
      name,
      role: `arn:aws:iam::${account_id}:role/groundskeeper-audit-observe`,
      regions: REGIONS,
    })),
  });
  return {
    name,
    program: async () => {
      await Deno.remove(place("out"), { recursive: true }).catch(unlessMissing);
      proxy.clearCalls();
      return {
        command: [
          join(dirname(python), "c7n-org"),
          "run",
          ...["--config", place("accounts.json")],
          ...["--use", place("policies.json")],
          ...["--output-dir", place("out")],
          // Otherwise every run after the first would answer from what the first one was told.
          ...["--cache-path", place("cache"), "--cache-period", "0"],
          "--dryrun",
        ],
        cwd: world.directory,
        // Python's SDK does not know AWS_REGION.
        env: {
          ...environment,
          AWS_DEFAULT_REGION: REGIONS[0],
          ...(workers === undefined ? {} : { C7N_ORG_PARALLEL: String(workers) }),
        },
        exitCodes: [0],
      };
    },
    told: async () => {
      const found = new Set<string>();
      for (const account of names.values()) {
        for (const region of REGIONS) {
          // A worker that failed is told in its log only, and leaves no file.
          const file = join(place("out"), account, region, POLICY, "resources.json");
          const resources: { InstanceId: string }[] = JSON.parse(await Deno.readTextFile(file));
          for (const { InstanceId } of resources) found.add(InstanceId);
        }
      }
      return { calls: proxy.calls.length, ...tellFound(sortFound(world, found)) };
    },
  };
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await Deno.writeTextFile(file, JSON.stringify(value));
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
