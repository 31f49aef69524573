import assert from "assert";
import { createHash } from "node:crypto";
import { messageSha256 } from "../../../../runners/core/attest/message_hash.ts";
import type { JsonObject } from "../../../../runners/core/json.ts";

const hashOf = (text: string) => messageSha256(JSON.parse(text) as JsonObject);

Deno.test("the hash is that of the canonical text without the proof", () => {
  const canonical = '{"a":1,"b":{"c":"ä","d":[2,1]}}';
  assert.equal(
    hashOf('{ "b": {"d":[2,1.0],"c":"\\u00e4"}, "proof": {"url":"x"}, "a": 1 }'),
    createHash("sha256").update(canonical).digest("hex"),
  );
});

/** Messages that are not `{"a":1}`, and so have another hash. */
const others = [
  '{"a":2}',
  '{"a":"1"}',
  '{"a":1,"new":null}',
  '{"a":1,"__proto__":{}}',
  '{"a":1,"Proof":{}}',
  '{"a":1,"b":{"proof":{}}}',
  "{}",
];

for (const text of others) {
  Deno.test(`${text} has another hash than {"a":1}`, () => {
    assert.notEqual(hashOf(text), hashOf('{"a":1}'));
  });
}
