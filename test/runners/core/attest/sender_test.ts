import assert from "assert";
import {
  judgeSender,
  senderOf,
  type SenderVerdict,
} from "../../../../runners/core/attest/sender.ts";

const ROLE = "AROA1234567890EXAMPLE";
const INSTANCE = "i-0123456789abcdef0";

/** SenderId, and what it is for a message of the instance under the role above. */
const senders: readonly (readonly [senderId: string, verdict: SenderVerdict])[] = [
  [`${ROLE}:${INSTANCE}`, "verified"],
  [`${ROLE}:i-0123456789abcdef1`, "sender-other-instance"],
  [`${ROLE}:i-01234567`, "sender-other-instance"],
  [`AROA0000000000EXAMPLE:${INSTANCE}`, "sender-other-role"],
  [`${ROLE}0:${INSTANCE}`, "sender-other-role"],
  [`${ROLE}:alice`, "no-instance-sender"],
  [`${ROLE}:${INSTANCE.toUpperCase()}`, "no-instance-sender"],
  [`${ROLE}:${INSTANCE}:${INSTANCE}`, "no-instance-sender"],
  [`${ROLE}:x${INSTANCE}`, "no-instance-sender"],
  [`${ROLE}:${INSTANCE}\n`, "no-instance-sender"],
  [`${ROLE}:`, "no-instance-sender"],
  [ROLE, "no-instance-sender"],
  [INSTANCE, "no-instance-sender"],
  [`AIDA1234567890EXAMPLE:${INSTANCE}`, "no-instance-sender"],
  ["AIDA1234567890EXAMPLE", "no-instance-sender"],
  [`${ROLE.toLowerCase()}:${INSTANCE}`, "no-instance-sender"],
  [`111111111111:aws:ec2-instance:${INSTANCE}`, "no-instance-sender"],
  ["111111111111", "no-instance-sender"],
  ["", "no-instance-sender"],
];

for (const [senderId, verdict] of senders) {
  Deno.test(`a message that ${JSON.stringify(senderId)} has sent: ${verdict}`, () => {
    assert.equal(judgeSender(senderId, INSTANCE, ROLE), verdict);
  });
}

Deno.test("a role session is its role and its name", () => {
  assert.deepEqual(senderOf(`${ROLE}:alice@example.com`), {
    roleId: ROLE,
    session: "alice@example.com",
  });
});
