import assert from "assert";
import { ocsfLines } from "../../../reports/ocsf/ocsf.ts";
import { AS_DATA } from "../../snapshots.ts";
import { aFinding, AS_OF, HOSTILE, OTHERS, PLAN } from "../finding_fixture.ts";

const linesOf = (
  findings: Parameters<typeof ocsfLines>[0],
  plan = PLAN as Parameters<typeof ocsfLines>[1],
) => [...ocsfLines(findings, plan, "1.0.0")].map((line) => JSON.parse(line));

Deno.test("a finding of each job is one document of OCSF", async (t) => {
  await t.assertSnapshot(linesOf([aFinding(1), ...OTHERS]), AS_DATA);
});

Deno.test("each finding stands on one line, whatever was written into it", () => {
  const findings = HOSTILE.map((name, number) =>
    aFinding(number, { name, detail: name, owner: { name, source: "tag" }, more: { name } })
  );
  const lines = [...ocsfLines(findings, PLAN, "1.0.0")];
  assert.equal(lines.length, HOSTILE.length);
  for (const [index, line] of lines.entries()) {
    assert.equal(line.indexOf("\n"), line.length - 1);
    assert.equal(JSON.parse(line).message, HOSTILE[index]);
  }
});

Deno.test("the same thing and rule have the same ID in a later run, and no others have it", () => {
  const uid = (
    finding: ReturnType<typeof aFinding>,
    plan = PLAN as Parameters<typeof ocsfLines>[1],
  ) => linesOf([finding], plan)[0].finding_info.uid;
  const later = { ...PLAN, plan_id: "sha256:later", as_of: "2026-12-20T12:00:00.000Z" };
  const first = uid(aFinding(1));
  assert.equal(uid(aFinding(1, { detail: "project is missing", name: "other" }), later), first);
  for (
    const other of [
      uid(aFinding(2)),
      uid(aFinding(1, { rule: "dirty-instance" })),
      uid(aFinding(1), { ...PLAN, job: "dirty" }),
    ]
  ) assert.notEqual(other, first);
});

Deno.test("the document itself has an ID of its own in each run", () => {
  const later = { ...PLAN, plan_id: "sha256:later" };
  const [one] = linesOf([aFinding(1)]);
  const [two] = linesOf([aFinding(1)], later);
  assert.notEqual(one.metadata.uid, two.metadata.uid);
});

Deno.test("one that was there before is an update, with the instant since when it is so", () => {
  const since = "2026-11-19T12:00:00.000Z";
  const [known, unknown] = linesOf([aFinding(1, { since }), aFinding(2)]);
  assert.equal(known.activity_id, 2);
  assert.equal(known.type_uid, known.class_uid * 100 + 2);
  assert.equal(known.finding_info.first_seen_time, Date.parse(since));
  assert.equal(unknown.activity_id, 1);
  assert.equal("first_seen_time" in unknown.finding_info, false);
  assert.equal(unknown.finding_info.last_seen_time_dt, AS_OF);
});
