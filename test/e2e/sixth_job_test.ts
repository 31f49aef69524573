import assert from "assert";
import { CreateVolumeCommand, DescribeVolumesCommand, EC2Client } from "@aws-sdk/client-ec2";
import type { JournalEntry } from "../../runners/core/journal/entry.ts";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import { blocks } from "../architecture/pages.ts";
import { freshAccounts } from "../aws/fresh_accounts.ts";
import { connectLocalAws } from "../aws/local_aws.ts";
import { isWrite } from "../aws/is_write.ts";
import { clientConfig, seedWorld } from "../aws/seed.ts";
import "../aws/start_shared.ts";
import { groundskeeper } from "./command.ts";
import { houseWithSixth, jobFiles, jobsWithSixth } from "./sixth_job/house.ts";

const REGION = "us-east-1";
const PAGE = "docs/adding_a_job.md";

Deno.test("a sixth job is one folder and one line: it observes, plans, applies and explains", async () => {
  await using house = await houseWithSixth();
  await using aws = await connectLocalAws();
  const [account = ""] = freshAccounts(1);
  const roles = ["groundskeeper-volumes-observe", "groundskeeper-volumes-apply"];
  await seedWorld({ accounts: [{ id: account, name: "prod", roles, regions: {} }] }, {
    endpoint: aws.endpoint,
  });
  const ec2 = new EC2Client(clientConfig(aws.endpoint, account, REGION));
  const { VolumeId: volume = "" } = await ec2.send(
    new CreateVolumeCommand({ AvailabilityZone: `${REGION}a`, Size: 1 }),
  );
  const marks = async () => {
    const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand({ VolumeIds: [volume] }));
    return Volumes.flatMap(({ Tags = [] }) => Tags);
  };
  await Deno.writeTextFile(
    `${house.root}/groundskeeper.json`,
    JSON.stringify({
      version: 1,
      organization: {
        accounts: [{ id: account, name: "prod" }],
        regions: [REGION],
        roles: "groundskeeper-{job}-{role}",
      },
      volumes: { perRun: 1 },
    }),
  );
  aws.proxy.clearCalls();
  const run = async (args: string, code = 0) => {
    const ran = await groundskeeper(args.split(" "), {
      root: `${house.root}/`,
      directory: house.root,
      env: aws.environment,
    });
    assert.equal(ran.code, code, `${args}\n${ran.stdout}\n${ran.stderr}`);
    return ran.stdout;
  };

  const plan: PlanDocument = JSON.parse(await run("volumes plan --out out --json"));
  assert.deepEqual(plan.coverage.proven, 1);
  assert.deepEqual(plan.changes.map(({ action, target }) => [action, target]), [
    ["ec2:CreateTags", `arn:aws:ec2:${REGION}:${account}:volume/${volume}`],
  ]);
  assert.match(await run("volumes plan"), new RegExp(`${volume}.*no instance uses it`));
  assert.deepEqual(aws.proxy.calls.filter(isWrite), []);

  assert.match(
    await run("volumes plan --max-changes 0", 4),
    /Refused: this run would make 1 change; --max-changes allows 0/,
  );

  const applied: RunDocument = JSON.parse(
    await run("volumes apply --yes --json --plan out/volumes-plan.json"),
  );
  assert.deepEqual(applied.changes.map(({ outcome }) => outcome), ["done"]);
  assert.deepEqual((await marks()).map(({ Key }) => Key), ["groundskeeper-volumes"]);
  const writes = aws.proxy.calls.filter((call) => isWrite(call) && call.action.startsWith("ec2:"));
  assert.deepEqual(writes.map(({ action }) => action), ["ec2:CreateTags"]);
  assert.match(writes[0]?.principal ?? "", /assumed-role\/groundskeeper-volumes-apply\//);

  const journal: JournalEntry[] = JSON.parse(await run("changes --json"));
  assert.deepEqual(journal.map(({ job, outcome }) => [job, outcome]), [["volumes", "done"]]);
  assert.match(await run(`volumes explain ${volume}`), /ec2:CreateTags: done[^]*is marked already/);
  assert.match(await run("volumes plan"), /No change is needed/);
  assert.match(await run("volumes history"), /apply/);
  assert.match(await run("permissions volumes --role apply"), /ec2:CreateTags/);
  ec2.destroy();
});

Deno.test("the page on adding a job shows this very job, which has less than 150 lines", () => {
  const files = jobFiles();
  const shown = blocks(PAGE, "ts");
  assert.deepEqual(shown, [
    ...["entry.ts", "needs.ts", "program.ts"].map((name) => files.get(name)!),
  ]);
  const lines = [...files.values()].flatMap((text) => text.split("\n")).filter((line) =>
    line.trim()
  );
  assert.ok(lines.length < 150, `${lines.length} lines`);
});

Deno.test("the line that adds the sixth job is in the list of jobs", () => {
  assert.match(jobsWithSixth(), /JOBS = \[.*, volumes\]/);
});
