import assert from "assert";
import type { ChangeOf } from "../../../runners/repo/change/repo_change.ts";
import type { ObservedRole } from "../../../runners/repo/observed.ts";
import type { PolicyVersion, UndoneChange } from "../../../runners/repo/planning.ts";
import { dice } from "../../deep/dice.ts";
import { aRole, daysAgo } from "./decide/deciding.ts";
import { NARROW, OWN, planningOf as planningOfPolicy, WIDE } from "./managed/one_role.ts";
import { allowing, planned, planningOf } from "./planning_world.ts";
import { plan } from "../../../runners/repo/plan.ts";
import { NO_EXTENSIONS } from "../../../runners/repo/extensions.ts";

type Texts = { readonly [name: string]: string };

const RUN = "01JD4S8D00Q5WZ3V6Y7X8K9M2N";
const LATER = "01JD9S8D00Q5WZ3V6Y7X8K9M2N";
const BEFORE: Texts = { main: allowing("s3:*", "sqs:*"), more: allowing("sns:Publish") };
const AFTER: Texts = { main: allowing("s3:*") };

function versionOf(policies: Texts): PolicyVersion {
  return { seq: 1, hash: "", source: "Scan", discovered: daysAgo(40), run_id: null, policies };
}

/** What the run did to a role. */
function undone(role: ObservedRole, part: Partial<UndoneChange> = {}): UndoneChange {
  const { before = BEFORE } = part;
  return {
    account: "111111111111",
    target: role.arn,
    role_id: role.roleId,
    role: role.name,
    managed: null,
    before,
    after: AFTER,
    outcome: "done",
    error: null,
    version: versionOf(before),
    later: null,
    ...part,
  };
}

/** Plans to take the run back in which this was done to a role that is so now. */
function restoring(
  live: Texts,
  part: Partial<UndoneChange> = {},
  role: Partial<ObservedRole> = {},
) {
  const one = aRole({ inline: live, ...role });
  return planned(planningOf([one], {
    asked: { restoreRun: RUN },
    earlier: { undone: { run_id: RUN, changes: [undone(one, part)] } },
  }));
}

/** The policies that the one change of a plan leaves. */
function leftBy({ changes }: Pick<ReturnType<typeof planned>, "changes">) {
  assert.equal(changes.length, 1);
  const { after } = changes[0] as ChangeOf<"inline">;
  return Object.fromEntries(Object.entries(after.policies).filter(([, text]) => text !== null));
}

Deno.test("a role that is as the run left it gets back exactly what it had, and the change names the run", () => {
  const made = restoring(AFTER);
  assert.deepEqual(leftBy(made), BEFORE);
  const { after, action } = made.changes[0] as ChangeOf<"inline">;
  assert.deepEqual([after.kind, after.undoes, after.version, action], [
    "restore",
    RUN,
    1,
    "iam:PutRolePolicy",
  ]);
  assert.ok(after.gained.includes("sqs:SendMessage") && after.gained.includes("sns:Publish"));
  assert.deepEqual(made.spared, []);
});

const SPARED: readonly (readonly [
  what: string,
  reason: string,
  live: Texts,
  part?: Partial<UndoneChange>,
  role?: Partial<ObservedRole>,
])[] = [
  ["somebody has taken more from a policy", "changed-since-run", { main: allowing("s3:Get*") }],
  ["somebody has added a policy", "changed-since-run", { ...AFTER, theirs: allowing("iam:*") }],
  ["somebody has deleted a policy", "changed-since-run", {}],
  ["somebody has changed one policy and put the other back", "changed-since-run", {
    main: allowing("s3:Get*"),
    more: BEFORE["more"]!,
  }],
  ["a later run has left the same policies", "changed-since-run", AFTER, {
    later: { run_id: LATER, isRestore: false, left: null },
  }],
  ["the role was made again", "recreated", AFTER, { role_id: "AROAOTHER" }],
  ["the role is listed twice", "listed-twice", AFTER, {}, {
    doubt: { reason: "listed-twice", detail: "IAM lists the role twice" },
  }],
  ["the role is for emergencies", "break-glass", AFTER, {}, { name: "break-glass-admin" }],
  ["the role is one of Groundskeeper's own", "groundskeeper", AFTER, {}, {
    name: "groundskeeper-repo-observe",
  }],
  ["the run does not know what became of it", "not-finished", AFTER, { outcome: "unknown" }],
  ["the run is under way", "not-finished", AFTER, { outcome: null }],
  ["a part of it stands", "not-finished", { ...AFTER, more: BEFORE["more"]! }, {
    outcome: "failed",
  }],
  ["the run failed and nothing of it stands", "not-changed", BEFORE, { outcome: "failed" }],
  ["the store has lost the version", "no-such-version", AFTER, {
    version: { reason: "no-such-version", detail: "" },
  }],
  ["the store has a damaged version", "version-damaged", AFTER, {
    version: { reason: "version-damaged", detail: "" },
  }],
];

for (const [what, reason, live, part, role] of SPARED) {
  Deno.test(`nothing comes back if ${what}`, () => {
    const { changes, spared, own } = restoring(live, part, role);
    assert.deepEqual(changes, []);
    assert.deepEqual(spared.map((one) => one.reason), [reason]);
    assert.deepEqual(own.restore_run?.restored_already, []);
  });
}

/** How a reason ends that names a version. */
const RESTORES = ". To restore that version: groundskeeper repo apply --restore 1 --role " +
  "111111111111/checkout-api";

const GIVEN: Texts = { main: allowing("s3:*", "sqs:SendMessage") };
const restored = (left: Texts | null) => ({ later: { run_id: LATER, isRestore: true, left } });

Deno.test("a role to which single actions were given back since the run gets back the rest", () => {
  const made = restoring(GIVEN, restored(GIVEN));
  assert.deepEqual([leftBy(made), made.spared], [BEFORE, []]);
});

const DENYING = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Action: "s3:*", Resource: "*" }],
});

for (
  const [what, live, part] of [
    ["somebody has changed the role after the give-back", {
      ...GIVEN,
      theirs: allowing("kms:Sign"),
    }, restored(GIVEN)],
    ["it is not known what restores have left", GIVEN, restored(null)],
    ["the restore gave more than there was before the run", {
      main: allowing("s3:*", "kms:Sign"),
    }, restored({ main: allowing("s3:*", "kms:Sign") })],
    ["a Deny that was there before the run is gone since", GIVEN, {
      before: { ...BEFORE, deny: DENYING },
      after: { ...AFTER, deny: DENYING },
      ...restored(GIVEN),
    }],
  ] as const
) {
  Deno.test(`a role with a give-back since the run is spared if ${what}`, () => {
    const { changes, spared } = restoring(live, part);
    assert.deepEqual(changes, []);
    assert.deepEqual(spared.map(({ reason }) => reason), ["changed-since-run"]);
    assert.ok(
      spared[0]!.detail.endsWith(
        `, also by the restore of run ${LATER}; it had version 1 before${RESTORES}`,
      ),
      spared[0]!.detail,
    );
  });
}

Deno.test("a role that was not finished has what stands of it in its reason", () => {
  const detail = (live: Texts) => {
    const { spared } = restoring(live, { outcome: "unknown", error: "the run was cut." });
    return spared[0]!.detail;
  };
  assert.equal(
    detail(AFTER),
    "its outcome in that run is unknown (the run was cut), and it is as that run was to leave it; " +
      `it had version 1 before${RESTORES}`,
  );
  assert.ok(
    detail({ ...AFTER, more: BEFORE["more"]! }).endsWith(
      `a part of the change stands; it had version 1 before${RESTORES}`,
    ),
  );
  assert.match(detail({ x: allowing("s3:*") }), /neither as it was before .* nor as that run/);
  assert.match(detail(BEFORE), /, and it is as it was before that run$/);
});

for (
  const [what, live, later] of [
    ["as it was", BEFORE, null],
    ["as it was, in other white space", {
      ...BEFORE,
      main: JSON.stringify(JSON.parse(BEFORE["main"]!), null, 2),
    }, null],
    ["as it was, after a later run", BEFORE, { run_id: LATER, isRestore: false, left: null }],
  ] as const
) {
  Deno.test(`a role that is ${what} needs nothing`, () => {
    const { changes, spared, own } = restoring(live, { later });
    assert.deepEqual([changes, spared], [[], []]);
    assert.equal(own.restore_run?.restored_already.length, 1);
  });
}

Deno.test("a restore that died between two policies goes on", () => {
  const half = { ...AFTER, more: BEFORE["more"]! };
  assert.deepEqual(
    leftBy(restoring(half, { later: { run_id: LATER, isRestore: true, left: null } })),
    BEFORE,
  );
});

Deno.test("a role that is gone, and an account that is not read, are named", () => {
  const role = aRole({ inline: AFTER });
  const gone = undone(role, { target: `${role.arn}-2`, role: `${role.name}-2` });
  const away = undone(role, {
    account: "222222222222",
    target: role.arn.replace("111111111111", "222222222222"),
  });
  const { changes, spared } = planned(planningOf([role], {
    asked: { restoreRun: RUN },
    earlier: { undone: { run_id: RUN, changes: [undone(role), gone, away] } },
  }));
  assert.deepEqual(changes.map(({ target }) => target), [role.arn]);
  assert.deepEqual(spared.map(({ target, reason }) => [target, reason]), [
    [gone.target, "role-gone"],
    [away.target, "account-not-read"],
  ]);
});

Deno.test("what else the account has stays out of a restore of a run", () => {
  const role = aRole({ inline: AFTER });
  const other = aRole({ name: "other", roleId: "AROAOTHER", inline: AFTER });
  const { changes, own } = planned(planningOf([role, other], {
    asked: { restoreRun: RUN },
    earlier: { undone: { run_id: RUN, changes: [undone(role)] } },
  }));
  assert.deepEqual(changes.map(({ target }) => target), [role.arn]);
  assert.deepEqual(own.roles.map(({ arn }) => arn), [role.arn]);
});

/** Restores the managed policy that a run has narrowed. */
function restoringPolicy(
  policy: Parameters<typeof planningOfPolicy>[0]["policy"],
  part: Partial<UndoneChange> = {},
  config: object = {},
) {
  const role = aRole({ name: "app", roleId: "AROAEXAMPLE" });
  const change = undone(role, {
    target: OWN,
    managed: "v1",
    before: { own: WIDE },
    after: { own: NARROW },
    version: { reason: "no-such-version", detail: "" },
    ...part,
  });
  const planning = planningOfPolicy({
    policy: {
      version: "v2",
      versions: { v1: daysAgo(400), v2: daysAgo(1) },
      documents: { v1: WIDE, v2: NARROW },
      document: NARROW,
      ...policy,
    },
    config,
    asked: { restoreRun: RUN },
    earlier: { undone: { run_id: RUN, changes: [change] } },
  });
  return plan(planning, NO_EXTENSIONS);
}

Deno.test("the earlier version of a managed policy is put in force again, and the change names the run", () => {
  const { changes, spared } = restoringPolicy({});
  const [change] = changes as ChangeOf<"managed">[];
  assert.deepEqual(spared, []);
  assert.deepEqual(
    [change!.action, change!.after.version, change!.after.undoes, change!.after.policies],
    ["iam:SetDefaultPolicyVersion", 1, RUN, { own: WIDE }],
  );
});

for (
  const [what, reason, policy, part, config] of [
    ["is only read by now", "managed-policies-report", {}, {}, { managedPolicies: "report" }],
    ["has another version in force", "changed-since-run", { document: `${WIDE} ` }],
    ["was narrowed by a later run", "changed-since-run", {}, {
      later: { run_id: LATER, isRestore: false, left: null },
    }],
    ["is another one of its name", "changed-since-run", { documents: { v1: NARROW, v2: NARROW } }],
    ["has lost the version", "no-such-version", {
      documents: { v2: NARROW },
      versions: { v2: daysAgo(1) },
    }],
    ["is attached to others", "shared-policy", { attachments: 2 }],
    ["is a permissions boundary", "permissions-boundary", { boundaries: 1 }],
    ["is of another role now", "recreated", {}, { role_id: "AROAOTHER" }],
    ["was not narrowed for certain", "not-finished", {}, { outcome: "unknown" }],
  ] as const
) {
  Deno.test(`a managed policy that ${what} is not restored`, () => {
    const { changes, spared } = restoringPolicy(policy, part, config);
    assert.deepEqual(changes, []);
    assert.deepEqual(spared.map((one) => one.reason), [reason]);
  });
}

Deno.test("a managed policy that was changed since has the command that puts its version in force", () => {
  const { spared } = restoringPolicy({ document: `${WIDE} ` });
  assert.ok(
    spared[0]!.detail.endsWith(`groundskeeper repo apply --restore v1 --policy ${OWN}`),
    spared[0]!.detail,
  );
});

Deno.test("a managed policy whose earlier version is in force needs nothing", () => {
  const { changes, spared, own } = restoringPolicy({ version: "v1", document: WIDE });
  assert.deepEqual([changes, spared], [[], []]);
  assert.deepEqual(own.restore_run?.restored_already, [OWN]);
});

const ACTIONS = ["s3:GetObject", "sqs:SendMessage", "sns:Publish", "kms:Sign"];
const NAMES = ["a", "b", "c"];

Deno.test("a restore of a run never gives back more than the run took, nor writes over what others wrote", () => {
  const seen = { planned: 0, already: 0, spared: 0 };
  const { between } = dice(20_261_130);
  const chance = (percent: number) => between(1, 100) <= percent;
  const some = (of: readonly string[], percent: number) => of.filter(() => chance(percent));
  type Sets = Record<string, readonly string[]>;
  const textsOf = (sets: Sets): Texts =>
    Object.fromEntries(Object.entries(sets).map(([name, actions]) => [name, allowing(...actions)]));
  for (let round = 0; round < 200; round++) {
    const before: Sets = {};
    for (const name of NAMES) if (chance(70)) before[name] = [ACTIONS[0]!, ...some(ACTIONS, 60)];
    const after: Sets = {};
    for (const [name, actions] of Object.entries(before)) {
      const left = some(actions, 60);
      if (left.length > 0) after[name] = left;
    }
    // Others put some back, take some more, add some, and leave most as the run left it.
    const live: Sets = {};
    for (const name of NAMES) {
      const kind = between(1, 10);
      const now = kind <= 6
        ? after[name]
        : kind <= 8
        ? before[name]
        : kind === 9
        ? undefined
        : [...some(ACTIONS, 50), ACTIONS[3]!];
      if (now) live[name] = now;
    }
    const [then, left, now] = [textsOf(before), textsOf(after), textsOf(live)];
    const { changes, spared } = restoring(now, {
      before: then,
      after: left,
      version: versionOf(then),
    });
    if (changes.length > 0) {
      seen.planned++;
      assert.deepEqual(leftBy({ changes }), then);
      for (const name of NAMES) assert.ok([then[name], left[name]].includes(now[name]), name);
      const taken = new Set(
        NAMES.flatMap((name) =>
          (before[name] ?? []).filter((action) => !(after[name] ?? []).includes(action))
        ),
      );
      const { gained } = (changes[0] as ChangeOf<"inline">).after;
      assert.deepEqual(gained.filter((action) => !taken.has(action)), []);
    } else if (spared.length === 0) {
      seen.already++;
      assert.deepEqual(now, then);
    } else {
      seen.spared++;
      assert.deepEqual(spared.map(({ reason }) => reason), ["changed-since-run"]);
      assert.ok(NAMES.some((name) => ![then[name], left[name]].includes(now[name])));
    }
  }
  for (const count of Object.values(seen)) assert.ok(count > 10, JSON.stringify(seen));
});
