import assert from "assert";
import { allowing } from "../aws/seed_roles.ts";
import { runAll } from "../jobs/live.ts";
import { wholeWorld } from "../jobs/repo_scene.ts";
import { seenRoles } from "../jobs/seen.ts";
import { isAllowed } from "../policies/evaluate.ts";
import { repoWorld } from "./repo_world.ts";
import type { World } from "./world.ts";

Deno.test({
  name: "with stamps in the description, the applying role calls what is printed for that",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const { world } = await wholeWorld("description");
    await using _world = world;
    await runAll(world, ["repo apply --yes"]);
    const { policy, seen } = (await seenRoles(world, "repo")).find(({ key }) => key === "apply")!;
    assert.deepEqual(seen.filter((one) => !isAllowed(policy, one)), []);
    const stamps = seen.filter(({ action }) => ["iam:UpdateRole", "iam:TagRole"].includes(action));
    assert.deepEqual(new Set(stamps.map(({ action }) => action)), new Set(["iam:UpdateRole"]));
  },
});

/** The actions that the program has called under each role of the job, and as "home". */
function calledActions({ commands }: World): Record<string, string[]> {
  const calls = Map.groupBy(
    commands.flatMap(({ calls }) => calls).filter(({ action }) =>
      action !== "sts:GetCallerIdentity"
    ),
    ({ principal }) =>
      /assumed-role\/groundskeeper-repo-(\w+)\//.exec(principal ?? "")?.[1] ?? "home",
  );
  return Object.fromEntries(
    [...calls].map(([role, own]) => [role, [...new Set(own.map(({ action }) => action))]]),
  );
}

/** A process of its own: a module that has been loaded is not read again. */
const OWN = { entry: "test" } as const;

/** A filter and a hook that ask AWS for something when they are prepared. */
function moduleThatCalls(command: string, declares: string, exported: string): string {
  return `import { IAMClient, ${command}Command } from "@aws-sdk/client-iam";
export const permissions = ${declares};
export async function prepare({ session, accounts }) {
  if (session === null) return;
  const iam = (await session(accounts[0])).client(IAMClient, "us-east-1");
  await iam.send(new ${command}Command({}));
}
${exported}
`;
}

Deno.test("what filters and hooks of one's own declare is printed for the role that calls it, and nothing else is called", async () => {
  await using world = await repoWorld({
    roles: [{ name: "app", inline: { main: allowing("s3:*", "sqs:*") }, uses: { s3: 3 } }],
    repo: { filters: ["./lists.js"], hooks: ["./groups.js"] },
  });
  const declaring = (action: string) => `[{ action: "${action}", why: "knows who is who" }]`;
  const write = (name: string, text: string) =>
    Deno.writeTextFile(`${world.directory}/${name}`, text);
  const filter = (declares: string) =>
    write("lists.js", moduleThatCalls("ListUsers", declares, "export default () => null;"));
  // In letters of its own.
  await filter(declaring("IAM:listusers"));
  await write(
    "groups.js",
    moduleThatCalls(
      "ListGroups",
      declaring("iam:ListGroups"),
      'export const hooks = [{ hook: "AFTER_REPO", priority: 1, call: (input) => input }];',
    ),
  );
  await runAll(world, ["repo report", "repo apply --yes"], OWN);
  const called = calledActions(world);
  const printed = async (role: string) => {
    const { stdout, said } = await world.run(`permissions repo --role ${role}`, OWN);
    assert.ok(stdout.startsWith("{"), said);
    const { Statement } = JSON.parse(stdout) as {
      Statement: { Effect: string; Action: string[] }[];
    };
    return Statement.filter(({ Effect }) => Effect === "Allow").flatMap(({ Action }) => Action);
  };
  for (const [role, actions] of Object.entries(called)) {
    const declared = await printed(role);
    assert.deepEqual(actions.filter((one) => !declared.includes(one)), [], role);
    assert.equal(new Set(declared).size, declared.length, `${role} has an action twice`);
  }
  const own = ["iam:ListGroups", "iam:ListUsers"];
  const others = [...await printed("home"), ...await printed("apply")];
  assert.deepEqual(own.filter((one) => !called["observe"]?.includes(one)), []);
  assert.deepEqual(own.filter((one) => others.includes(one)), []);
  const whole = JSON.parse((await world.run("permissions repo", OWN)).stdout) as {
    role: string;
    why: Record<string, string>;
  }[];
  const observe = whole.find(({ role }) => role === "groundskeeper-repo-observe")!;
  assert.equal(observe.why["iam:ListUsers"], "knows who is who (repo.filters[0])");

  await filter("[]");
  world.aws.proxy.clearCalls();
  const refused = await world.run("repo plan", OWN);
  assert.equal(refused.code, 1);
  assert.match(refused.said, /it calls iam:ListUsers, and its permissions do not name that/);
  assert.ok(!world.aws.proxy.calls.some(({ action }) => action === "iam:ListUsers"));
  assert.ok(!(await printed("observe")).includes("iam:ListUsers"));

  await Deno.remove(`${world.directory}/groups.js`);
  const missing = await world.run("permissions repo", OWN);
  assert.deepEqual([missing.code, /repo\.hooks\[0\] cannot be loaded/.test(missing.said)], [
    2,
    true,
  ]);
});

Deno.test({
  name: "under serve, too, a module calls AWS as the observing role, and never as the home role",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const modules = { filters: ["./lists.js"], filterConfig: {} };
    const { world, send } = await wholeWorld("tag", modules);
    await using _world = world;
    await Deno.writeTextFile(
      `${world.directory}/lists.js`,
      moduleThatCalls(
        "ListUsers",
        '[{ action: "iam:ListUsers", why: "knows who is who" }]',
        "export default () => null;",
      ),
    );
    await runAll(world, ["repo apply --yes"], OWN);
    await send({ role_name: "app-1", command: "rollback_role", selection: 1 });
    world.aws.proxy.clearCalls();
    await runAll(world, ["repo serve --once"], OWN);
    const called = calledActions(world);
    assert.ok(called["home"]?.includes("sqs:ReceiveMessage"));
    assert.ok(called["apply"]?.includes("iam:PutRolePolicy"), "it was restored");
    const asking = Object.keys(called).filter((role) => called[role]!.includes("iam:ListUsers"));
    assert.deepEqual(asking, ["observe"]);
    // A client of its own would be the home role's.
    for (const role of ["home", "observe"]) {
      const { stdout } = await world.run(`permissions repo --role ${role}`, OWN);
      assert.ok(stdout.includes("iam:ListUsers"), role);
    }
  },
});
