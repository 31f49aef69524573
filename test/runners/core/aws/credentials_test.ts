import assert from "assert";
import { STSClient } from "@aws-sdk/client-sts";
import type { AwsCredentialIdentity } from "@smithy/types";
import { CALL_POLICY } from "../../../../runners/core/aws/call_policy.ts";
import { makeClient } from "../../../../runners/core/aws/clients.ts";
import { renewingCredentials } from "../../../../runners/core/aws/credentials.ts";
import { RateBudget } from "../../../../runners/core/aws/rate_budget.ts";
import { ManualClock } from "../manual_clock.ts";

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;

/** A source of credentials that are good for an hour, and how often it was asked. */
function scene(livesMs: number | null = HOUR) {
  const clock = new ManualClock();
  const state = { asked: 0, failing: false };
  const ask = (): Promise<AwsCredentialIdentity> => {
    state.asked++;
    if (state.failing) return Promise.reject(new Error("STS is away"));
    return Promise.resolve({
      accessKeyId: `key ${state.asked}`,
      secretAccessKey: "secret",
      ...(livesMs === null ? {} : { expiration: new Date(clock.now().getTime() + livesMs) }),
    });
  };
  return { clock, state, provider: renewingCredentials(ask, clock) };
}

Deno.test("credentials that cannot be had at first are an error, and asked for again", async () => {
  const { state, provider } = scene();
  state.failing = true;
  await assert.rejects(provider(), { message: "STS is away" });
  state.failing = false;
  assert.equal((await provider()).accessKeyId, "key 2");
});

Deno.test("credentials are asked for once and used until five minutes before their end", async () => {
  const { clock, state, provider } = scene();
  assert.equal((await provider()).accessKeyId, "key 1");
  await clock.advance(HOUR - 5 * MINUTE);
  assert.equal((await provider()).accessKeyId, "key 1");
  assert.equal(state.asked, 1);
  await clock.advance(1);
  assert.equal((await provider()).accessKeyId, "key 2");
  assert.equal((await provider()).accessKeyId, "key 2");
  assert.equal(state.asked, 2);
});

Deno.test("while renewals fail, good credentials are used on, and asked for every 15 s", async () => {
  const { clock, state, provider } = scene();
  await provider();
  state.failing = true;
  await clock.advance(HOUR - 4 * MINUTE);
  for (const asked of [2, 2]) {
    assert.equal((await provider()).accessKeyId, "key 1");
    assert.equal(state.asked, asked);
  }
  await clock.advance(15 * SECOND - 1);
  await provider();
  assert.equal(state.asked, 2);
  await clock.advance(1);
  await provider();
  assert.equal(state.asked, 3);
});

Deno.test("credentials are never used in their last 30 seconds", async () => {
  const { clock, state, provider } = scene();
  await provider();
  state.failing = true;
  await clock.advance(HOUR - 30 * SECOND);
  assert.equal((await provider()).accessKeyId, "key 1");
  await clock.advance(1);
  await assert.rejects(provider(), { message: "STS is away" });
  state.failing = false;
  assert.equal((await provider()).accessKeyId, "key 4");
});

Deno.test("a renewal that succeeds after failures is used at once", async () => {
  const { clock, state, provider } = scene();
  await provider();
  await clock.advance(HOUR - 2 * MINUTE);
  state.failing = true;
  await provider();
  state.failing = false;
  await clock.advance(15 * SECOND);
  assert.equal((await provider()).accessKeyId, "key 3");
});

Deno.test("however many ask at once, the source is asked once", async () => {
  const { clock, state, provider } = scene();
  const ten = () => Promise.all(Array.from({ length: 10 }, () => provider()));
  assert.ok((await ten()).every(({ accessKeyId }) => accessKeyId === "key 1"));
  assert.equal(state.asked, 1);
  await clock.advance(HOUR);
  assert.ok((await ten()).every(({ accessKeyId }) => accessKeyId === "key 2"));
  assert.equal(state.asked, 2);
  state.failing = true;
  await clock.advance(HOUR - MINUTE);
  assert.ok((await ten()).every(({ accessKeyId }) => accessKeyId === "key 2"));
  assert.equal(state.asked, 3);
});

Deno.test("credentials without an end are asked for once and for ever", async () => {
  const { clock, state, provider } = scene(null);
  await provider();
  await clock.advance(1_000 * HOUR);
  await provider();
  assert.equal(state.asked, 1);
});

Deno.test("a source that only has old credentials is not asked at every request", async () => {
  const { clock, state, provider } = scene(4 * MINUTE);
  await provider();
  await provider();
  await provider();
  assert.ok(state.asked <= 2, `asked ${state.asked} times`);
  await clock.advance(15 * SECOND);
  await provider();
  assert.ok(state.asked <= 3, `asked ${state.asked} times`);
});

Deno.test("the SDK is not shown the end, so that it has no opinion of its own", async () => {
  const { provider } = scene();
  assert.deepEqual(await provider(), { accessKeyId: "key 1", secretAccessKey: "secret" });
});

Deno.test("an SDK client takes the renewed credentials, not those it was first given", async () => {
  const { clock, provider } = scene();
  const client = makeClient(STSClient, "us-east-1", {
    role: "audit-observe",
    declared: new Set<string>(),
    credentials: provider,
    writes: false,
    account: "111111111111",
    budget: new RateBudget(clock),
    policy: CALL_POLICY,
    signal: new AbortController().signal,
  }) as STSClient;
  assert.equal((await client.config.credentials()).accessKeyId, "key 1");
  await clock.advance(HOUR);
  assert.equal((await client.config.credentials()).accessKeyId, "key 2");
  client.destroy();
});
