import assert from "assert";
import { stsOf } from "../../../runners/adapters/sts/ask_sts.ts";
import { InterruptedError } from "../../../runners/core/errors.ts";

const HOST = "sts.us-east-1.amazonaws.com";
const QUERY = "?Action=GetCallerIdentity&X-Amz-Security-Token=SECRET%2F1";
const HEADERS = { "x-groundskeeper-audience": "queue|hash" };

type Answering = (request: Request) => Response | Promise<Response>;

/** A server in the place of STS, and what asks it. */
function serverScene(answering: Answering, answerMs = 10_000) {
  const requests: { method: string; url: URL; headers: [string, string][] }[] = [];
  // A request that hangs would keep it from ending.
  const stop = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, signal: stop.signal, onListen: () => {} },
    async (request) => {
      const { method, url, headers } = request;
      requests.push({ method, url: new URL(url), headers: [...headers] });
      return await answering(request);
    },
  );
  const origin = `http://127.0.0.1:${server.addr.port}`;
  return {
    origin,
    requests,
    ask: (
      variables: { readonly [name: string]: string } = { AWS_ENDPOINT_URL: origin },
      { signal = new AbortController().signal, url = `https://${HOST}/${QUERY}` } = {},
    ) => stsOf((name) => variables[name], { answerMs })({ url, headers: HEADERS }, signal),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await server.finished;
    },
  };
}

/** Asserts that it fails with these words, and tells the token nowhere. */
async function fails(asking: Promise<unknown>, says: string): Promise<void> {
  await assert.rejects(asking, (error: Error) => {
    assert.equal(error.message, `Cannot check a proof: STS was asked, and ${says}`);
    assert.doesNotMatch(Deno.inspect(error), /SECRET/);
    return true;
  });
}

Deno.test("the request is sent as it was signed, to the endpoint of the environment", async () => {
  await using scene = serverScene(() => new Response("<ok/>", { status: 403 }));
  assert.deepEqual(await scene.ask(), { status: 403, body: "<ok/>" });
  const [request] = scene.requests;
  const own = request?.headers.filter(([name]) => /^(host|x-|authorization|cookie)/.test(name));
  assert.deepEqual([request?.method, request?.url.pathname, request?.url.search, own?.sort()], [
    "GET",
    "/",
    QUERY,
    [["host", HOST], ...Object.entries(HEADERS)],
  ]);
});

Deno.test("without such an endpoint the URL itself is asked", async () => {
  await using scene = serverScene(() => new Response("<ok/>"));
  const url = `${scene.origin}/${QUERY}`;
  for (
    const variables of [{}, {
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true",
      AWS_ENDPOINT_URL: "http://127.0.0.1:1",
    }]
  ) {
    assert.deepEqual(await scene.ask(variables, { url }), { status: 200, body: "<ok/>" });
  }
});

Deno.test("the endpoint of STS goes before that of all services, and keeps its path", async () => {
  await using scene = serverScene(() => new Response("<ok/>"));
  await scene.ask({
    AWS_ENDPOINT_URL_STS: `${scene.origin}/sts/`,
    AWS_ENDPOINT_URL: "http://127.0.0.1:1",
  });
  assert.deepEqual(scene.requests.map(({ url }) => url.pathname), ["/sts/"]);
});

Deno.test("no redirect is followed", async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    await using scene = serverScene(({ url }) =>
      new Response(null, { status, headers: { location: `${new URL(url).origin}/evil` } })
    );
    assert.deepEqual(await scene.ask(), { status, body: "" });
    assert.equal(scene.requests.length, 1);
  }
});

/** A body that goes on until nobody reads it. */
function endless(part: string, everyMs: number): Response {
  let timer: ReturnType<typeof setInterval> | undefined;
  const bytes = new TextEncoder().encode(part);
  return new Response(
    new ReadableStream({
      start: (controller) => void (timer = setInterval(() => controller.enqueue(bytes), everyMs)),
      cancel: () => clearInterval(timer),
    }),
  );
}

const faults: readonly {
  readonly what: string;
  readonly answering: Answering;
  readonly says: string;
}[] = [
  {
    what: "65,537 characters",
    answering: () => new Response("x".repeat(65_537)),
    says: "it answered more than 65536 characters",
  },
  {
    what: "an answer without an end",
    answering: () => endless("x".repeat(1_000), 0),
    says: "it answered more than 65536 characters",
  },
  {
    what: "no answer",
    answering: () => new Promise(() => {}),
    says: "it did not answer within 300 ms",
  },
  {
    what: "an answer that comes by drops",
    answering: () => endless("x", 50),
    says: "it did not answer within 300 ms",
  },
];

for (const { what, answering, says } of faults) {
  Deno.test(`${what}: the message is tried again, and no secret is told`, async () => {
    await using scene = serverScene(answering, 300);
    await fails(scene.ask(), says);
  });
}

Deno.test("65,536 characters are read", async () => {
  await using scene = serverScene(() => new Response("x".repeat(65_536)));
  assert.equal((await scene.ask()).body.length, 65_536);
});

Deno.test("where nobody listens, the fault has no URL in it", async () => {
  const scene = serverScene(() => new Response());
  await scene[Symbol.asyncDispose]();
  await fails(scene.ask(), "its host refused the connection");
});

Deno.test("a signal cuts the question, with its own reason", async () => {
  const stop = new AbortController();
  await using scene = serverScene(() => {
    stop.abort(new InterruptedError());
    return new Response("late");
  });
  await assert.rejects(
    scene.ask(undefined, { signal: stop.signal }),
    (error) => error === stop.signal.reason,
  );
});
