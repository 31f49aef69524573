import assert from "assert";
import { readAardvark } from "../../../../runners/repo/migration/aardvark.ts";
import { aardvarkRows } from "../../../../runners/repo/verbs/access_export.ts";
import type { Evidence, Failure } from "../../../../runners/repo/observed.ts";

const NOW = new Date("2026-11-20T12:00:00.000Z");
const DAY_MS = 86_400_000;
const APP = "arn:aws:iam::111111111111:role/team/App";
const JOB = "arn:aws:iam::111111111111:role/job";

const row = (serviceNamespace: unknown, lastAuthenticated: unknown, more: object = {}) => ({
  serviceName: "Amazon Something",
  serviceNamespace,
  lastAuthenticated,
  lastAuthenticatedEntity: APP,
  totalAuthenticatedEntities: 1,
  lastUpdated: "Thu, 19 Nov 2026 12:00:00 GMT",
  ...more,
});

interface Request {
  readonly url: URL;
  readonly body: unknown;
}

/** Asks an Aardvark that answers page by page with these bodies. */
async function ask(
  answers: readonly unknown[] | ((page: number) => Response),
  arns: readonly string[] = [APP],
  options: { api?: string; maxAgeMs?: number; signal?: AbortSignal } = {},
): Promise<{ got: ReadonlyMap<string, Evidence | Failure>; requests: Request[] }> {
  const requests: Request[] = [];
  const fetch = (input: unknown, init: RequestInit = {}) => {
    const url = new URL(String(input));
    requests.push({ url, body: JSON.parse(String(init.body)) });
    const page = Number(url.searchParams.get("page"));
    if (typeof answers === "function") return Promise.resolve(answers(page));
    const body = answers[page - 1];
    return Promise.resolve(new Response(typeof body === "string" ? body : JSON.stringify(body)));
  };
  const { api = "http://127.0.0.1:5000", maxAgeMs = 5 * DAY_MS } = options;
  const signal = options.signal ?? new AbortController().signal;
  const got = await readAardvark(api, arns, {
    fetch: fetch as typeof globalThis.fetch,
    signal,
    now: NOW,
    maxAgeMs,
  });
  return { got, requests };
}

const page = (roles: Record<string, unknown>, part: object = {}) => ({
  page: 1,
  count: Object.keys(roles).length,
  total: Object.keys(roles).length,
  ...roles,
  ...part,
});

const reasons = (got: ReadonlyMap<string, Evidence | Failure>) =>
  [...got.values()].map((one) => "reason" in one ? one.reason : "evidence");

const NONSENSE: [what: string, answers: readonly unknown[], reason: string][] = [
  ["no JSON", ["<html>"], "report-malformed"],
  ["a list", [[]], "report-malformed"],
  ["null", [null], "report-malformed"],
  ["no total", [{ page: 1, count: 0 }], "report-malformed"],
  ["a total in words", [page({}, { total: "many" })], "report-malformed"],
  ["a count that is not so", [page({ [APP]: [row("s3", 0)] }, { count: 2 })], "report-contradicts"],
  ["another page", [page({ [APP]: [row("s3", 0)] }, { page: 7 })], "report-contradicts"],
  ["fewer roles than it has", [
    page({ [JOB]: [row("s3", 0)] }, { total: 2 }),
    page({}, { page: 2, total: 2 }),
  ], "report-incomplete"],
  ["a role twice", [
    page({ [APP]: [row("s3", 0)] }, { total: 2 }),
    page({ [APP.toUpperCase().replace("ARN:", "arn:")]: [] }, { page: 2, total: 2 }),
  ], "report-contradicts"],
  ["no rows", [page({ [APP]: [] })], "not-in-aardvark"],
  ["rows that are none", [page({ [APP]: { s3: 1 } })], "report-malformed"],
  ["a service without a name", [page({ [APP]: [row("", 0)] })], "report-malformed"],
  ["a service named __proto__", [page({ [APP]: [row("__proto__", 0)] })], "report-malformed"],
  ["a use in words", [page({ [APP]: [row("s3", "lately")] })], "report-malformed"],
  ["a use before time began", [page({ [APP]: [row("s3", -5)] })], "report-malformed"],
  ["a use that is missing", [page({ [APP]: [row("s3", undefined)] })], "report-malformed"],
  [
    "a use that is yet to come",
    [page({ [APP]: [row("s3", NOW.getTime() + DAY_MS)] })],
    "report-contradicts",
  ],
  ["an update that is yet to come", [
    page({ [APP]: [row("s3", 0, { lastUpdated: "2027-01-01T00:00:00Z" })] }),
  ], "report-contradicts"],
  [
    "an update that is no instant",
    [page({ [APP]: [row("s3", 0, { lastUpdated: "?" })] })],
    "report-malformed",
  ],
  [
    "a service with two uses",
    [page({ [APP]: [row("s3", 0), row("s3", 1_700_000_000)] })],
    "report-contradicts",
  ],
  [
    "an old update",
    [page({ [APP]: [row("s3", 0, { lastUpdated: "2026-11-01T00:00:00" })] })],
    "evidence-stale",
  ],
  ["another role of a like name", [page({ [`${APP}2`]: [row("s3", 0)] })], "not-in-aardvark"],
];
for (const [what, answers, reason] of NONSENSE) {
  Deno.test(`an Aardvark that answers with ${what} leaves no evidence`, async () => {
    const { got } = await ask(answers);
    assert.deepEqual(reasons(got), [reason], JSON.stringify([...got]));
  });
}

Deno.test("an Aardvark that refuses or cannot be reached leaves no evidence", async () => {
  const { got } = await ask(() => new Response("no", { status: 500 }), [APP, JOB]);
  assert.deepEqual(reasons(got), ["aardvark-refused", "aardvark-refused"]);
  assert.match(JSON.stringify(got.get(APP)), /status 500. Check repo.aardvark.api/);
  const unreachable = await ask(() => {
    throw new TypeError("connection refused");
  });
  assert.deepEqual(reasons(unreachable.got), ["aardvark-unreachable"]);
});

Deno.test("a signal goes up", async () => {
  const abort = new AbortController();
  abort.abort();
  await assert.rejects(
    ask(
      () => {
        throw abort.signal.reason;
      },
      [APP],
      { signal: abort.signal },
    ),
    { name: "AbortError" },
  );
});

Deno.test("only roles that were asked for have evidence, whatever case Aardvark writes", async () => {
  const { got, requests } = await ask([page({
    [APP.toLowerCase()]: [
      row("s3", 1_763_000_000_000, { lastUpdated: "2026-11-18 12:00:00" }),
      row("sqs", 1_763_000_000),
      row("ec2", 0),
    ],
    "arn:aws:iam::111111111111:role/nobody-asked": [row("iam", 0)],
  })], [APP, JOB]);
  assert.deepEqual(got.get(APP), {
    source: "aardvark",
    level: "service",
    completedAt: "2026-11-18T12:00:00.000Z",
    services: {
      s3: { lastUsed: "2025-11-13T02:13:20.000Z", region: null, actions: null },
      sqs: { lastUsed: "2025-11-13T02:13:20.000Z", region: null, actions: null },
      ec2: { lastUsed: null, region: null, actions: null },
    },
  });
  assert.deepEqual(reasons(got), ["evidence", "not-in-aardvark"]);
  const [request] = requests;
  assert.deepEqual([request?.url.pathname, request?.url.search], [
    "/api/1/advisors",
    "?page=1&count=100",
  ]);
  assert.deepEqual(request?.body, { arn: [APP, JOB] });
});

Deno.test("all pages are read, and many roles are asked for in parts", async () => {
  const pages = [
    page({ [APP]: [row("s3", 0)] }, { total: 2 }),
    page({ [JOB]: [row("sqs", 0)] }, { page: 2, total: 2 }),
  ];
  assert.deepEqual(reasons((await ask(pages, [APP, JOB])).got), ["evidence", "evidence"]);
  const many = Array.from({ length: 250 }, (_, index) => `${JOB}-${index}`);
  const { got, requests } = await ask([page({})], many);
  assert.deepEqual([got.size, requests.length], [250, 3]);
});

Deno.test("its address may have the path of the API in it, as Repokid's setting has", async () => {
  const paths: [api: string, path: string][] = [
    ["http://127.0.0.1:5000", "/api/1/advisors"],
    ["http://127.0.0.1:5000/", "/api/1/advisors"],
    ["http://127.0.0.1:5000/aardvark/", "/aardvark/api/1/advisors"],
    ["http://127.0.0.1:5000/api/1/advisors", "/api/1/advisors"],
  ];
  for (const [api, path] of paths) {
    const { requests } = await ask([page({})], [APP], { api });
    assert.equal(requests[0]?.url.pathname, path, api);
  }
});

Deno.test("evidence that is written as Aardvark's rows is read back the same", async () => {
  const evidence: Evidence = {
    source: "aardvark",
    level: "service",
    completedAt: "2026-11-19T12:00:00.000Z",
    services: {
      ec2: { lastUsed: null, region: null, actions: null },
      s3: { lastUsed: "2026-11-17T08:30:00.000Z", region: null, actions: null },
    },
  };
  const rows = aardvarkRows(APP, evidence);
  assert.deepEqual(rows, [
    {
      lastAuthenticated: 0,
      lastAuthenticatedEntity: null,
      lastUpdated: "Thu, 19 Nov 2026 12:00:00 GMT",
      serviceName: "ec2",
      serviceNamespace: "ec2",
      totalAuthenticatedEntities: 0,
    },
    {
      lastAuthenticated: 1_794_904_200_000,
      lastAuthenticatedEntity: APP,
      lastUpdated: "Thu, 19 Nov 2026 12:00:00 GMT",
      serviceName: "s3",
      serviceNamespace: "s3",
      totalAuthenticatedEntities: 1,
    },
  ]);
  const { got } = await ask([page({ [APP]: rows })]);
  assert.deepEqual(got.get(APP), evidence);
});
