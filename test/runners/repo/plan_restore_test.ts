import assert from "assert";
import { operationsBetween } from "../../../runners/repo/change/operations.ts";
import type { ChangeOf } from "../../../runners/repo/change/repo_change.ts";
import { aRole, daysAgo } from "./decide/deciding.ts";
import { allowing, planned, planningOf, statements } from "./planning_world.ts";

type Texts = { readonly [name: string]: string };

/** Plans to bring back some policies of a role that has others. */
function restoring(policies: Texts, inline: Texts, part: { readonly role_id?: string } = {}) {
  const role = aRole({ inline });
  const version = {
    seq: 1,
    hash: "",
    source: "Scan" as const,
    discovered: daysAgo(40),
    run_id: null,
    policies,
  };
  return planned(planningOf([role], {
    asked: { restore: 1, roles: [{ account: "111111111111", name: role.name }] },
    earlier: { restoring: { role_id: role.roleId, version, ...part } },
  }));
}

Deno.test("nothing comes back to a role that was made anew under its name", () => {
  const { changes, spared } = restoring(
    { main: allowing("s3:*") },
    { main: allowing("s3:Get*") },
    { role_id: "AROAOTHER" },
  );
  assert.deepEqual(changes, []);
  assert.deepEqual(spared.map(({ reason }) => reason), ["recreated"]);
});

Deno.test("a version is not brought back where it cannot be said what it would give", () => {
  const unclear = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "iam:*", Resource: "*", Novel: true }],
  });
  const { changes, spared } = restoring(
    { main: allowing("s3:Get*"), more: unclear },
    { main: allowing("s3:Get*") },
  );
  assert.deepEqual(changes, []);
  assert.deepEqual(spared.map(({ reason }) => reason), ["malformed-policy"]);
  assert.match(spared[0]!.detail, /Statement\[0\]\.Novel/);
});

Deno.test("a version of the same actions on more resources is not said to give back nothing", () => {
  const { changes } = restoring(
    { main: allowing("s3:GetObject") },
    { main: statements({ Action: "s3:GetObject", Resource: "arn:aws:s3:::one/*" }) },
  );
  assert.match(changes[0]!.reason, /gives back no action, .*resources or conditions/);
});

for (
  const name of [
    "constructor",
    "__proto__",
    "toString",
  ]
) {
  Deno.test(`a policy called ${name} comes and goes like any other`, () => {
    const there: Texts = Object.fromEntries([["main", allowing("s3:*")], [name, allowing("s3:*")]]);
    const gone: Texts = { main: allowing("s3:*") };
    for (
      const [version, inline, document] of [
        [there, gone, there[name]],
        [gone, there, null],
      ] as const
    ) {
      const [change] = restoring(version, inline).changes;
      const { before, after }: ChangeOf<"inline"> = JSON.parse(JSON.stringify(change));
      assert.deepEqual(operationsBetween(before, after), [{ name, document }]);
    }
  });
}
