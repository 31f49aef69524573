import assert from "assert";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { AwsAccessError, UndeclaredActionError } from "../../../runners/core/errors.ts";
import type { Store } from "../../../runners/core/store/store.ts";
import { failWith, type Fault, once } from "../../aws/faults.ts";
import "../../aws/start_shared_both.ts";
import { idsOf, isWritten, noise, put } from "../../conformance/store_asking.ts";
import { faultOf, MARK, putItem, storeTest } from "./dynamodb_scene.ts";
import { homeSession, openAt, openReadOnlyAt } from "./dynamodb_table.ts";

storeTest(
  "an expired row that TTL has not deleted yet is not there",
  async ({ store, at, clock }) => {
    const expires = { N: String(clock.now().getTime() / 1_000 - 86_400) };
    const expired = { revision: { N: "7" }, value: { S: '"old"' }, expires };
    const absent = { written: false, inTheWay: { kind: MARK.kind, id: MARK.id, row: undefined } };
    const time = { now: () => clock.now(), retentionMs: 1 };
    const own = await openAt(at, { clock, time });
    await putItem(at, expired);
    assert.equal(await own.get(MARK.kind, MARK.id), undefined);
    assert.deepEqual(await idsOf(own, MARK.kind), []);
    assert.deepEqual(await own.write([{ ...MARK, expect: 7 }]), absent);
    assert.deepEqual(await own.write([{ ...MARK, value: undefined, expect: 7 }]), absent);
    assert.equal(await isWritten(own, [{ ...MARK, value: undefined }]), true);
    await putItem(at, expired);
    assert.equal(await isWritten(own, [{ ...MARK, value: undefined, expect: "absent" }]), true);
    assert.equal(await isWritten(own, [MARK]), true);
    assert.equal((await store.get(MARK.kind, MARK.id))?.value, "first");
    own.close();
  },
);

const whole = { revision: { N: "7" }, value: { S: "1" } };

const DAMAGES: readonly (readonly [what: string, item: Record<string, AttributeValue>, RegExp])[] =
  [
    ["whose value is no JSON", { ...whole, value: { S: '{"a":' } }, /damaged \(.*JSON/],
    ["whose value is no text", { ...whole, value: { N: "1" } }, /damaged \(it has no value\)/],
    ["without a revision", { value: { S: "1" } }, /damaged \(it has no revision\)/],
    ["whose revision is 0", { ...whole, revision: { N: "0" } }, /damaged \(it has no revision\)/],
    [
      "whose end is no number",
      { ...whole, expires: { S: "x" } },
      /damaged \(its expires is no number\)/,
    ],
  ];

for (const [what, item, says] of DAMAGES) {
  storeTest(`an item ${what} is damaged, and named`, async ({ store, at }) => {
    await putItem(at, item);
    const works = [
      () => store.get(MARK.kind, MARK.id),
      () => idsOf(store, MARK.kind),
      () => store.write([{ ...MARK, expect: 99 }]),
    ];
    for (const work of works) {
      const { message } = await faultOf(work());
      assert.ok(message.startsWith('Cannot read the row "audit/mark" "i-1" of the store (Dyn'));
      assert.match(message, says);
    }
  });
}

const refused = (code: string, message: string): Fault => ({ kind: "error", code, message });

const DENIED: readonly (readonly [string, (store: Store) => Promise<unknown>, needs: string])[] = [
  ["dynamodb:GetItem", (store) => store.get("audit/mark", "i-1"), "dynamodb:GetItem"],
  ["dynamodb:Query", (store) => idsOf(store, "audit/mark"), "dynamodb:Query"],
  [
    "dynamodb:TransactWriteItems",
    (store) => store.write([MARK, { ...MARK, id: "i-2", value: undefined }]),
    "dynamodb:PutItem, dynamodb:ConditionCheckItem",
  ],
  [
    "dynamodb:BatchWriteItem",
    (store) => store.writeEach([{ kind: "audit/mark", id: "i-1", value: 1 }]),
    "dynamodb:BatchWriteItem",
  ],
];

for (const [action, work, needs] of DENIED) {
  storeTest(`a role that may not ${action} is exit 1, with what it needs`, async (scene) => {
    const { store, proxy, at } = scene;
    proxy.onCall(once({ action }, refused("AccessDeniedException", "not authorized")));
    const { message } = await faultOf(work(store));
    assert.ok(
      message.includes(
        `(DynamoDB table "${at.table}", us-east-1, account ${at.account}): ` +
          `AccessDeniedException: not authorized. Allow ${needs} on the table to ` +
          `arn:aws:iam::${at.account}:root. To see the policy: groundskeeper permissions audit ` +
          "--role home",
      ),
      message,
    );
  });
}

storeTest(
  "a role that may not look at the table is exit 1: the table may be there",
  async (scene) => {
    const { at, proxy } = scene;
    for (const action of ["dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive"]) {
      proxy.onCall(once({ action }, refused("AccessDeniedException", "not authorized")));
      const { message } = await faultOf(openReadOnlyAt(at, { isLocal: false }));
      assert.match(message, /^Cannot open the store \(/);
      assert.ok(message.includes(`Allow ${action} on the table`), message);
    }
  },
);

storeTest("an answer without its list is no empty list", async ({ store, proxy }) => {
  proxy.rewrite({ appliesTo: ({ action }) => action === "dynamodb:Query", rewrite: () => "{}" });
  const { message } = await faultOf(idsOf(store, "audit/mark"));
  assert.match(message, /Query answered without Items.*Check store.region and the network/);
});

storeTest("a table that is deleted under an open store is exit 1", async ({ store, proxy }) => {
  proxy.onCall(failWith({ service: "dynamodb" }, "ResourceNotFoundException"));
  const { message } = await faultOf(store.get("audit/mark", "i-1"));
  assert.match(message, /ResourceNotFoundException.*Look at the cause, then run again$/);
});

storeTest("a DynamoDB that cannot be reached is exit 1", async ({ at }) => {
  const { message } = await faultOf(openAt({ ...at, endpoint: "http://127.0.0.1:9" }));
  assert.match(
    message,
    /^Cannot open the store .*ECONNREFUSED.*Check store.region and the network/,
  );
});

storeTest("no credentials are exit 1", async ({ at }) => {
  const session = homeSession(at.account);
  const client: typeof session.client = (clientClass, region) => {
    const made = session.client(clientClass, region);
    const credentials = () =>
      Promise.reject(new AwsAccessError("no-credentials", "There are none"));
    Object.assign((made as { config: object }).config, { credentials });
    return made;
  };
  const { message } = await faultOf(openAt(at, { session: { ...session, client } }));
  assert.match(message, /: There are none\. Check the credentials/);
});

storeTest("credentials that AWS does not know are exit 1", async ({ store, proxy }) => {
  const fault = refused("UnrecognizedClientException", "The security token is invalid.");
  proxy.onCall(once({ service: "dynamodb" }, fault));
  const { message } = await faultOf(store.get("audit/mark", "i-1"));
  assert.match(
    message,
    /The security token is invalid.*Check the credentials, and that the Region/,
  );
});

storeTest("what the role does not declare is a defect, and not sent", async ({ at, proxy }) => {
  const session = homeSession(at.account, [
    "dynamodb:DescribeTable",
    "dynamodb:DescribeTimeToLive",
    "dynamodb:PutItem",
  ]);
  const store = await openAt(at, { session });
  proxy.clearCalls();
  await assert.rejects(
    store.write([{ ...MARK, value: undefined }]),
    new UndeclaredActionError("dynamodb:ConditionCheckItem", "audit-home"),
  );
  assert.deepEqual(proxy.calls, []);
  assert.equal(await isWritten(store, [MARK]), true);
  store.close();
});

storeTest("a page that ends in the middle goes on behind it", async ({ store, proxy }) => {
  const value = noise(300_000);
  for (const id of ["a", "b", "c", "d", "e"]) await put(store, "audit/mark", id, value);
  proxy.clearCalls();
  assert.deepEqual(await idsOf(store, "audit/mark"), ["a", "b", "c", "d", "e"]);
  assert.ok(proxy.calls.length > 1);
  for (const { parameters } of proxy.calls) assert.equal(parameters["ConsistentRead"], "true");
});
