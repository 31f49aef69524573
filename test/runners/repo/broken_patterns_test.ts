import assert from "assert";
import type { RoleAfter } from "../../../runners/repo/change/repo_change.ts";
import type { Asked } from "../../../runners/repo/config.ts";
import { NO_EXTENSIONS } from "../../../runners/repo/extensions.ts";
import { implementsHook } from "../../../runners/repo/hooks/hook.ts";
import { parsePolicy } from "../../../runners/repo/policy/document.ts";
import { grantsOf } from "../../../runners/repo/policy/granted.ts";
import { aRole, daysAgo, evidenceOf } from "./decide/deciding.ts";
import { allowing, planned, planningOf, statements, withHooks } from "./planning_world.ts";

/** An action that no catalogue lists, and that IAM has. */
const UNLISTED = "servicecatalog:AccountLevelDescribeRecord";

const entriesOf = (plan: ReturnType<typeof planned>) => plan.own.roles;

function asked(policy: string, part: Partial<Asked>) {
  const role = aRole({
    inline: { app: policy },
    evidence: evidenceOf({ servicecatalog: daysAgo(1) }),
  });
  const plan = planned(planningOf([role], { asked: part }));
  const { policies } = plan.changes[0]!.after as unknown as RoleAfter;
  const document = policies["app"] === null ? [] : [parsePolicy(policies["app"]!, "app")];
  return {
    entry: entriesOf(plan)[0]!,
    grants: (action: string) => grantsOf(action, document).length > 0,
  };
}

Deno.test("--remove of one action keeps what it can of svc:*, and tells and counts what it cannot", () => {
  const { entry, grants } = asked(allowing("servicecatalog:*"), {
    remove: ["servicecatalog:DeleteProduct"],
  });
  assert.equal(grants("servicecatalog:DeleteProduct"), false);
  assert.ok(grants(UNLISTED));
  const [broken] = entry.broken_patterns!;
  assert.equal(broken!.pattern, "servicecatalog:*");
  assert.equal(broken!.removed, 1);
  assert.ok(broken!.known > 90);
  assert.match(
    entry.notes[0]!,
    /^"servicecatalog:\*" of statement 1 of the policy "app" becomes \d+ narrower patterns\. It matches \d+ known actions: 1 goes\. Actions that the catalogue of \d{4}-\d\d-\d\d does not know, or that AWS launched later, go too, unless/,
  );
});

Deno.test("a pattern that is named whole, or a service that nobody used, goes without such a note", () => {
  const whole = asked(allowing("servicecatalog:Delete*"), { remove: ["servicecatalog:*"] });
  assert.deepEqual(whole.entry.broken_patterns, []);
  const role = aRole({
    inline: { app: allowing("sqs:*", "iam:*") },
    evidence: evidenceOf({ sqs: null, iam: null }),
  });
  const [entry] = entriesOf(planned(planningOf([role])));
  assert.ok(entry!.removable > 0);
  assert.deepEqual(entry!.broken_patterns, []);
  assert.deepEqual(entry!.notes, []);
});

Deno.test("a pattern that was widened since is told: what no catalogue knows of it is new too", () => {
  const inline = { app: allowing("sqs:*") };
  const role = aRole({ inline, evidence: evidenceOf({ sqs: null }) });
  const version = (seq: number, days: number, policy: string) => ({
    seq,
    hash: `${seq}`,
    source: "Scan" as const,
    discovered: daysAgo(days),
    run_id: null,
    policies: { app: policy },
  });
  const versions = [version(1, 300, allowing("sqs:SendMessage")), version(2, 5, inline.app)];
  const earlier = { versions: new Map([[role.roleId, versions]]) };
  const [entry] = entriesOf(planned(planningOf([role], { earlier })));
  assert.deepEqual(entry!.loses.map(({ actions }) => actions), [["sqs:SendMessage"]]);
  assert.deepEqual(entry!.broken_patterns!.map(({ pattern }) => pattern), ["sqs:*"]);
});

Deno.test("a pattern of which every known action is named goes with a note", () => {
  const { entry } = asked(allowing("sqs:Send*", "s3:GetObject"), { remove: ["sqs:SendMessage"] });
  assert.match(
    entry.notes[0]!,
    /^"sqs:Send\*" .* goes\. It matches 1 known action: 1 goes\. Actions/,
  );
});

Deno.test("a hook that removes one action of a pattern gives the same note", () => {
  const role = aRole({
    inline: { app: allowing("s3:Get*") },
    evidence: evidenceOf({ s3: daysAgo(1) }),
  });
  const hook = implementsHook("DURING_REPOABLE_CALCULATION", 1, (input) => {
    input.potentially_repoable_permissions["s3:getobjectacl"]!.repoable = true;
    return input;
  });
  const [entry] = entriesOf(planned(planningOf([role]), withHooks(hook)));
  assert.deepEqual(
    entry!.broken_patterns!.map(({ pattern, removed }) => [pattern, removed]),
    [["s3:Get*", 1]],
  );
  assert.ok(entry!.notes.some((note) => note.startsWith('"s3:Get*" of statement 1')));
});

Deno.test("by action, a pattern of which some is unused gives the same note", () => {
  const evidence = evidenceOf(
    {
      sqs: { lastUsed: daysAgo(1), actions: { ListQueues: daysAgo(1), DeleteQueue: null } },
    },
    { level: "action" },
  );
  const role = aRole({ inline: { app: allowing("sqs:*") }, evidence });
  const [entry] = entriesOf(
    planned(
      planningOf([role], {
        repo: { level: "action" },
        earlier: {
          tracked: new Map([["sqs:deletequeue", daysAgo(500)], ["sqs:listqueues", daysAgo(500)]]),
        },
      }),
      NO_EXTENSIONS,
    ),
  );
  assert.deepEqual(entry!.loses.flatMap(({ actions }) => actions), ["sqs:DeleteQueue"]);
  assert.equal(entry!.broken_patterns![0]!.pattern, "sqs:*");
});

Deno.test("a NotAction that excludes just what was named gives no such note", () => {
  const role = aRole({
    inline: { app: statements({ NotAction: ["iam:*"], Resource: "*" }) },
    evidence: evidenceOf({ s3: daysAgo(1) }),
  });
  const plan = planned(planningOf([role], { asked: { remove: ["sqs:SendMessage"] } }));
  assert.deepEqual(entriesOf(plan)[0]!.broken_patterns, []);
});
