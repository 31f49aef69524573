import assert from "assert";
import { LOGIN_SCHEMA } from "../../runners/core/contract/login.ts";
import { logIn, sshCommand } from "./doors.ts";
import { withDoorsClient } from "./doors_client.ts";
import { SPOOL } from "./installed_client.ts";

/** When the client is killed, in milliseconds after its start. */
const MOMENTS = [...Array.from({ length: 50 }, (_, at) => at + 1), 100, 200, 400, 800];

Deno.test("a client that is killed leaves a complete event or none, and the login works", () =>
  withDoorsClient(async (client, alice) => {
    for (const ms of MOMENTS) {
      const seconds = (ms / 1_000).toFixed(3);
      await client.prefixReport("sshd", `/usr/bin/timeout --signal=KILL ${seconds} `);
      await logIn(alice);
    }
    await client.drainAll();
    const messages = await client.received();
    const facts = messages.map(({ schema, event, pam, ssh }) =>
      [schema, event, pam?.user, ssh?.method].join()
    );
    assert.deepEqual([...new Set(facts)], [`${LOGIN_SCHEMA},session_open,alice,publickey`]);
    assert.equal(new Set(messages.map(({ id }) => id)).size, messages.length);
    assert.ok(messages.length < MOMENTS.length, "no client was killed before its event was there");
    // What was cut while it was written does not stand in the way of later events.
    await client.prefixReport("sshd", "");
    await logIn(alice);
    await client.drainAll();
    assert.equal((await client.received()).length, 1);
    const left = [...Deno.readDirSync(client.machine.path(SPOOL))].map(({ name }) => name);
    assert.deepEqual(left.filter((name) => name.endsWith(".json")), []);
  }));

/** Prints what happens to the files of events while somebody logs in. */
const WATCH = `
const watcher = Deno.watchFs("${SPOOL}", { recursive: false });
const [program, ...args] = Deno.args;
await new Deno.Command(program, { args }).output();
await Deno.writeTextFile("${SPOOL}/end", "");
for await (const { kind, paths } of watcher) {
  if (paths.some((path) => path.endsWith("/end"))) break;
  if (paths.some((path) => path.endsWith(".json"))) console.log(kind);
}
`;

Deno.test("an event is complete when its file appears, and nobody writes to it afterwards", () =>
  withDoorsClient(async ({ machine }, alice) => {
    const { stdout } = await machine.runWell([
      ...["deno", "eval", WATCH, "--"],
      ...sshCommand(alice, [], ["true"]),
    ]);
    assert.equal(stdout, "rename\n");
  }));
