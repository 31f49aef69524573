import assert from "assert";
import type { JsonObject } from "../../../../../runners/core/json.ts";
import { digestOf, planDocument, plannedOf } from "../../../../../runners/core/plan/document.ts";
import { coverageOf } from "../../../../../runners/core/plan/coverage.ts";
import { type PlanFile, readPlanFile } from "../../../../../runners/core/run/apply/plan_file.ts";
import { ManualClock } from "../../manual_clock.ts";
import { scriptedJob, type ScriptedTypes, World } from "../scripted_job.ts";

const HOUR_MS = 3_600_000;
const JOB = { ...scriptedJob(new World({})), name: "audit" };
const planned = plannedOf<ScriptedTypes>({
  job: "audit",
  plan: {
    coverage: coverageOf([], []),
    changes: [],
    ownWrites: [],
    breakers: [],
    spared: [],
    examined: [],
    own: {},
  },
  observedHash: () => "sha256:00",
  configHash: "sha256:01",
  asOf: new Date("2026-11-20T12:00:00.000Z"),
  hypothetical: false,
  refused: null,
  limits: [],
});
const plan = planDocument(planned, JOB.documentParts);

async function read(
  part: JsonObject = {},
  clock = new ManualClock(),
): Promise<PlanFile<ScriptedTypes>> {
  const folder = await Deno.makeTempDir();
  try {
    const changed: JsonObject = { ...plan, ...part };
    const path = `${folder}/plan.json`;
    await Deno.writeTextFile(path, JSON.stringify({ ...changed, digest: digestOf(changed) }));
    const terms = { job: JOB, configHash: "sha256:01", planMaxAgeMs: 24 * HOUR_MS, clock };
    return readPlanFile(path, terms);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const CHANGE = {
  id: "1",
  account: "111111111111",
  region: "us-east-1",
  action: "ec2:StopInstances",
  target: "arn:aws:ec2:us-east-1:111111111111:instance/i-0123456789abcdef0",
  reason: "",
  before: {},
  after: {},
};

const refusals: readonly { title: string; part: JsonObject; says: RegExp }[] = [
  { title: "of another job", part: { job: "dirty" }, says: /: it is a plan of the job "dirty"$/ },
  {
    title: "that is hypothetical",
    part: { hypothetical: true },
    says: /: it is hypothetical, made with --as-of or --snapshot\. Plan without them$/,
  },
  {
    title: "made with another configuration",
    part: { config_hash: "sha256:99" },
    says: /: it was made with another configuration\. Plan again with this one$/,
  },
  {
    title: "of a schema of tomorrow",
    part: { schema: "groundskeeper.plan/2" },
    says: /its schema is "groundskeeper\.plan\/2"/,
  },
  {
    title: "without a list of changes",
    part: { changes: {} },
    says: /: changes Invalid input: expected array, received object\. Make a new one$/,
  },
  {
    title: "with a change that names no resource",
    part: { changes: [{ ...CHANGE, target: "app" }] },
    says: /: changes\.0\.target must be an ARN\. Make a new one$/,
  },
];

for (const { title, part, says } of refusals) {
  Deno.test(`a plan is not applied ${title}`, async () => {
    await assert.rejects(read(part), { name: "UsageError", message: says });
  });
}

Deno.test("a plan is applied that is as old as it may be, and not a millisecond later", async () => {
  const clock = new ManualClock();
  await clock.advance(24 * HOUR_MS);
  assert.deepEqual(await read({}, clock), plan);
  await clock.advance(1);
  await assert.rejects(read({}, clock), {
    name: "UsageError",
    message: /: it is 1 day old; plans\.maxAge allows 1 day$/,
  });
});
