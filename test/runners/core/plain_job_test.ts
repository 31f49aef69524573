import assert from "assert";
import type { Account, Session } from "../../../runners/core/aws/session.ts";
import { AwsAccessError, InterruptedError } from "../../../runners/core/errors.ts";
import type { Change } from "../../../runners/core/plan/change.ts";
import {
  eachRegion,
  plainApplier,
  plainPlan,
  plainSettle,
} from "../../../runners/core/plain_job.ts";

const place = { account: "111111111111", region: "us-east-1" };
const thing = (name: string, mark = "") => ({ arn: `arn:aws:x:::thing/${name}`, mark });
const change = (name: string): Change => ({
  ...place,
  kind: "x:Mark",
  id: name,
  action: "x:Mark",
  target: thing(name).arn,
  reason: "it has no mark",
  before: {},
  after: { mark: "set" },
});
const shows = ({ after }: Change, { mark }: { mark: string }) => mark === after["mark"];
const denied = new AwsAccessError("access-denied", "AccessDenied");

/** Reads two Regions of two accounts; what throws is told by account, or by account and Region. */
function reading(faults: Readonly<Record<string, Error>>) {
  const fail = (where: string) => {
    if (faults[where]) throw faults[where];
  };
  return eachRegion({
    scope: { accounts: ["a", "b"].map((id) => ({ id, name: null })), regions: ["r1", "r2"] },
    session: ({ id }: Account) => {
      fail(id);
      return Promise.resolve({ account: id } as Session);
    },
    progress: () => {},
  }, ({ account }, region) => {
    fail(`${account}/${region}`);
    return Promise.resolve([thing(`${account}-${region}`)]);
  });
}

Deno.test("a Region that cannot be read is a failure of its own, and the others are read", async () => {
  const { coverage, examined } = plainPlan(await reading({ "a/r2": denied }));
  assert.deepEqual([coverage.planned, coverage.proven], [4, 3]);
  assert.deepEqual(
    coverage.unproven.map(({ account, region, reason }) => [account, region, reason]),
    [
      ["a", "r2", "access-denied"],
    ],
  );
  assert.deepEqual(examined.map(({ account, region }) => `${account}/${region}`), [
    "a/r1",
    "b/r1",
    "b/r2",
  ]);
});

Deno.test("of an account that cannot be read no Region is read", async () => {
  const regions = await reading({ a: denied });
  assert.deepEqual(
    regions.map(({ account, region, failure }) => [`${account}/${region}`, failure?.reason]),
    [["a/r1", "access-denied"], ["a/r2", "access-denied"], ["b/r1", undefined], [
      "b/r2",
      undefined,
    ]],
  );
});

Deno.test("a signal is no failure of a Region: it ends the run", async () => {
  await assert.rejects(reading({ "b/r1": new InterruptedError() }), InterruptedError);
  await assert.rejects(reading({ b: new InterruptedError() }), InterruptedError);
});

Deno.test("an intent is settled by what is seen of its thing", () => {
  const seen = (things: ReturnType<typeof thing>[], failure = null) =>
    plainSettle(change("one"), [{ ...place, failure, things }], shows).verdict;
  const failure = { reason: "access-denied", detail: "" };
  const unread = plainSettle(change("one"), [{ ...place, failure, things: [] }], shows);
  assert.equal(unread.verdict, "unread");
  const elsewhere = [{
    ...place,
    region: "us-west-2",
    failure: null,
    things: [thing("one", "set")],
  }];
  assert.equal(plainSettle(change("one"), elsewhere, shows).verdict, "unread");
  assert.equal(seen([thing("other", "set")]), "unknown");
  assert.equal(seen([thing("one")]), "noEffect");
  assert.equal(seen([thing("one", "set")]), "done");
});

Deno.test("what is gone or not as planned is not written, and only what is seen is read back", async () => {
  const applier = plainApplier<Change, ReturnType<typeof thing>>({
    read: () => Promise.resolve([thing("free"), thing("taken", "set")]),
    stands: ({ mark }) => mark === "",
    write: () => Promise.resolve({ $metadata: { requestId: "request-1" } }),
    shows,
  });
  const changes = ["free", "taken", "gone"].map(change);
  assert.deepEqual([...(await applier.recheck(changes)).keys()], ["taken", "gone"]);
  const { signal } = new AbortController();
  assert.deepEqual(await applier.write(changes.slice(0, 1), signal), { requestId: "request-1" });
  assert.deepEqual([...await applier.readBack(changes, signal)], [["taken", {}]]);
});
