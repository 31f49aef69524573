import assert from "assert";
import fc from "fast-check";
import {
  type ChangeOf,
  type Policies,
  policiesAfter,
  type RoleAfter,
} from "../../../../runners/repo/change/repo_change.ts";
import { writeRole } from "../../../../runners/repo/change/inline_maker.ts";
import { ManualClock } from "../../core/manual_clock.ts";
import { FIXED, generated, propertyTest } from "../../core/properties.ts";
import { aRole, daysAgo } from "../decide/deciding.ts";
import { planned, planningOf } from "../planning_world.ts";
import { policySets } from "./policy_sets.ts";
import { ScriptedIam } from "./scripted_iam.ts";

/** Brings a version back to a role in an IAM. */
type Restore = (iam: ScriptedIam, version: Policies) => Promise<void>;

async function restore(
  iam: ScriptedIam,
  version: Policies,
  meanwhile: (after: RoleAfter) => RoleAfter = (after) => after,
): Promise<void> {
  const role = aRole({ roleId: iam.roleId, inline: { ...iam.policies } });
  const { changes: [change], spared } = planned(planningOf([role], {
    asked: { restore: 1, roles: [{ account: "111111111111", name: role.name }] },
    earlier: {
      restoring: {
        role_id: role.roleId,
        version: {
          seq: 1,
          hash: "",
          source: "Scan",
          discovered: daysAgo(40),
          run_id: null,
          policies: version,
        },
      },
    },
  }));
  assert.deepEqual(spared, []);
  if (!change) return;
  // As the journal keeps it.
  const { before, after }: ChangeOf<"inline"> = JSON.parse(JSON.stringify(change));
  const clock = new ManualClock();
  clock.flowsUpToMs = Infinity;
  await writeRole(before, meanwhile(after), {
    client: iam.client,
    roleName: "app",
    clock,
    signal: new AbortController().signal,
  });
}

const withPolicies = (after: RoleAfter, policies: RoleAfter["policies"]) => ({
  ...after,
  policies,
});

propertyTest<Restore>(
  "a restore makes the live policies those of the version, whatever pair of them it is, and back",
  (iam, version) => restore(iam, version),
  async (restore) => {
    await fc.assert(
      fc.asyncProperty(policySets, policySets, async (live, version) => {
        const iam = new ScriptedIam(live);
        for (const wanted of [version, live]) {
          await restore(iam, wanted);
          assert.deepEqual({ ...iam.policies }, { ...wanted });
        }
      }),
      { ...FIXED, numRuns: generated(50, 12) },
    );
  },
  {
    "deletes what it has restored, as Repokid did": async (iam, version) => {
      await restore(iam, version);
      iam.policies = {};
    },
    "deletes what was there": (iam, version) =>
      restore(
        iam,
        version,
        (after) => withPolicies(after, { ...after.policies, ...gone(iam.policies) }),
      ),
    "leaves what has come since": (iam, version) =>
      restore(iam, version, (after) => withPolicies(after, policiesAfter(after))),
    "takes a policy of the same name for the same": (iam, version) =>
      restore(
        iam,
        version,
        (after) => withPolicies(after, { ...after.policies, ...kept(iam.policies, after) }),
      ),
  },
);

function gone(policies: Policies): RoleAfter["policies"] {
  return Object.fromEntries(Object.keys(policies).map((name) => [name, null]));
}

function kept(live: Policies, { policies }: RoleAfter): Policies {
  return Object.fromEntries(Object.entries(live).filter(([name]) => policies[name] !== null));
}
