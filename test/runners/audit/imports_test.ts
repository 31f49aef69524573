import type { ConversionTask } from "@aws-sdk/client-ec2";
import assert from "assert";
import { partsOf } from "../../../runners/core/parts.ts";
import type { Session } from "../../../runners/core/aws/session.ts";
import { type Imports, readImports } from "../../../runners/audit/imports.ts";
import { plan } from "../../../runners/audit/plan.ts";
import { ladderStory } from "./ladder_story.ts";
import { kindOf } from "../../../runners/audit/ladder/audit_change.ts";
import { idOf } from "./world.ts";

const ONE = idOf(1);
const task = (State: string | undefined, InstanceId: string | undefined = ONE) =>
  ({
    ConversionTaskId: "import-i-1",
    State,
    ImportInstance: { InstanceId, Volumes: [] },
  }) as ConversionTask;

const read = (ConversionTasks: readonly ConversionTask[] | undefined): Promise<Imports> =>
  readImports(
    {
      client: () => ({ send: () => Promise.resolve({ ConversionTasks }) }),
      reading: {},
    } as unknown as Session,
    "us-east-1",
  );

for (
  const [state, isHeld] of [
    ["active", true],
    ["cancelling", true],
    ["a state of tomorrow", true],
    [undefined, true],
    ["cancelled", false],
    ["completed", false],
  ] as const
) {
  Deno.test(`an instance whose import is ${state} is ${isHeld ? "" : "not "}being imported`, async () => {
    const { tasks, unread } = await read([task("completed", idOf(2)), task(state)]);
    assert.deepEqual([...tasks], isHeld ? [[ONE, "import-i-1"]] : []);
    assert.equal(unread, null);
  });
}

Deno.test("a volume that is imported is no instance", async () => {
  const volume = { State: "active", ImportVolume: { Volume: {} } } as ConversionTask;
  assert.deepEqual(await read([volume]), { tasks: new Map(), unread: null });
});

Deno.test("an answer that lacks its list or an instance's ID is not known", async () => {
  for (const answer of [undefined, [{ State: "active", ImportInstance: {} } as ConversionTask]]) {
    assert.notEqual((await read(answer)).unread, null);
  }
});

Deno.test("where imports are not known, all is as it was but for what stops and terminates", () => {
  const unread = {
    ...ladderStory,
    observed: partsOf([...ladderStory.observed].map((account) => ({
      ...account,
      regions: account.regions.map((region) => ({
        ...region,
        importsUnread: "it was not asked",
      })),
    }))),
  };
  const ends = (change: Parameters<typeof kindOf>[0]) =>
    ["stop", "terminate"].includes(kindOf(change));
  const [before, after] = [plan(ladderStory), plan(unread)];
  const ending = before.changes.filter(ends);
  assert.ok(ending.length > 1);
  assert.deepEqual(after.changes, before.changes.filter((change) => !ends(change)));
  assert.deepEqual(
    after.spared.filter(({ reason }) => reason === "imports-unread").map(({ target }) => target),
    ending.map(({ target }) => target).sort(),
  );
  const included = { ...ladderStory.config, managed: "include" as const };
  assert.deepEqual(
    plan({ ...unread, config: included }).changes,
    plan({ ...ladderStory, config: included }).changes,
  );
});
