import assert from "assert";
import { accountRegions } from "../../../../runners/core/aws/account_regions.ts";
import type { Session } from "../../../../runners/core/aws/session.ts";
import { createLog } from "../../../../runners/core/log/log.ts";
import { ManualClock } from "../manual_clock.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** An account that lists its Regions. */
function regionsScene(partition = "aws") {
  const clock = new ManualClock();
  const lines: string[] = [];
  const log = createLog({
    write: (line) => lines.push(line),
    now: () => clock.now(),
    format: "json",
    level: "warn",
  });
  const scene = {
    lines,
    clock,
    enabled: ["us-east-1", "eu-west-1"],
    /** The code that DescribeRegions answers with. */
    fails: null as string | null,
    asked: 0,
    isEnabled: (region: string) => isEnabled(session, region),
  };
  const session = {
    ...{
      account: "111111111111",
      partition,
      region: "us-east-1",
      role: "dirty-observe",
      principal: "",
    },
    reading: { abortSignal: new AbortController().signal },
    client: <Client>() =>
      ({
        send: () => {
          scene.asked++;
          return scene.fails === null
            ? Promise.resolve({ Regions: scene.enabled.map((RegionName) => ({ RegionName })) })
            : Promise.reject(Object.assign(new Error("no"), { name: scene.fails }));
        },
      }) as Client,
  } satisfies Session;
  const isEnabled = accountRegions({ clock, log });
  return scene;
}

Deno.test("an account is asked once an hour which Regions it has enabled, by all at once", async () => {
  const scene = regionsScene();
  const regions = ["us-east-1", "eu-west-1", "af-south-1", "nowhere-9"];
  const answers = await Promise.all(regions.map(scene.isEnabled));
  assert.deepEqual([answers, scene.asked], [[true, true, false, false], 1]);
  await scene.clock.advance(HOUR_MS - 1);
  assert.deepEqual([await scene.isEnabled("us-east-1"), scene.asked], [true, 1]);
  await scene.clock.advance(1);
  assert.deepEqual([await scene.isEnabled("us-east-1"), scene.asked], [true, 2]);
});

Deno.test("a Region that was enabled since is found after a minute, and invented ones are asked for no more often", async () => {
  const scene = regionsScene();
  assert.equal(await scene.isEnabled("us-east-1"), true);
  scene.enabled.push("af-south-1");
  await scene.clock.advance(MINUTE_MS);
  assert.deepEqual([await scene.isEnabled("af-south-1"), scene.asked], [true, 2]);
  for (let at = 0; at < 9; at++) assert.equal(await scene.isEnabled(`us-nowhere-${at}`), false);
  assert.equal(scene.asked, 2);
});

Deno.test("a Region of another partition is none of the account's, and nobody is asked", async () => {
  const scene = regionsScene();
  assert.deepEqual(
    [await scene.isEnabled("cn-nowhere-9"), await scene.isEnabled("us-gov-west-1"), scene.asked],
    [false, false, 0],
  );
  const inChina = regionsScene("aws-cn");
  assert.deepEqual([await inChina.isEnabled("us-east-1"), inChina.asked], [false, 0]);
});

Deno.test("a failure is thrown, and asked about again", async () => {
  const scene = regionsScene();
  scene.fails = "InternalError";
  await assert.rejects(scene.isEnabled("us-east-1"), { name: "InternalError" });
  scene.fails = null;
  assert.equal(await scene.isEnabled("us-east-1"), true);
});

Deno.test("if the account may not list its Regions, those of AWS are believed to be enabled", async () => {
  const scene = regionsScene();
  scene.fails = "UnauthorizedOperation";
  assert.equal(await scene.isEnabled("us-east-1"), true);
  assert.equal(await scene.isEnabled("us-nowhere-9"), false);
  assert.equal(scene.asked, 1);
  assert.match(scene.lines.join("\n"), /^\{.*any known Region is asked.*"access-denied".*\}\n?$/);
});
