import assert from "assert";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import { mapInstances } from "../aws/instance_answers.ts";
import { auditWorld, groupsOf } from "./audit_world.ts";
import { inProcess } from "./in_process.ts";

const without = (element: string) => (xml: string) =>
  xml.replace(new RegExp(`<${element}>.*?</${element}>`, "gs"), "");
const untagged = (xml: string) => xml.replace(/<tagSet>.*?<\/tagSet>/s, "<tagSet/>");

/** What DescribeInstances says in place of an instance's record, and what follows. */
const ANSWERS: readonly (readonly [what: string, (xml: string) => string, expected: string])[] = [
  ["the record twice", (xml) => xml + xml, "change"],
  ["a stale copy first", (xml) => untagged(xml) + xml, "listed-twice"],
  ["a stale copy last", (xml) => xml + untagged(xml), "listed-twice"],
  ["no launchTime", without("launchTime"), "incomplete-record"],
  ["no instanceState", without("instanceState"), "incomplete-record"],
  ["no image", without("imageId"), "incomplete-record"],
  ["tags without values", without("value"), "incomplete-record"],
  [
    "a state that nobody knows",
    (xml) => xml.replace("<name>running</name>", "<name>frozen</name>"),
    "unknown-state",
  ],
  ["no instanceId", without("instanceId"), "not proven: incomplete-answer"],
  [
    "an odd launchTime",
    (xml) => xml.replace(/<launchTime>[^<]*/, "<launchTime>0000-00-00T00:00:00Z"),
    "not proven: incomplete-answer",
  ],
  [
    "a launchTime that is no time",
    (xml) => xml.replace(/<launchTime>[^<]*/, "<launchTime>yesterday"),
    "not proven: incomplete-answer",
  ],
];

Deno.test("an answer that is not whole, or says a thing twice, is told and never acted on", async () => {
  await using world = await auditWorld({
    groups: ({ region }) => region === "us-east-1" ? groupsOf(3, 2) : [],
    accounts: 1,
    audit: { ladder: [{ after: "0m", do: "mark" }] },
  });
  const [id] = world.seeded.instances(world.accounts[0]!, "us-east-1", "batch-0");
  await inProcess(world, async (run) => {
    for (const [what, change, expected] of ANSWERS) {
      const end = world.aws.proxy.rewrite({
        appliesTo: ({ action }) => action === "ec2:DescribeInstances",
        rewrite: (xml) => mapInstances(xml, (item, one) => one === id ? change(item) : item),
      });
      const { code, stdout, stderr } = await run("audit plan --json");
      const explained = await run(`audit explain ${id}`);
      end();
      const { changes, spared, coverage, totals } = JSON.parse(stdout) as PlanDocument;
      const unproven = coverage.unproven.find(({ region }) => region === "us-east-1");
      const own = spared.filter(({ target }) => target.endsWith(`/${id}`));
      const said = unproven ? `not proven: ${unproven.reason}` : own[0]?.reason ??
        changes.filter(({ target }) => target.endsWith(`/${id}`)).map(() => "change").join(
          " and ",
        );
      assert.equal(said, expected, `${what}: ${stdout}${stderr}`);
      assert.equal(code, unproven ? 3 : 0, what);
      assert.equal(explained.code, code, what + explained.stderr);
      const inDoubt = !unproven && expected !== "change";
      assert.equal(explained.stdout.includes(`It is spared (${expected})`), inDoubt, what);
      assert.equal(explained.stdout.includes("its record is in doubt"), inDoubt, what);
      // Nothing is concluded from such a record, nor advised.
      assert.equal(explained.stdout.includes("exempt it"), expected === "change", what);
      assert.equal(totals.examined, unproven ? 0 : 5, what);
      assert.equal(totals.changes, unproven ? 0 : expected === "change" ? 2 : 1, what);
    }
    world.aws.proxy.rewrite({
      appliesTo: ({ action }) => action === "ec2:DescribeInstances",
      rewrite: (xml) =>
        mapInstances(xml, (item, one) => one === id ? item + untagged(item) : item + item),
    });
    const text = await run("audit plan");
    assert.match(text.stdout, new RegExp(`1 +DescribeInstances lists it twice.*\\n? *.*${id}`));
    const applied = await run("audit apply --yes --json");
    assert.equal(applied.code, 0, applied.stderr);
    const { changes } = JSON.parse(applied.stdout) as RunDocument;
    const outcomes = changes.map(({ target, outcome }) => [target.endsWith(`/${id}`), outcome]);
    assert.deepEqual(outcomes, [[false, "done"]]);
  });
});
