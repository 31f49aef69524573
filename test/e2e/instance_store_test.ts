import assert from "assert";
import type { AuditFinding } from "../../runners/audit/findings.ts";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import { failWith } from "../aws/faults.ts";
import { groupsOf } from "./audit_world.ts";
import { ladderWorld, violators } from "./ladder_world.ts";

/** Types with instance-store volumes, and one without. */
const STORED = ["i3.xlarge", "i4i.large", "m5d.large", "c6gd.medium", "d3en.xlarge"];
const TYPES = [...STORED, "t3.small"];
const DAY_MS = 86_400_000;

type Plan = PlanDocument & { readonly findings: readonly AuditFinding[] };

const sparedAs = ({ spared }: Pick<PlanDocument, "spared">, reason: string) =>
  spared.filter((one) => one.reason === reason).map(({ target }) => target.split("/").at(-1)!)
    .sort();

function databases() {
  return ladderWorld({
    groups: [
      ...groupsOf(20, 0),
      ...TYPES.map((type) => violators(`db-${type}`, 1, { instanceType: type })),
    ],
    audit: { looks: { count: 1 }, breakers: { ratioJump: 1 } },
  });
}

Deno.test("what a stop would cost its instance-store data is spared, which is said from the mark on", async () => {
  await using world = await databases();
  const ids = (types: readonly string[]) => types.flatMap((type) => world.ids(`db-${type}`)).sort();
  const marked = await world.apply();
  const told = marked.run.changes.filter(({ after }) => "cannot_stop" in after);
  assert.deepEqual(told.map(({ target }) => target.split("/").at(-1)).sort(), ids(STORED));
  for (const { reason } of told) assert.match(reason, /has instance-store volumes.*neither stops/);

  const [stored] = ids(["i3.xlarge"]);
  const { stdout } = await world.run(`audit explain ${stored}`);
  assert.match(stdout, /It cannot be stopped, and is spared \(cannot-stop\): its type i3\.xlarge/);
  const [page] = Array.from(Deno.readDirSync(`${world.directory}/out`), ({ name }) => name)
    .filter((name) => /^audit-.*\.html$/.test(name));
  const cells = Deno.readTextFileSync(`${world.directory}/out/${page}`).replaceAll(/<\/?span>/g, "")
    .match(/<td[^>]*>its type i3\.xlarge has instance-store volumes/g);
  // What comes next, and what is noted of the violator.
  assert.equal(cells?.length, 2);

  // A plan for the day of the stop asks what an apply on that day asks.
  const asOf = new Date(Date.now() + 3.1 * DAY_MS).toISOString();
  const foreseen = await world.json<Plan>(`audit plan --as-of ${asOf}`);
  assert.deepEqual(sparedAs(foreseen, "cannot-stop"), ids(STORED));
  assert.deepEqual(foreseen.changes.map(({ action }) => action), ["ec2:StopInstances"]);

  // A snapshot of today has nothing that was not asked today.
  await world.run("audit plan --save-snapshot today");
  const later = await world.json<Plan>(`audit plan --snapshot today --as-of ${asOf}`);
  assert.deepEqual(sparedAs(later, "cannot-stop"), ids(STORED));
  assert.deepEqual(sparedAs(later, "protection-unread"), ids(["t3.small"]));
  assert.match(
    later.spared.find(({ reason }) => reason === "protection-unread")!.detail,
    /could not be read: it was not asked, since no step was due at the instant/,
  );

  world.setDay(3.1);
  const stopped = await world.apply();
  assert.deepEqual(sparedAs(stopped.run, "cannot-stop"), ids(STORED));
  assert.deepEqual(
    stopped.run.changes.map(({ action, target, outcome }) =>
      `${action} ${target.split("/").at(-1)} ${outcome}`
    ),
    ids(["t3.small"]).map((id) => `ec2:StopInstances ${id} done`),
  );
});

Deno.test("where the types cannot be read, nothing is stopped, and the report says why", async () => {
  await using world = await databases();
  await world.apply();
  world.setDay(3.1);
  world.aws.proxy.onCall(
    failWith({ action: "ec2:DescribeInstanceTypes" }, "UnauthorizedOperation"),
  );
  const { run } = await world.apply();
  assert.equal(run.changes.length, 0);
  assert.equal(sparedAs(run, "cannot-stop").length, TYPES.length);
  for (const { detail } of run.spared.filter(({ reason }) => reason === "cannot-stop")) {
    assert.match(detail, /could not be read \(UnauthorizedOperation: /);
  }
});

Deno.test('"stop" stops what has instance-store volumes, and says what is lost', async () => {
  await using world = await ladderWorld({
    groups: [...groupsOf(20, 0), violators("db", 1, { instanceType: "i3.xlarge" })],
    audit: { looks: { count: 1 }, instanceStore: "stop" },
  });
  await world.apply();
  world.setDay(3.1);
  const { run } = await world.apply();
  const [change] = run.changes;
  assert.equal(change?.outcome, "done");
  assert.match(
    change!.reason,
    /the data on the instance-store volumes of its type i3\.xlarge will be/,
  );
});
