import assert from "assert";
import { observeAccounts } from "../../../runners/core/run/observe_accounts.ts";
import type { RepoTypes } from "../../../runners/repo/repo_plan.ts";
import { type Parts, partsOf } from "../../../runners/core/parts.ts";
import type { Account } from "../../../runners/core/aws/session.ts";
import { rowName } from "../../../runners/core/store/row_kind.ts";
import { InterruptedError, UsageError } from "../../../runners/core/errors.ts";
import type { Earlier, RepoObserving } from "../../../runners/repo/planning.ts";
import { ASKED_NOTHING, repoSchema, type RepoSettings } from "../../../runners/repo/config.ts";
import { observeAccount, observeRoles } from "../../../runners/repo/observe.ts";
import { NO_EXTENSIONS } from "../../../runners/repo/extensions.ts";
import { repoObservationRows } from "../../../runners/repo/inventory/observation_writes.ts";
import { accountSchema, type ObservedAccount } from "../../../runners/repo/observed.ts";
import { plan as planRoles } from "../../../runners/repo/plan.ts";
import { always, failWith, throttle } from "../../aws/faults.ts";
import { allowing, type SeedRole } from "../../aws/seed_roles.ts";
import { cutSet, joinSet } from "../../aws/xml_text.ts";
import { openSession, repoTest, type Scene, type SessionOptions } from "./scene.ts";

const EARLIER: Earlier = {
  roles: new Map(),
  versions: new Map(),
  optOuts: new Map(),
  schedules: new Map(),
  tracked: new Map(),
};

interface Sighting {
  readonly config?: object;
  readonly roles?: RepoSettings["asked"]["roles"];
  readonly subject?: string;
  readonly accounts?: readonly string[];
  readonly session?: SessionOptions;
}

function settings({ config = {}, roles = null }: Sighting): RepoSettings {
  return { ...repoSchema.parse(config), asked: { ...ASKED_NOTHING, roles } };
}

function observing(scene: Scene, look: Sighting) {
  const progress: [number, number][] = [];
  const accounts: Account[] = (look.accounts ?? [scene.account]).map((id) => ({ id, name: "x" }));
  const value: Omit<RepoObserving, "inTurn" | "progress"> = {
    config: settings(look),
    scope: { accounts, regions: "enabled" },
    earlier: EARLIER,
    publishes: false,
    subject: look.subject ?? null,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    now: scene.clock.now(),
    judgedAt: scene.clock.now(),
    clock: scene.clock,
    session: ({ id }) => openSession(id, scene.clock, look.session),
  };
  const observe = (fetch?: typeof globalThis.fetch) =>
    observeAccounts<RepoTypes>(
      { observeAccount: (account, observing) => observeAccount(account, observing, fetch) },
      value,
      (done, of) => progress.push([done, of]),
    );
  return { observe, progress };
}

const look = (
  scene: Scene,
  part: Sighting = {},
  fetch?: typeof globalThis.fetch,
): Promise<Parts<ObservedAccount>> => observing(scene, part).observe(fetch);

const reads = (observed: Parts<ObservedAccount>) =>
  [...observed].map(({ failure, roles }) => failure?.reason ?? roles.map(({ name }) => name));

const evidenceOf = (observed: Parts<ObservedAccount>) =>
  Object.fromEntries(
    [...observed].flatMap(({ roles }) => roles).map(({ name, evidence }) => [
      name,
      "reason" in evidence ? evidence.reason : Object.keys(evidence.services),
    ]),
  );

const app = (name: string): SeedRole => ({ name, inline: { main: allowing("s3:*") } });

repoTest("an account that cannot be read is a failure, and the others are read", async (scene) => {
  await scene.seed({ roles: [app("one")] });
  await scene.seed({ roles: [app("two")] }, scene.second);
  const GAAD = { action: "iam:GetAccountAuthorizationDetails", account: scene.account };
  scene.aws.proxy.onCall(failWith(GAAD, "AccessDenied"));
  const observed = await look(scene, { accounts: [scene.account, scene.second] });
  const failed = observed.of(scene.account)!;
  assert.deepEqual([failed.failure?.reason, failed.roles], ["access-denied", []]);
  assert.deepEqual(observed.of(scene.second)!.roles.map(({ name }) => name), ["two"]);
});

repoTest(
  "an account that is throttled for good is a failure, never a shorter list",
  async (scene) => {
    await scene.seed({ roles: [app("a"), app("b"), app("c")] });
    scene.aws.proxy.page({ match: { action: "iam:GetAccountAuthorizationDetails" }, size: 2 });
    scene.aws.proxy.onCall(throttle({
      action: "iam:GetAccountAuthorizationDetails",
      where: ({ parameters }) => "Marker" in parameters,
    }));
    assert.deepEqual(reads(await look(scene, { session: { attempts: 2 } })), ["throttled"]);
  },
);

repoTest("evidence that cannot be had is a failure of its role alone", async (scene) => {
  await scene.seed({ roles: [app("a"), app("b")] });
  scene.aws.proxy.lastAccessed.behave({ account: scene.account, role: "a" }, {
    failure: { code: "X", message: "no" },
  });
  assert.deepEqual(evidenceOf(await look(scene)), { a: "report-failed", b: ["s3"] });
});

repoTest("a signal goes up", async (scene) => {
  await scene.seed({ roles: [app("a"), app("b"), app("c"), app("d"), app("e"), app("f")] });
  const abort = new AbortController();
  scene.aws.proxy.onCall(always({ action: "iam:GetServiceLastAccessedDetails" }, {
    kind: "delay",
    ms: 0,
    beforeForward: () => abort.abort(new InterruptedError()),
  }));
  await assert.rejects(
    look(scene, { session: { signal: abort.signal } }),
    (error: Error) => error instanceof InterruptedError || error.name === "AbortError",
  );
});

repoTest("what is explained must be a role", async (scene) => {
  await assert.rejects(look(scene, { subject: "checkout-api" }), UsageError);
});

repoTest(
  "all roles are observed, in order, and no one is asked about for nothing",
  async (scene) => {
    await scene.seed({
      roles: [
        { ...app("zeta"), attached: ["shared"], uses: { s3: 3 } },
        { name: "alpha", attached: ["shared", "more"] },
        { name: "empty" },
        { ...app("linked"), path: "/aws-service-role/ecs.amazonaws.com/" },
      ],
      managed: { shared: allowing("sqs:*"), more: allowing("sns:*"), lonely: allowing("kms:*") },
    });
    const { observe, progress } = observing(scene, {});
    const observed = await observe();
    for (const part of observed) assert.deepEqual(accountSchema.parse(part), part);
    assert.deepEqual(reads(observed), [["alpha", "linked", "empty", "zeta"]]);
    assert.deepEqual(evidenceOf(observed), {
      alpha: ["sns", "sqs"],
      empty: "not-asked",
      linked: "not-asked",
      zeta: ["s3", "sqs"],
    });
    const names = Object.values([...observed][0]!.managed).map(({ name }) => name);
    assert.deepEqual(names, ["more", "shared"]);
    assert.equal(scene.asked().filter((one) => one.startsWith("Generate")).length, 2);
    assert.deepEqual(progress, [[0, 5], [1, 5], [2, 5], [3, 5], [4, 5], [5, 5]]);
  },
);

repoTest(
  "named roles narrow what is read, with their managed policies, to their accounts",
  async (scene) => {
    const { account, second } = scene;
    const managed = { shared: allowing("sqs:*"), other: allowing("sns:*") };
    await scene.seed({
      roles: [{ ...app("a"), attached: ["shared"] }, { ...app("b"), attached: ["other"] }],
      managed,
    });
    const accounts = [account, second];
    const observed = await look(scene, { accounts, roles: [{ account, name: "a" }] });
    assert.deepEqual(reads(observed), [["a"]]);
    assert.deepEqual(Object.values([...observed][0]!.managed).map(({ name }) => name), [
      "shared",
    ]);
    assert.ok(scene.aws.proxy.calls.every((call) => call.account === account));
    assert.deepEqual(reads(await look(scene, { accounts, subject: `${account}/b` })), [["b"]]);
    assert.deepEqual(reads(await look(scene, { accounts, subject: scene.arn("x/b") })), [["b"]]);
    const both = { roles: [{ account, name: "a" }], subject: `${account}/b` };
    assert.deepEqual(reads(await look(scene, { accounts, ...both })), []);
    const elsewhere = [{ account: "999999999999", name: "a" }, { account: second, name: "a" }];
    assert.deepEqual(reads(await look(scene, { accounts, roles: elsewhere })), [[]]);
    assert.deepEqual(reads(await look(scene, { accounts, roles: [] })), []);
  },
);

repoTest("at action level the reports have actions", async (scene) => {
  await scene.seed({ roles: [{ ...app("a"), uses: { s3: { actions: { CreateBucket: 3 } } } }] });
  const observed = await look(scene, { config: { level: "action" } });
  const evidence = [...observed][0]!.roles[0]!.evidence;
  assert.deepEqual("services" in evidence && Object.keys(evidence.services["s3"]!.actions!), [
    "CreateBucket",
  ]);
});

repoTest("an Aardvark is asked instead of IAM, once for many roles", async (scene) => {
  await scene.seed({ roles: [app("a"), app("b"), { name: "empty" }] });
  const bodies: unknown[] = [];
  const fetch = (_: unknown, init: RequestInit = {}) => {
    bodies.push(JSON.parse(String(init.body)));
    const row = {
      serviceNamespace: "s3",
      lastAuthenticated: 0,
      lastUpdated: scene.clock.now().toUTCString(),
    };
    return Promise.resolve(Response.json({ page: 1, count: 1, total: 1, [scene.arn("a")]: [row] }));
  };
  const config = { aardvark: { api: "http://127.0.0.1:1" } };
  const observed = await look(scene, { config }, fetch as typeof globalThis.fetch);
  assert.deepEqual(evidenceOf(observed), { a: ["s3"], b: "not-in-aardvark", empty: "not-asked" });
  assert.deepEqual(scene.asked(), ["GetAccountAuthorizationDetails"]);
  assert.equal(bodies.length, 1);
});

repoTest("an account is read as a stream, a page at a time", async (scene) => {
  await scene.seed({ roles: ["a", "b", "c", "d", "e"].map(app) });
  const options = {
    config: settings({}),
    clock: scene.clock,
    fetch: globalThis.fetch,
    only: null,
    pageSize: 2,
  };
  const managed = new Map();
  const seen: string[] = [];
  for await (const { name } of observeRoles(await scene.session(), managed, options)) {
    seen.push(name);
    // The third role is on the second page.
    if (seen.length === 3) break;
  }
  assert.equal(scene.asked().filter((one) => one.startsWith("GetAccount")).length, 2);
  assert.equal(new Set(seen).size, 3);
});

/** The same list with other members, in GetAccountAuthorizationDetails. */
const withMembers = (list: string, change: (items: readonly string[]) => readonly string[]) => ({
  appliesTo: ({ action }: { readonly action: string }) =>
    action === "iam:GetAccountAuthorizationDetails",
  rewrite: (xml: string) => {
    const cut = cutSet(xml, list, "member");
    return joinSet(cut, change(cut.items));
  },
});
const firstTwice = (other: (item: string) => string) => (items: readonly string[]) => [
  ...items,
  other(items[0]!),
];
const withTag = (role: string) =>
  role.replace(/<Tags>.*?<\/Tags>|<Tags\s*\/>/s, "")
    .replace(
      "</RoleId>",
      "</RoleId><Tags><member><Key>team</Key><Value>x</Value></member></Tags>",
    );

const COPIES: readonly {
  readonly what: string;
  readonly list: string;
  readonly change: (items: readonly string[]) => readonly string[];
  readonly doubt: string | undefined;
}[] = [
  {
    what: "a role twice, and equal",
    list: "RoleDetailList",
    change: firstTwice((item) => item),
    doubt: undefined,
  },
  {
    what: "a role twice, once with another tag",
    list: "RoleDetailList",
    change: firstTwice(withTag),
    doubt: "IAM lists the role twice, and differently",
  },
  {
    what: "a role twice, once as another role of the same name",
    list: "RoleDetailList",
    change: firstTwice((item) => item.replace(/<RoleId>AROA/, "<RoleId>AROAX")),
    doubt: "IAM lists the role twice, and differently",
  },
  {
    what: "a policy of the role twice, once with another version in force",
    list: "Policies",
    change: (items) =>
      items.flatMap((item) =>
        item.includes("policy/shared<")
          ? [item, item.replaceAll(/(<AttachmentCount>)[^<]*/g, "$17")]
          : [item]
      ),
    doubt: "IAM lists its policy arn:aws:iam::ACCOUNT:policy/shared twice, and differently",
  },
  {
    what: "an inline policy twice, and differently",
    list: "RolePolicyList",
    change: firstTwice((item) => item.replace("s3", "sns")),
    doubt: 'IAM lists its inline policy "main" twice, and differently',
  },
];

for (const { what, list, change, doubt } of COPIES) {
  repoTest(
    `of an account that lists ${what}, the role is ${doubt ? "in doubt" : "one"}`,
    async (scene) => {
      await scene.seed({
        roles: [{ name: "app", inline: { main: allowing("s3:*") }, attached: ["shared"] }],
        managed: { shared: allowing("sqs:*") },
      });
      scene.aws.proxy.rewrite(withMembers(list, change));
      const [account] = await look(scene);
      assert.equal(account!.failure, null);
      const [role, ...more] = account!.roles;
      assert.deepEqual(more, []);
      assert.equal(role!.doubt?.detail.replace(scene.account, "ACCOUNT"), doubt);
      const planning = {
        config: settings({}),
        observed: partsOf([account!]),
        earlier: EARLIER,
        now: scene.clock.now(),
      };
      const plan = planRoles(planning, NO_EXTENSIONS);
      const reasons = plan.spared.filter(({ target }) => target === role!.arn)
        .map(({ reason }) => reason);
      assert.equal(reasons.includes("listed-twice"), doubt !== undefined);
      const looks = repoObservationRows(planning, plan).flat().filter(({ kind }) =>
        rowName(kind) === "role"
      );
      assert.equal(looks.length, doubt ? 0 : 1);
    },
  );
}
