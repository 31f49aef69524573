import assert from "assert";
import { OWN_PREFIX } from "../../runners/core/contract/names.ts";
import type { JsonObject } from "../../runners/core/json.ts";
import type { Policy } from "../policies/evaluate.ts";
import { Estate } from "./installed_estate.ts";
import { Life } from "./installed_life.ts";
import type { InstalledRole } from "./installed_roles.ts";
import { type InstalledWorld, installedWorld } from "./installed_world.ts";
import { actionsOf, NOT_REACHED } from "./ministack_gaps.ts";

/** An action that a command has called under a role. */
type Called = { readonly role: InstalledRole; readonly action: string; readonly command: string };

/**
 * What concerns single instances, roles or messages: these are left alone with the reason, and the
 * exit code is 0.
 */
const LEFT_ALONE = new Set([
  "audit-canary ec2:DescribeInstances",
  "audit-canary ec2:StopInstances",
  "audit-observe autoscaling:DescribeTags",
  "audit-observe cloudformation:DescribeStacks",
  "audit-observe cloudtrail:LookupEvents",
  "audit-observe ec2:DescribeConversionTasks",
  "audit-observe ec2:DescribeInstanceAttribute",
  "audit-observe ec2:DescribeInstanceTypes",
  "dirty-home sqs:ChangeMessageVisibility",
  "dirty-observe ec2:DescribeRegions",
  "repo-home sqs:ChangeMessageVisibility",
  "repo-observe cloudtrail:LookupEvents",
  "repo-observe iam:GenerateServiceLastAccessedDetails",
  "repo-observe iam:GetRole",
  "repo-observe iam:GetServiceLastAccessedDetails",
]);

/** What nobody is told of: an account whose alias is not known is called by its name. */
const UNTOLD = "audit-observe iam:ListAccountAliases";

Deno.test("under the installed roles every command runs, and says which permission is missing", async (t) => {
  await using world = await installedWorld({ logins: true });
  const { iam, aws } = world;
  const estate = new Estate(world);
  await estate.begin();
  const life = new Life(world, estate);
  const called: Called[] = [];
  for (const { command, before, after } of life.steps) {
    await before?.();
    aws.proxy.clearCalls();
    await t.step(command, async () => {
      await life.must(command);
      called.push(...callsOf(world, command));
      await after?.();
    });
  }
  const firsts = Map.groupBy(called, keyOf);

  await t.step(
    "together they do all that the roles allow, but what MiniStack does not have",
    () => {
      const missed = world.roles.flatMap(allowedBy).map((one) => keyOf(one))
        .filter((key) => !firsts.has(key))
        .map((key) => key in NOT_REACHED ? key : key.split(" ")[0]!);
      assert.deepEqual([...new Set(missed)].sort(), Object.keys(NOT_REACHED).sort());
    },
  );

  firsts.delete(UNTOLD);
  assert.ok(firsts.size > 50);
  for (const [key, [first]] of firsts) {
    const { role, action, command } = first!;
    await t.step(`${command}, without ${action} of ${role.name}`, async () => {
      await life.steps.find((step) => step.command === command)!.before?.();
      await iam.allow(role, without(role.policy, action));
      const { code, stdout, stderr } = await life.run(command);
      await iam.allow(role, role.policy);
      assert.match(stdout + stderr, saying(action));
      assert.ok(LEFT_ALONE.has(key) ? code === 0 : code === 1 || code === 3, `${code}`);
    });
  }
});

/** What installed roles have called since the log was cleared. */
function callsOf({ aws, roles }: InstalledWorld, command: string): Called[] {
  return aws.proxy.calls.flatMap((call) => {
    const [, , , , account, resource = ""] = (call.principal ?? "").split(":");
    const role = roles.find(({ name, in: own }) =>
      own === account && resource.startsWith(`assumed-role/${name}/`)
    );
    // Everybody may ask who he is.
    return role === undefined || call.action === "sts:GetCallerIdentity"
      ? []
      : actionsOf(call).map((action) => ({ role, action, command }));
  });
}

/** All home roles of a job are one here, and so are the roles of one name in all accounts. */
function keyOf({ role: { name }, action }: Pick<Called, "role" | "action">): string {
  return `${name.replace(OWN_PREFIX, "").replace(/-home-.*/, "-home")} ${action}`;
}

function allowedBy(role: InstalledRole): Pick<Called, "role" | "action">[] {
  const { Statement } = role.policy as unknown as Policy;
  return Statement.filter(({ Effect }) => Effect === "Allow")
    .flatMap(({ Action }) => [Action].flat()).map((action) => ({ role, action }));
}

/** A policy in which an action has no permission. */
function without(policy: JsonObject, action: string): JsonObject {
  const { Statement } = policy as unknown as Policy;
  return {
    ...policy,
    Statement: Statement.map((statement) =>
      statement.Effect === "Deny" ? statement : {
        ...statement,
        // A list of no actions is none that IAM takes.
        Action: [statement.Action].flat().map((one) => one === action ? "none:Nothing" : one),
      }
    ),
  } as unknown as JsonObject;
}

/** What a run says that lacks the permission. */
function saying(action: string): RegExp {
  return action === "sts:AssumeRole"
    ? /Cannot assume role .+AccessDenied/s
    : new RegExp(`not authorized to perform: ${action}`);
}
