import assert from "assert";
import { CreateTagsCommand } from "@aws-sdk/client-ec2";
import { failWith } from "../aws/faults.ts";
import { isWrite } from "../aws/is_write.ts";
import { groupsOf } from "./audit_world.ts";
import { callsOf, idOf, ladderWorld, named, spared, tally, violators } from "./ladder_world.ts";

const PRINCIPALS = { required: [{ key: "owner", value: { principal: { users: true } } }] } as const;

Deno.test("while IAM's users cannot be listed nobody is marked, stopped or unmarked for who they name", async () => {
  await using world = await ladderWorld({
    groups: [
      ...groupsOf(20, 0),
      violators("left", 3, { tags: { Name: "left", owner: "mallory" } }),
    ],
    audit: PRINCIPALS,
  });
  assert.deepEqual(tally((await world.apply()).run), { "ec2:CreateTags done": 3 });
  world.setDay(3.1);
  const answers = world.aws.proxy.onCall(failWith({ action: "iam:ListUsers" }, "AccessDenied"));
  world.aws.proxy.clearCalls();
  const blind = await world.apply();
  assert.deepEqual([blind.code, blind.run.changes], [3, []]);
  assert.deepEqual(blind.run.coverage.unproven.map(({ reason }) => reason), [
    "users-access-denied",
  ]);
  assert.equal(spared(blind.run)[world.ids("left")[0]!], "principals-unread");
  assert.deepEqual(world.aws.proxy.calls.filter(isWrite), []);

  // When they can be listed again, the ladder continues where it was.
  answers();
  world.setDay(3.5);
  assert.deepEqual(tally((await world.apply()).run), { "ec2:StopInstances done": 3 });
});

Deno.test("an instance that comes to 50 tags before its mark is written fails alone", async () => {
  await using world = await ladderWorld({ groups: groupsOf(20, 3) });
  const [full] = world.ids("batch-0") as [string];
  let filled = false;
  world.aws.proxy.onCall(async ({ action, principal }) => {
    if (filled || action !== "ec2:CreateTags" || !principal?.includes("audit-apply")) {
      return undefined;
    }
    filled = true;
    const Tags = Array.from({ length: 47 }, (_, index) => ({ Key: `tag-${index}`, Value: "x" }));
    await world.byHand((client) => client.send(new CreateTagsCommand({ Resources: [full], Tags })));
    return undefined;
  });
  const { code, run } = await world.apply();
  assert.deepEqual([code, tally(run)], [3, {
    "ec2:CreateTags done": 2,
    "ec2:CreateTags failed": 1,
  }]);
  const failed = run.changes.find(({ outcome }) => outcome === "failed")!;
  assert.equal(idOf(failed), full);
  assert.match(failed.error!.message, /TagLimitExceeded/);
  const next = await world.apply();
  assert.deepEqual(spared(next.run)[full], "tag-limit");
});

Deno.test("what says that something was done is told by what became of it", async () => {
  await using world = await ladderWorld({
    groups: groupsOf(20, 3),
    audit: { ladder: [{ after: "0m", do: "mark" }, { after: "1d", do: "terminate" }] },
  });
  await world.apply();
  world.setDay(1.1);
  const [kept] = world.ids("batch-1") as [string];
  world.aws.proxy.onCall(failWith({
    action: "ec2:TerminateInstances",
    where: (call) => named(call).includes(kept),
  }, "UnauthorizedOperation"));
  const { code, run } = await world.apply();
  assert.deepEqual([code, tally(run)], [3, {
    "ec2:TerminateInstances done": 2,
    "ec2:TerminateInstances failed": 1,
  }]);
  const name = [...Deno.readDirSync(`${world.directory}/out`)].map(({ name }) => name)
    .filter((name) => name.includes(run.run_id) && name.endsWith(".jsonl"))[0]!;
  const documents = (await Deno.readTextFile(`${world.directory}/out/${name}`)).trim().split("\n")
    .map((line) => JSON.parse(line));
  const actions = documents.filter(({ doc_type }) => doc_type === "aws_tag_action");
  assert.deepEqual(
    Object.fromEntries(actions.map((one) => [one.cloud.instance.id, one.event.outcome])),
    Object.fromEntries(
      ["batch-0", "batch-1", "batch-2"].map((group) => {
        const [id] = world.ids(group) as [string];
        return [id, id === kept ? "failure" : "success"];
      }),
    ),
  );
  assert.equal(callsOf(world, "ec2:DeleteTags").length, 0);
});
