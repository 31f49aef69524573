import assert from "assert";
import { InterruptedError } from "../../../../runners/core/errors.ts";
import { collectEvidence } from "../../../../runners/repo/evidence/collect.ts";
import type { Evidence, Failure } from "../../../../runners/repo/observed.ts";
import { always, failWith, once, throttle } from "../../../aws/faults.ts";
import { loseMarker, repeatMarker, type Rewrite } from "../../../aws/rewrites.ts";
import { allowing, type SeedRole } from "../../../aws/seed_roles.ts";
import type { ReportBehaviour } from "../../../aws/last_accessed.ts";
import { repoTest, type Scene, type SessionOptions } from "../scene.ts";

const GENERATE = { action: "iam:GenerateServiceLastAccessedDetails" };
const GET = { action: "iam:GetServiceLastAccessedDetails" };
const FIVE = { inline: { main: allowing("a:*", "b:*", "c:*", "d:*", "e:*") } };

/** Seeds the role `app`, says how its reports end, and asks for its evidence. */
async function collect(
  scene: Scene,
  part: {
    role?: Omit<SeedRole, "name">;
    behaviour?: ReportBehaviour;
    level?: Evidence["level"];
    session?: SessionOptions;
  } = {},
): Promise<Evidence | Failure> {
  const { role = FIVE, behaviour = {}, level = "service" } = part;
  await scene.seed({ roles: [{ name: "app", ...role }] });
  scene.aws.proxy.lastAccessed.behave({ account: scene.account, role: "app" }, behaviour);
  const session = await scene.session(part.session);
  return await collectEvidence(session, scene.arn("app"), { level, clock: scene.clock });
}

const reasonOf = (got: Evidence | Failure) =>
  "reason" in got ? got.reason : `evidence: ${got.source}`;
const detailOf = (got: Evidence | Failure) => "reason" in got ? got.detail : "evidence";

/** Rewrites every answer about a report. */
function rewriting(rewrite: (xml: string) => string): Rewrite {
  return { appliesTo: ({ action }) => action === GET.action, rewrite };
}

repoTest("a role that is gone has no evidence", async (scene) => {
  const session = await scene.session();
  const got = await collectEvidence(session, scene.arn("gone"), {
    level: "service",
    clock: scene.clock,
  });
  assert.deepEqual([reasonOf(got), scene.asked()], ["role-gone", [
    "GenerateServiceLastAccessedDetails",
  ]]);
  assert.match(detailOf(got), /does not know arn:aws:iam::\d{12}:role\/gone/);
});

repoTest("a report that failed says why", async (scene) => {
  const got = await collect(scene, { behaviour: { failure: { code: "X", message: "Too much" } } });
  assert.deepEqual(got, { reason: "report-failed", detail: "The report failed: Too much (X)" });
});

repoTest("a report that never ends is given up after a minute", async (scene) => {
  const begun = scene.clock.monotonicMs();
  const got = await collect(scene, { behaviour: { pending: 1000 } });
  assert.equal(reasonOf(got), "report-not-complete");
  const took = scene.clock.monotonicMs() - begun;
  assert.ok(took > 50_000 && took <= 60_000, `${took} ms`);
});

repoTest("a lost report is asked for once more, and not a third time", async (scene) => {
  assert.equal(reasonOf(await collect(scene, { behaviour: { lost: 1 } })), "evidence: iam");
  assert.equal(scene.asked().filter((one) => one.startsWith("Generate")).length, 2);
  scene.aws.proxy.clearCalls();
  scene.aws.proxy.lastAccessed.behave({ account: scene.account, role: "app" }, { lost: 2 });
  const session = await scene.session();
  const got = await collectEvidence(session, scene.arn("app"), {
    level: "service",
    clock: scene.clock,
  });
  assert.equal(reasonOf(got), "report-lost");
  assert.equal(scene.asked().filter((one) => one.startsWith("Generate")).length, 2);
});

repoTest("a page that says that there is more and not where leaves no evidence", async (scene) => {
  scene.aws.proxy.rewrite(loseMarker(GET));
  const got = await collect(scene, { behaviour: { page: 2 } });
  assert.equal(reasonOf(got), "report-incomplete");
  assert.match(detailOf(got), /there is more and not where/);
});

repoTest("a marker that repeats leaves no evidence", async (scene) => {
  scene.aws.proxy.rewrite(repeatMarker(GET));
  const got = await collect(scene, { behaviour: { page: 2 } });
  assert.equal(reasonOf(got), "report-incomplete");
  assert.match(detailOf(got), /the same page token twice/);
});

const WRONG_PAGES: [what: string, reason: string, rewrite: (xml: string, nth: number) => string][] =
  [
    [
      "of another moment",
      "report-contradicts",
      (xml, nth) => nth === 1 ? xml : xml.replace(/(<JobCompletionDate>)\d{4}/, "$12020"),
    ],
    [
      "in other detail",
      "report-contradicts",
      (xml) => xml.replace("SERVICE_LEVEL", "ACTION_LEVEL"),
    ],
    [
      "that is in progress again",
      "report-contradicts",
      (xml, nth) => nth === 1 ? xml : xml.replace("COMPLETED", "IN_PROGRESS"),
    ],
    [
      "in a state that nobody knows",
      "report-incomplete",
      (xml) => xml.replace("COMPLETED", "PERHAPS"),
    ],
    [
      "without its list",
      "report-incomplete",
      (xml) => xml.replace(/<ServicesLastAccessed>.*<\/ServicesLastAccessed>/s, ""),
    ],
    [
      "without its completion",
      "report-incomplete",
      (xml) => xml.replace(/<JobCompletionDate>[^<]*<\/JobCompletionDate>/, ""),
    ],
    [
      "with a service twice",
      "report-contradicts",
      (xml) =>
        xml.replace(
          /<ServiceNamespace>[ab]<\/ServiceNamespace>/g,
          "<ServiceNamespace>s3</ServiceNamespace>",
        ),
    ],
    [
      "with a service that has no name",
      "report-malformed",
      (xml) => xml.replace("<ServiceNamespace>a</ServiceNamespace>", ""),
    ],
    [
      "with a service that is no name",
      "report-malformed",
      (xml) => xml.replace(">b</ServiceNamespace>", ">__proto__</ServiceNamespace>"),
    ],
    [
      "with a use that is no date",
      "report-malformed",
      (xml) => xml.replace(/(<LastAuthenticated>)[^<]*/, "$1yesterday"),
    ],
    [
      "with a use in epoch seconds, which IAM never writes",
      "report-malformed",
      (xml) => xml.replace(/(<LastAuthenticated>)[^<]*/, "$11700000000"),
    ],
    [
      "with a use that has not come yet",
      "report-contradicts",
      (xml) => xml.replace(/(<LastAuthenticated>)\d{4}/, "$12099"),
    ],
    [
      "that was completed in the future",
      "report-contradicts",
      (xml) => xml.replace(/(<JobCompletionDate>)\d{4}/, "$12099"),
    ],
    ["that is cut short", "incomplete-answer", (xml) => xml.slice(0, xml.length / 2)],
  ];
for (const [what, reason, rewrite] of WRONG_PAGES) {
  repoTest(`a page ${what} leaves no evidence`, async (scene) => {
    let nth = 0;
    scene.aws.proxy.rewrite(rewriting((xml) => rewrite(xml, ++nth)));
    const role = { ...FIVE, uses: { a: 3 } };
    const got = await collect(scene, { role, behaviour: { page: 3 } });
    assert.equal(reasonOf(got), reason, detailOf(got));
  });
}

repoTest("throttling slows down, and what is throttled for good is a failure", async (scene) => {
  scene.aws.proxy.onCall(throttle(GET, 2));
  scene.aws.proxy.onCall(throttle(GENERATE, 2));
  assert.equal(reasonOf(await collect(scene, { session: { attempts: 3 } })), "evidence: iam");
  scene.aws.proxy.onCall(throttle(GET));
  const session = await scene.session({ attempts: 3 });
  const options = { level: "service", clock: scene.clock } as const;
  const got = await collectEvidence(session, scene.arn("app"), options);
  assert.equal(reasonOf(got), "throttled");
});

repoTest("what AWS refuses, or cuts, is a failure of this role", async (scene) => {
  scene.aws.proxy.onCall(failWith(GENERATE, "AccessDenied", 1));
  assert.equal(reasonOf(await collect(scene)), "access-denied");
  const options = { level: "service", clock: scene.clock } as const;
  scene.aws.proxy.onCall(once(GET, { kind: "truncate", how: "cut" }));
  const cut = await collectEvidence(await scene.session(), scene.arn("app"), options);
  assert.equal(reasonOf(cut), "incomplete-answer");
  const undeclared = await scene.session({ declared: [GENERATE.action] });
  const got = await collectEvidence(undeclared, scene.arn("app"), options);
  assert.equal(reasonOf(got), "undeclared-action");
});

repoTest("a signal goes up, also while a report is waited for", async (scene) => {
  const abort = new AbortController();
  scene.aws.proxy.onCall(always(GET, {
    kind: "delay",
    ms: 0,
    afterEffect: () => abort.abort(new InterruptedError()),
  }));
  await assert.rejects(
    collect(scene, { behaviour: { pending: 5 }, session: { signal: abort.signal } }),
    (error: Error) => error instanceof InterruptedError || error.name === "AbortError",
  );
});

repoTest("evidence is every service of every page, with its last use", async (scene) => {
  const role = { ...FIVE, uses: { a: 3, c: 400 } };
  const got = await collect(scene, { role, behaviour: { page: 2, pending: 2 } }) as Evidence;
  assert.deepEqual([got.source, got.level], ["iam", "service"]);
  assert.deepEqual(Object.keys(got.services), ["a", "b", "c", "d", "e"]);
  const day = (ago: number) =>
    new Date(scene.aws.proxy.now() - ago * 86_400_000).toISOString().slice(0, 10);
  assert.equal(got.services["a"]?.lastUsed?.slice(0, 10), day(3));
  assert.equal(got.services["c"]?.lastUsed?.slice(0, 10), day(400));
  assert.deepEqual(got.services["b"], { lastUsed: null, region: null, actions: null });
  assert.equal(got.services["a"]?.region, "us-east-1");
  assert.ok(Math.abs(Date.parse(got.completedAt) - scene.aws.proxy.now()) < 60_000);
});

repoTest("a big report is one page, and asked for at once", async (scene) => {
  const many = Array.from({ length: 150 }, (_, index) => `service${index}:*`);
  const got = await collect(scene, { role: { inline: { main: allowing(...many) } } }) as Evidence;
  assert.equal(Object.keys(got.services).length, 150);
  assert.deepEqual(scene.asked(), [
    "GenerateServiceLastAccessedDetails",
    "GetServiceLastAccessedDetails",
  ]);
});

repoTest(
  "at action level each tracked action has its date, and a used one its service",
  async (scene) => {
    scene.aws.proxy.lastAccessed.track("ec2", ["RunInstances", "StopInstances"]);
    const got = await collect(scene, {
      level: "action",
      role: {
        inline: { main: allowing("ec2:*", "sqs:*") },
        uses: { ec2: { service: 200, actions: { RunInstances: 2 } } },
      },
    }) as Evidence;
    const { ec2, sqs } = got.services;
    assert.equal(got.level, "action");
    assert.equal(sqs?.actions, null);
    assert.deepEqual(Object.keys(ec2?.actions ?? {}), ["RunInstances", "StopInstances"]);
    assert.equal(ec2?.actions?.["StopInstances"], null);
    assert.equal(ec2?.lastUsed, ec2?.actions?.["RunInstances"]);
  },
);

repoTest(
  "a role without any service in its report has evidence that speaks of nothing",
  async (scene) => {
    const got = await collect(scene, { behaviour: { services: [] } }) as Evidence;
    assert.deepEqual(got.services, {});
  },
);
