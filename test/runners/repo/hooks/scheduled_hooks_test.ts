import assert from "assert";
import { type HookInputs, implementsHook } from "../../../../runners/repo/hooks/hook.ts";
import type { RoleAfter } from "../../../../runners/repo/change/repo_change.ts";
import { aRole, daysAgo, evidenceOf } from "../decide/deciding.ts";
import { allowing, planned, planningOf, withHooks } from "../planning_world.ts";

type Single = HookInputs["DURING_REPOABLE_CALCULATION"];

/** A hook with evidence of its own, by which all these actions are unused. */
const knowingUnused = (...actions: readonly string[]) =>
  implementsHook("DURING_REPOABLE_CALCULATION", 1, (input: Single) => {
    for (const action of actions) input.potentially_repoable_permissions[action]!.repoable = true;
    return input;
  });

const role = aRole({
  inline: { main: allowing("s3:GetObject", "s3:PutObject", "sqs:SendMessage") },
  evidence: evidenceOf({ s3: daysAgo(1), sqs: null }),
});

const scheduledOf = (due: string, ...actions: readonly string[]) =>
  planningOf([role], {
    asked: { scheduled: true },
    earlier: { schedules: new Map([[role.roleId, { due, actions, at: daysAgo(8) }]]) },
  });

const removedBy = (planning: ReturnType<typeof planningOf>, ...actions: readonly string[]) =>
  planned(planning, withHooks(knowingUnused(...actions))).changes
    .map(({ after }) => (after as unknown as RoleAfter).removed);

Deno.test("with --scheduled a hook removes nothing of a role that is not scheduled", () => {
  const planning = planningOf([role], { asked: { scheduled: true } });
  assert.deepEqual(removedBy(planning, "s3:putobject"), []);
});

Deno.test("with --scheduled a hook removes nothing of a role that is not due", () => {
  const planning = scheduledOf(daysAgo(-1), "s3:PutObject", "sqs:SendMessage");
  assert.deepEqual(removedBy(planning, "s3:putobject"), []);
});

Deno.test("with --scheduled a hook removes nothing that was not frozen", () => {
  const planning = scheduledOf(daysAgo(1), "sqs:SendMessage");
  assert.deepEqual(removedBy(planning, "s3:putobject", "s3:getobject"), [["sqs:SendMessage"]]);
});

Deno.test("with --scheduled what a hook removed when it was frozen goes while the hook says so", () => {
  const planning = scheduledOf(daysAgo(1), "s3:PutObject", "sqs:SendMessage");
  assert.deepEqual(removedBy(planning, "s3:putobject"), [["s3:PutObject", "sqs:SendMessage"]]);
  assert.deepEqual(removedBy(planning), [["sqs:SendMessage"]]);
});

Deno.test("a hook that fails does not keep a role from being restored", () => {
  const narrow = aRole({ inline: { main: allowing("s3:GetObject") } });
  const planning = planningOf([narrow], {
    asked: { restore: 1, roles: [{ account: "111111111111", name: narrow.name }] },
    earlier: {
      restoring: {
        role_id: narrow.roleId,
        version: {
          seq: 1,
          hash: "",
          source: "Scan",
          discovered: daysAgo(40),
          run_id: null,
          policies: role.inline,
        },
      },
    },
  });
  const failing = implementsHook("DURING_REPOABLE_CALCULATION", 1, () => {
    throw new Error("no trail");
  });
  const { changes, spared } = planned(planning, withHooks(failing));
  assert.deepEqual(spared, []);
  assert.equal(changes.length, 1);
});
