import assert from "assert";
import { always } from "../aws/faults.ts";
import { type DoorsClient, withDoorsClient } from "./doors_client.ts";
import { loginTimesText, measureLogins, WITHOUT } from "./doors_login_time.ts";

/** What keeps whoever waits for it. The client waits for an answer of each for a second and more. */
const SLOW: Readonly<Record<string, (client: DoorsClient) => void>> = {
  "the metadata service does not answer": ({ metadata }) => metadata.behaviour = "hangs",
  "the metadata service is slow": ({ metadata }) => metadata.behaviour = { delayMs: 1_500 },
  "SQS does not answer": ({ proxy }) => {
    proxy.onCall(always({ service: "sqs" }, { kind: "hang" }));
  },
};

const LOGINS = 9;

for (const [name, slow] of Object.entries(SLOW)) {
  Deno.test(`${name}: no login waits for it`, () =>
    withDoorsClient(async (client, alice) => {
      const without = await client.machine.startSshd(WITHOUT);
      slow(client);
      const sending = sendUntil(client);
      const times = await measureLogins(alice, without, LOGINS);
      await sending.stop();
      assert.ok(times.withMs - times.withoutMs < 1_000, loginTimesText(times));
    }));
}

Deno.test("the time that the client takes is measured", () =>
  withDoorsClient(async (client, alice) => {
    const times = await measureLogins(alice, await client.machine.startSshd(WITHOUT), 40);
    console.log(`  ${loginTimesText(times)}`);
    await client.drainAll();
    assert.equal((await client.received()).length, 40);
  }));

/** Sends again and again, as the timer does, until it is stopped. */
function sendUntil(client: DoorsClient): { stop(): Promise<void> } {
  let stopped = false;
  const sending = (async () => {
    while (!stopped) await client.drain();
  })();
  return {
    stop: () => {
      stopped = true;
      return sending;
    },
  };
}
