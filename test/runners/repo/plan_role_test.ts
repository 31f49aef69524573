import assert from "assert";
import type { RoleAfter } from "../../../runners/repo/change/repo_change.ts";
import { grantsOf } from "../../../runners/repo/policy/granted.ts";
import { parsePolicy } from "../../../runners/repo/policy/document.ts";
import { aRole, evidenceOf } from "./decide/deciding.ts";
import { allowing, planned, planningOf, statements } from "./planning_world.ts";

/** Whether the one policy that a plan leaves grants an action. */
function grantsAfter(inline: string, remove: readonly string[], evidence: unknown) {
  const role = aRole({ inline: { main: inline }, evidence: evidence as never });
  const { changes } = planned(planningOf([role], { asked: { remove } }));
  const { policies } = changes[0]!.after as unknown as RoleAfter;
  const document = parsePolicy(policies["main"]!, "main");
  return (action: string) => grantsOf(action, [document]).length > 0;
}

const LOST = { reason: "throttled", detail: "Rate exceeded" };

for (const [what, evidence] of [["without evidence", LOST], ["with", evidenceOf({ s3: null })]]) {
  Deno.test(`--remove takes what it names out of all actions and nothing else, ${what}`, () => {
    const grants = grantsAfter(allowing("*"), ["s3:PutObjectAcl"], evidence);
    assert.equal(grants("s3:PutObjectAcl"), false);
    for (const action of ["s3:PutObject", "sqs:SendMessage", "launchedlater:Use", "s3:NewThing"]) {
      assert.ok(grants(action), action);
    }
  });
  Deno.test(`--remove takes what it names out of NotAction and nothing else, ${what}`, () => {
    const inline = statements({ NotAction: ["iam:*", "organizations:*"], Resource: "*" });
    const grants = grantsAfter(inline, ["s3:PutObjectAcl"], evidence);
    for (const action of ["s3:PutObjectAcl", "iam:GetUser"]) assert.equal(grants(action), false);
    for (const action of ["s3:PutObject", "launchedlater:Use"]) assert.ok(grants(action), action);
  });
}

Deno.test("of a role that is left alone no edit, size or note says that its policies change", () => {
  const inline = {
    all: allowing("*"),
    broken: allowing("servicecatalog:*"),
    kept: statements({ Sid: "NOREPOa", Action: ["sqs:SendMessage"], Resource: "*" }),
  };
  const role = aRole({
    inline,
    name: "emergency-admin",
    evidence: evidenceOf({ s3: null, sqs: null }),
  });
  const asked = { remove: ["s3:*", "sqs:*", "servicecatalog:AcceptPortfolioShare"] };
  const entry = (protectedRoles: string[]) => {
    const made = planned(planningOf([role], { asked, repo: { protectedRoles } }));
    return made.own.roles[0]!;
  };
  const changed = entry([]);
  assert.ok(changed.edits.length > 0 && changed.notes.length > 0);
  assert.notEqual(changed.size.after, changed.size.before);
  const alone = entry(["emergency-*"]);
  assert.notEqual(alone.ineligible.length, 0);
  assert.deepEqual([alone.edits, alone.notes, alone.broken_patterns], [[], [], []]);
  assert.equal(alone.size.after, alone.size.before);
  // What is unused is counted all the same.
  assert.equal(alone.removable, changed.removable);
});

Deno.test("a role in doubt is never changed, whatever is asked, and says why", () => {
  const doubt = { reason: "listed-twice", detail: "IAM lists the role twice, and differently" };
  const role = aRole({
    inline: { main: allowing("s3:*", "sqs:*") },
    evidence: evidenceOf({ s3: null, sqs: null }),
  });
  const asked = [
    {},
    { remove: ["s3:*"] },
    { remove: ["s3:*"], overrideFilters: true },
    { restore: 1 },
  ];
  const version = { seq: 1, hash: "h", source: "Scan", discovered: role.created, run_id: null };
  const earlier = {
    restoring: {
      role_id: role.roleId,
      version: { ...version, policies: { main: allowing("s3:*") } },
    },
  } as never;
  for (const one of asked) {
    const made = planned(planningOf([{ ...role, doubt }], { asked: one, earlier }));
    assert.deepEqual(made.changes, [], JSON.stringify(one));
    const why = made.spared.filter(({ target }) => target === role.arn);
    assert.ok(why.some(({ reason }) => reason === "listed-twice"), JSON.stringify(one));
  }
  assert.equal(planned(planningOf([role], { asked: { remove: ["s3:*"] } })).changes.length, 1);
});
