import assert from "assert";
import {
  AttachRolePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import type { JsonObject } from "../../runners/core/json.ts";
import { failWith } from "../aws/faults.ts";
import { clientConfig } from "../aws/seed.ts";
import { allowing } from "../aws/seed_roles.ts";
import "../aws/start_shared.ts";
import { type RepoWorld, repoWorld } from "./repo_world.ts";

type Checked = {
  readonly roles: readonly {
    readonly role: string;
    readonly state: string;
    readonly lacks: readonly string[];
    readonly tooMany: readonly string[];
    readonly differs: readonly string[];
    readonly attached: readonly string[];
  }[];
  readonly unread: readonly { readonly account: string; readonly reason: string }[];
};

type Statement = { readonly Action: readonly string[]; readonly Resource: readonly string[] };

/** A world whose roles of `repo` are as they should be. @param work gets IAM of its account */
async function withDeployed(
  work: (world: RepoWorld, iam: IAMClient) => Promise<void>,
): Promise<void> {
  const roles = ["observe", "apply"].map((role) => ({ name: `groundskeeper-repo-${role}` }));
  await using world = await repoWorld({ roles, managed: { more: allowing("s3:*") } });
  const iam = new IAMClient(clientConfig(world.aws.endpoint, world.accounts[0]!));
  for (const role of ["observe", "apply"]) {
    await put(iam, role, await printed(world, role));
  }
  await work(world, iam);
  iam.destroy();
}

async function printed(world: RepoWorld, role: string): Promise<JsonObject> {
  return JSON.parse((await world.run(`permissions repo --role ${role}`)).stdout);
}

async function put(iam: IAMClient, role: string, policy: JsonObject): Promise<void> {
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: `groundskeeper-repo-${role}`,
      PolicyName: "groundskeeper",
      PolicyDocument: JSON.stringify(policy),
    }),
  );
}

async function checked(world: RepoWorld): Promise<Checked & { readonly code: number }> {
  const { code, stdout } = await world.run("permissions repo --check --json");
  return { code, ...JSON.parse(stdout) as Checked };
}

Deno.test("roles that are as this version needs them are right, and nothing is written", () =>
  withDeployed(async (world) => {
    const { code, stdout } = await world.run("permissions repo --check");
    assert.equal(code, 0, stdout);
    assert.equal(
      stdout,
      "2 of 2 roles of repo are as this version needs them, in 1 of 1 account.\n",
    );
  }));

const DIFFERENCES: readonly (readonly [
  title: string,
  change: (world: RepoWorld, iam: IAMClient) => Promise<unknown>,
  role: string,
  found: object,
])[] = [
  [
    "lacks an action",
    async (world, iam) => {
      const policy = await printed(world, "apply");
      const statements = policy["Statement"] as unknown as Statement[];
      const without = statements.map((one) => ({
        ...one,
        Action: one.Action.filter((action) => action !== "iam:GetRole"),
      })).filter(({ Action }) => Action.length > 0);
      await put(iam, "apply", { ...policy, Statement: without } as unknown as JsonObject);
    },
    "apply",
    { state: "different", lacks: ["iam:GetRole"] },
  ],
  [
    "has an action too many",
    (_, iam) =>
      iam.send(
        new PutRolePolicyCommand({
          RoleName: "groundskeeper-repo-observe",
          PolicyName: "more",
          PolicyDocument: JSON.stringify({
            Version: "2012-10-17",
            Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: "*" },
          }),
        }),
      ),
    "observe",
    { state: "different", tooMany: ["s3:GetObject"] },
  ],
  [
    "may do the same elsewhere",
    async (world, iam) => {
      const policy = await printed(world, "apply");
      const statements = policy["Statement"] as unknown as Statement[];
      const wider = statements.map((one) =>
        one.Action.includes("iam:PutRolePolicy") ? { ...one, Resource: ["*"] } : one
      );
      await put(iam, "apply", { ...policy, Statement: wider } as unknown as JsonObject);
    },
    "apply",
    { state: "different", lacks: [], tooMany: [] },
  ],
  [
    "has another policy attached",
    ({ accounts }, iam) =>
      iam.send(
        new AttachRolePolicyCommand({
          RoleName: "groundskeeper-repo-observe",
          PolicyArn: `arn:aws:iam::${accounts[0]}:policy/more`,
        }),
      ),
    "observe",
    { state: "different", lacks: [], tooMany: [], differs: [] },
  ],
  [
    "has lost its policy",
    (_, iam) =>
      iam.send(
        new DeleteRolePolicyCommand({
          RoleName: "groundskeeper-repo-apply",
          PolicyName: "groundskeeper",
        }),
      ),
    "apply",
    { state: "different", tooMany: [] },
  ],
  [
    "is not there",
    async (_, iam) => {
      const RoleName = "groundskeeper-repo-apply";
      await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "groundskeeper" }));
      await iam.send(new DeleteRoleCommand({ RoleName }));
    },
    "apply",
    { state: "absent" },
  ],
];

for (const [title, change, role, found] of DIFFERENCES) {
  Deno.test(`permissions --check says that a role ${title}`, () =>
    withDeployed(async (world, iam) => {
      await change(world, iam);
      const { code, roles } = await checked(world);
      assert.equal(code, 5);
      for (const one of roles) {
        const own = one.role === `groundskeeper-repo-${role}`;
        assert.equal(one.state === "right", !own, one.role);
        if (!own) continue;
        const said = Object.keys(found).map((key) => [key, one[key as keyof typeof one]]);
        assert.deepEqual(Object.fromEntries(said), found);
        assert.ok(
          one.state === "absent" ||
            [...one.lacks, ...one.tooMany, ...one.differs, ...one.attached].length > 0,
        );
      }
      const { stdout } = await world.run("permissions repo --check");
      assert.match(stdout, new RegExp(`groundskeeper-repo-${role} `));
      assert.match(stdout, /^1 of 2 roles of repo are as this version needs them/);
    }));
}

Deno.test("an account whose roles cannot be read is said, and none of its roles is called right", () =>
  withDeployed(async (world) => {
    world.aws.proxy.onCall(failWith({ action: "iam:ListRolePolicies" }, "AccessDenied"));
    const { code, roles, unread } = await checked(world);
    assert.equal(code, 3);
    assert.deepEqual([roles, unread.map(({ reason }) => reason)], [[], ["access-denied"]]);
  }));

Deno.test("where no roles are named there is nothing to check", async () => {
  await using world = await repoWorld({ roles: [] });
  world.configure({}, { roles: null, accounts: "current" });
  const { code, stderr } = await world.run("permissions repo --check");
  assert.equal(code, 2);
  assert.match(stderr, /There are no roles to check: organization\.roles is null/);
});
