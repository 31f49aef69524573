import assert from "assert";
import { ConfigError } from "../../../../runners/core/errors.ts";
import { createLog } from "../../../../runners/core/log/log.ts";
import { loadCatalogue } from "../../../../runners/repo/catalogue/catalogue.ts";
import { makeUniverse } from "../../../../runners/repo/catalogue/universe.ts";
import { makeDecider } from "../../../../runners/repo/decide/decide.ts";
import { calculateWithHooks } from "../../../../runners/repo/hooks/calculate.ts";
import { type HookInputs, hooksOf, implementsHook } from "../../../../runners/repo/hooks/hook.ts";
import { preparePlugins } from "../../../../runners/repo/open_run.ts";
import { loadPlugins } from "../../../../runners/repo/plugins.ts";
import type { ObservedRole } from "../../../../runners/repo/observed.ts";
import {
  anAccount,
  aRole,
  daysAgo,
  evidenceOf,
  granted,
  NOW,
  settings,
} from "../decide/deciding.ts";
import { decisionOf } from "../decide/decisions.ts";

const universe = makeUniverse(loadCatalogue(), []);
const config = settings({ level: "action" });

/** sqs was used, sns not; PassRole is never tracked. */
const calculation = (part: Partial<ObservedRole> = {}) => ({
  role: aRole(part),
  account: anAccount(),
  decided: makeDecider(universe, config, { since: () => false }, NOW).decide({
    granted: granted(universe, {
      Action: [
        "sqs:SetQueueAttributes",
        "sqs:PurgeQueue",
        "sns:Publish",
        "iam:PassRole",
        "foo:Bar",
      ],
    }),
    evidence: evidenceOf({ sqs: daysAgo(1), sns: null, iam: null }),
    protections: [],
    partition: "aws",
  }),
});

const plugin = (hooks: unknown, name = "ours") => ({
  name,
  path: `./${name}.ts`,
  exports: { hooks },
  permissions: [],
});

const calculate = (...declarations: readonly unknown[]) =>
  calculateWithHooks([calculation()], hooksOf([plugin(declarations)]), config)[0]!;

type Single = HookInputs["DURING_REPOABLE_CALCULATION"];
const single = (call: (input: Single) => unknown, priority = 1) =>
  implementsHook("DURING_REPOABLE_CALCULATION", priority, call);

const setting = (action: string, repoable: boolean) => (input: Single) => {
  input.potentially_repoable_permissions[action]!.repoable = repoable;
  return input;
};

Deno.test("without hooks nothing is turned", () => {
  const given = calculation();
  const [result] = calculateWithHooks([given], [], config);
  assert.deepEqual([result!.ineligible, result!.notes], [[], []]);
  assert.equal(result!.decided, given.decided);
});

const NONSENSE: readonly (readonly [what: string, call: (input: Single) => unknown])[] = [
  ["throws", () => {
    throw new Error("no trail");
  }],
  ["answers nothing", () => {}],
  ["answers null", () => null],
  ["answers false", () => false],
  ["answers a list", () => []],
  ["answers a promise", (input) => Promise.resolve(input)],
  ["answers without permissions", () => ({})],
  ["forgets a permission", (input) => {
    delete input.potentially_repoable_permissions["sqs:purgequeue"];
    return input;
  }],
  ["adds a permission", (input) => {
    input.potentially_repoable_permissions["s3:getobject"] = { repoable: true, decider: "" };
    return input;
  }],
  ["says something else than yes or no", (input) => {
    Object.assign(input.potentially_repoable_permissions["sqs:purgequeue"]!, { repoable: "yes" });
    return input;
  }],
];

for (const [what, call] of NONSENSE) {
  Deno.test(`a hook that ${what} makes the role ineligible and turns nothing`, () => {
    const { decided, ineligible } = calculate(single(call));
    assert.deepEqual(ineligible.map(({ reason }) => reason), ["hook-failed"]);
    assert.match(ineligible[0]!.detail, /^the hook ours \(DURING_REPOABLE_CALCULATION\) /);
    assert.ok(decided.removed.equals(calculation().decided.removed));
  });
}

Deno.test("a hook keeps what would go", () => {
  const { decided, notes } = calculate(single(setting("sns:publish", false)));
  assert.deepEqual(decisionOf(decided, "sns:Publish"), {
    action: "sns:Publish",
    verdict: "keep",
    reason: "hook:ours",
  });
  assert.deepEqual(notes, ["hook:ours keeps sns:Publish, which would be removed otherwise"]);
});

Deno.test("a hook removes what stays only because AWS does not track it", () => {
  const { decided, notes } = calculate(single(setting("sqs:purgequeue", true)));
  assert.deepEqual([...decided.removed].sort(), ["sns:Publish", "sqs:PurgeQueue"]);
  assert.equal(decisionOf(decided, "sqs:PurgeQueue")?.reason, "hook:ours");
  assert.deepEqual(notes, ["hook:ours removes sqs:PurgeQueue"]);
});

Deno.test("a hook does not remove what stays for another reason, and the plan says so", () => {
  const { decided, notes } = calculate(single(setting("iam:passrole", true)));
  assert.deepEqual([...decided.removed], ["sns:Publish"]);
  assert.deepEqual(notes, ["hook:ours would remove iam:PassRole, which stays: never-tracked"]);
});

Deno.test("what one hook keeps the next does not remove", () => {
  const { decided } = calculate(
    single(setting("sns:publish", true), 2),
    single(setting("sns:publish", false), 1),
  );
  assert.ok(decided.removed.isEmpty);
});

Deno.test("hooks are called by priority, and each is handed what the one before has answered", () => {
  const seen: unknown[] = [];
  const look = (name: string) => (input: Single) => {
    const { note } = input as Single & { note?: string };
    seen.push([name, note, input.potentially_repoable_permissions["sns:publish"]]);
    return { ...input, note: name, role_id: "forged" };
  };
  calculate(
    single((input) => {
      assert.equal(input.role_id, aRole().roleId);
      return look("last")(input);
    }, 10),
    single(look("first"), -1),
    single(setting("sns:publish", false), 5),
  );
  assert.deepEqual(seen, [
    ["first", undefined, { repoable: true, decider: "service-unused" }],
    ["last", "first", { repoable: false, decider: "hook:ours" }],
  ]);
});

Deno.test("Repokid's keys are there", () => {
  calculate(single((input) => {
    const { potentially_repoable_permissions: permissions, ...rest } = input;
    assert.deepEqual(rest, {
      account_number: "111111111111",
      role_name: "checkout-api",
      role_id: aRole().roleId,
      arn: aRole().arn,
      minimum_age: 90,
    });
    assert.deepEqual(Object.keys(permissions), [
      "iam:passrole",
      "sns:publish",
      "sqs:purgequeue",
      "sqs:setqueueattributes",
    ]);
    return input;
  }));
});

type Batch = HookInputs["DURING_REPOABLE_CALCULATION_BATCH"];
const batch = (call: (input: Batch) => unknown) =>
  hooksOf([plugin([implementsHook("DURING_REPOABLE_CALCULATION_BATCH", 1, call)])]);

const many = (count: number) =>
  Array.from(
    { length: count },
    (_, at) => calculation({ name: `role-${at}`, roleId: `AROA${at}` }),
  );

Deno.test("the batch form is called, with at most a hundred roles", () => {
  const sizes: number[] = [];
  calculateWithHooks(
    many(101),
    batch((input) => {
      sizes.push(input.role_batch.length);
      assert.deepEqual(
        Object.keys(input.potentially_repoable_permissions),
        input.role_batch.map(({ arn }) => arn),
      );
      return input;
    }),
    config,
  );
  assert.deepEqual(sizes, [100, 1]);
});

Deno.test("the batch form turns each role by itself", () => {
  const [first, second] = calculateWithHooks(
    many(2),
    batch((input) => {
      const { arn } = input.role_batch[1]!;
      input.potentially_repoable_permissions[arn]!["sns:publish"]!.repoable = false;
      return input;
    }),
    config,
  );
  assert.equal(first!.decided.removed.size, 1);
  assert.ok(second!.decided.removed.isEmpty);
});

Deno.test("a batch that fails makes all its roles ineligible, a forgotten role only itself", () => {
  const failed = calculateWithHooks(many(2), batch(() => null), config);
  assert.deepEqual(failed.map(({ ineligible }) => ineligible.length), [1, 1]);
  const forgetful = calculateWithHooks(
    many(2),
    batch((input) => {
      delete input.potentially_repoable_permissions[input.role_batch[0]!.arn];
      return input;
    }),
    config,
  );
  assert.deepEqual(forgetful.map(({ ineligible }) => ineligible.length), [1, 0]);
});

Deno.test("what a person has named is not calculated", () => {
  const named = settings({}, { remove: ["sns:*"] });
  const hooks = hooksOf([plugin([single(() => null)])]);
  assert.deepEqual(calculateWithHooks([calculation()], hooks, named)[0]!.ineligible, []);
});

const call = (input: unknown) => input;
const REFUSED: readonly (readonly [what: string, hooks: unknown, says: RegExp])[] = [
  ["no hooks", undefined, /exports no hooks/],
  ["an empty list", [], /exports no hooks/],
  ["an unknown hook", [{ hook: "DURING", priority: 1, call }], /must be one of BEFORE_REPO_ROLES/],
  ["no priority", [{ hook: "AFTER_REPO", call }], /priority must be a number/],
  ["nothing to call", [{ hook: "AFTER_REPO", priority: 1 }], /call must be a function/],
  ["null", [null], /hook must be one of/],
  [
    "a calculation that waits",
    [{ hook: "DURING_REPOABLE_CALCULATION", priority: 1, call: async () => await null }],
    /must answer at once.*prepare/,
  ],
];

for (const [what, hooks, says] of REFUSED) {
  Deno.test(`a module is refused that exports ${what}`, () => {
    assert.throws(() => hooksOf([plugin(hooks)]), (error: unknown) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, says);
      return true;
    });
  });
}

Deno.test("the example hook decides by what CloudTrail has logged", async () => {
  const settingsOf = settings({
    level: "action",
    hooks: ["./cloudtrail_evidence.ts"],
    filterConfig: { cloudtrail_evidence: { file: "cloudtrail_uses.json" } },
  });
  const directory = new URL("../../../../examples/repo/", import.meta.url).pathname;
  const plugins = await loadPlugins(settingsOf, directory);
  const log = createLog({ write: () => {}, now: () => NOW, format: "json", level: "error" });
  await preparePlugins(settingsOf, plugins, {
    directory,
    accounts: [],
    now: NOW,
    session: null,
    log,
  });
  const [result] = calculateWithHooks([calculation()], hooksOf(plugins.hooks), settingsOf);
  assert.deepEqual([...result!.decided.removed], ["sqs:PurgeQueue"]);
  assert.deepEqual(result!.notes, [
    "hook:cloudtrail_evidence keeps sns:Publish, which would be removed otherwise",
    "hook:cloudtrail_evidence removes sqs:PurgeQueue",
  ]);
});
