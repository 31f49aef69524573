import assert from "assert";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import { failWith } from "../aws/faults.ts";
import { auditWorld, groupsOf, WHOLE_LADDER } from "./audit_world.ts";
import { inProcess } from "./in_process.ts";

const DAY_MS = 86_400_000;

Deno.test("an instance that EC2 imports is managed by its task, and nothing ends where that is not known", async () => {
  await using world = await auditWorld({
    groups: ({ region }) => region === "us-east-1" ? groupsOf(10, 2) : [],
    organization: { regions: ["us-east-1"] },
    audit: { ladder: WHOLE_LADDER, looks: { count: 1 } },
  });
  const [account] = world.accounts as [string];
  const [imported] = world.seeded.instances(account, "us-east-1", "batch-0") as [string];
  const [other] = world.seeded.instances(account, "us-east-1", "batch-1") as [string];
  let state = "active";
  world.aws.proxy.rewrite({
    appliesTo: ({ action }) => action === "ec2:DescribeConversionTasks",
    rewrite: (xml) =>
      xml.replace(
        "<conversionTasks/>",
        "<conversionTasks><item><conversionTaskId>import-i-fg1a2b3c</conversionTaskId>" +
          `<importInstance><instanceId>${imported}</instanceId><volumes/></importInstance>` +
          `<state>${state}</state></item></conversionTasks>`,
      ),
  });
  const asked = () =>
    world.aws.proxy.calls.filter(({ action }) => action === "ec2:DescribeConversionTasks").length;
  await inProcess(world, async (run) => {
    const planned = async (args: string, days = 0) => {
      const { stdout } = await run(`audit ${args} --json`, { aheadMs: days * DAY_MS });
      const { changes, spared } = JSON.parse(stdout) as PlanDocument;
      return [
        ...changes.map(({ action, target }) => `${action} ${target.split("/")[1]}`),
        ...spared.map(({ reason, target }) => `${reason} ${target.split("/")[1]}`),
      ].sort();
    };
    const denied = world.aws.proxy.onCall(
      failWith({ action: "ec2:DescribeConversionTasks" }, "UnauthorizedOperation"),
    );
    assert.deepEqual(
      await planned("apply --yes"),
      [`ec2:CreateTags ${imported}`, `ec2:CreateTags ${other}`].sort(),
    );
    world.aws.proxy.setClock(4 * DAY_MS);
    assert.deepEqual(
      await planned("plan", 4),
      [`imports-unread ${imported}`, `imports-unread ${other}`].sort(),
    );
    denied();
    const before = asked();
    assert.deepEqual(
      await planned("plan", 4),
      [`ec2:StopInstances ${other}`, `managed ${imported}`].sort(),
    );
    assert.equal(asked(), before + 1);
    state = "completed";
    assert.deepEqual(
      await planned("plan", 4),
      [`ec2:StopInstances ${imported}`, `ec2:StopInstances ${other}`].sort(),
    );
    // The ladder ends nothing, so that EC2 is not asked.
    world.configure({ ladder: [{ after: "0m", do: "mark" }] });
    await planned("plan", 4);
    world.configure({ enforce: { accounts: [] } });
    await planned("plan", 4);
    assert.equal(asked(), before + 2);
  });
});
