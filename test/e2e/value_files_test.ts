import assert from "assert";
import { CreateTagsCommand } from "@aws-sdk/client-ec2";
import type { AuditFinding } from "../../runners/audit/findings.ts";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import { isWrite } from "../aws/is_write.ts";
import { groupsOf } from "./audit_world.ts";
import { callsOf, idOf, ladderWorld, spared, tally, violators } from "./ladder_world.ts";

type Plan = PlanDocument & {
  readonly findings: readonly AuditFinding[];
  readonly accounts: readonly { readonly left_out: unknown }[];
};

const TEAMS = ["web", "data", "ops", "shop"];

function teamWorld() {
  return ladderWorld({
    groups: [
      ...groupsOf(20, 0),
      violators("sales", 3, { tags: { Name: "sales", project: "sales", contact: "carol" } }),
    ],
    audit: { required: [{ key: "project", value: { valueFrom: "lists/teams.txt" } }] },
  });
}

Deno.test("a file of values that is missing, empty or cut short stops nobody, and the ladder goes on when it is back", async () => {
  await using world = await teamWorld();
  const file = `${world.directory}/lists/teams.txt`;
  const write = (values: readonly string[]) =>
    Deno.writeTextFileSync(file, values.map((value) => `${value}\n`).join(""));
  Deno.mkdirSync(`${world.directory}/lists`);
  write(TEAMS);
  assert.deepEqual(tally((await world.apply()).run), { "ec2:CreateTags done": 3 });

  world.setDay(3.1);
  const damages: readonly [string, () => void][] = [
    ["list-missing", () => Deno.removeSync(file)],
    ["list-empty", () => write([])],
    ["list-shrunk", () => write(TEAMS.slice(0, 1))],
  ];
  for (const [reason, damage] of damages) {
    damage();
    world.aws.proxy.clearCalls();
    const { code, run } = await world.apply();
    assert.deepEqual([reason, code, run.changes], [reason, 3, []]);
    assert.deepEqual(run.coverage.unproven.map((gap) => [gap.region, gap.reason]), [
      ["global", reason],
    ]);
    assert.equal(spared(run)[world.ids("sales")[0]!], "list-unread");
    assert.deepEqual(world.aws.proxy.calls.filter(isWrite), []);
  }
  const { stdout } = await world.run(`audit explain ${world.account}/global`);
  assert.match(stdout.replaceAll(/\s+/g, " "), /lists\/teams\.txt has 1 value, and had 4 at/);
  write(TEAMS);
  world.setDay(3.5);
  assert.deepEqual(tally((await world.apply()).run), { "ec2:StopInstances done": 3 });
});

Deno.test("a snapshot holds the values, and the ID of a plan depends on them", async () => {
  await using world = await teamWorld();
  Deno.mkdirSync(`${world.directory}/lists`);
  const file = `${world.directory}/lists/teams.txt`;
  Deno.writeTextFileSync(file, TEAMS.join("\n"));
  const first = await world.json<Plan>("audit plan --save-snapshot today");
  Deno.removeSync(file);
  const later = await world.json<Plan>("audit plan --snapshot today");
  const ids = ({ findings }: Plan) => findings.map(({ id }) => id);
  assert.deepEqual(ids(later), ids(first));
  assert.deepEqual(ids(first), [...world.ids("sales")].sort());
  assert.deepEqual(later.coverage.unproven, []);

  Deno.writeTextFileSync(file, [...TEAMS, "sales"].join("\n"));
  await world.json<Plan>("audit plan --save-snapshot tomorrow");
  const asOf = first.as_of;
  const idOfPlan = async (snapshot: string) =>
    (await world.json<Plan>(`audit plan --snapshot ${snapshot} --as-of ${asOf}`)).plan_id;
  assert.equal(await idOfPlan("today"), await idOfPlan("today"));
  assert.notEqual(await idOfPlan("today"), await idOfPlan("tomorrow"));
});

Deno.test("where the accounts have no IAM users, these are not listed, and the exit code is 0", async () => {
  const principal = { users: false, file: "people.json" };
  await using world = await ladderWorld({
    groups: [...groupsOf(20, 0), violators("lost", 1, { tags: { owner: "mallory" } })],
    audit: { required: [{ key: "owner", value: { principal } }] },
  });
  Deno.writeTextFileSync(`${world.directory}/people.json`, '["alice", "bob@acme.example"]');
  const { code, run } = await world.apply();
  assert.equal(code, 0);
  assert.deepEqual(run.changes.map(idOf), world.ids("lost"));
  assert.deepEqual(callsOf(world, "iam:ListUsers"), []);
});

Deno.test("a rule for some instances marks these alone, and each report counts whom tags leave out", async () => {
  const when = { tag: { key: "env", value: "prod" } };
  await using world = await ladderWorld({
    groups: [
      ...groupsOf(20, 0),
      violators("prod", 2, { tags: { owner: "alice", env: "prod" } }),
      violators("dev", 3, { tags: { owner: "alice", env: "dev" } }),
      violators("odd", 1, { tags: { owner: "alice", Env: "prod" } }),
    ],
    audit: {
      required: [{ key: "owner" }, { key: "backup", when }],
      exempt: [{
        match: { tag: { key: "Name", pattern: "^batch-.*$" } },
        reason: "batches",
        until: new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10),
      }],
    },
  });
  const ran = await world.run("audit plan --out out");
  assert.match(
    ran.stdout,
    /Left out +23 of 26 instances by tags: 23 by audit\.required\[1\]\.when/,
  );
  const { code, run } = await world.apply();
  assert.equal(code, 0);
  assert.deepEqual(run.changes.map(idOf).sort(), [...world.ids("prod")].sort());
  assert.deepEqual(spared(run)[world.ids("odd")[0]!], "condition-unknown");
  const [account] = (run as unknown as Plan).accounts;
  assert.deepEqual(account!.left_out, {
    instances: 23,
    by: [{ setting: "audit.required[1].when", instances: 23 }],
  });
  const [page] = Array.from(Deno.readDirSync(`${world.directory}/out`), ({ name }) => name)
    .filter((name) => name.startsWith("audit-") && name.endsWith(".html"));
  const html = Deno.readTextFileSync(`${world.directory}/out/${page}`);
  assert.match(html, /23 of 26 instances are left out by tags: 23 by audit\.required\[1\]\.when/);

  // Somebody takes an instance out of the rule after it was marked: nothing is stopped.
  const [moved] = world.ids("prod") as [string];
  world.setDay(3.1);
  await world.byHand((client) =>
    client.send(
      new CreateTagsCommand({ Resources: [moved], Tags: [{ Key: "env", Value: "dev" }] }),
    )
  );
  const next = await world.apply();
  const kinds = Object.fromEntries(next.run.changes.map((one) => [idOf(one), one.action]));
  assert.equal(kinds[moved], "ec2:DeleteTags");
  assert.equal(kinds[world.ids("prod")[1]!], "ec2:StopInstances");
});
