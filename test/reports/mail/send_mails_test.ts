import assert from "assert";
import { sendMails } from "../../../reports/mail/send_mails.ts";
import type { Delivery, MailServer, OutgoingMail } from "../../../reports/mail/smtp.ts";
import { MemoryStore } from "../../../runners/adapters/memory/memory_store.ts";
import { systemClock } from "../../../runners/core/clock.ts";
import { StoreError } from "../../../runners/core/errors.ts";
import type { Digest } from "../../../runners/core/report/digest.ts";

const DAY = "2026-11-30";
const [ALICE, BOB, CAROL] = ["alice@example.com", "bob@example.com", "carol@example.com"];

function digestTo(to: string): Digest {
  return { to, day: DAY, subject: "s", counts: {}, tables: [], text: [] };
}

/** A server that does with each mailbox what it is told, and keeps what it was sent. */
function scripted(fates: Record<string, Delivery | (() => Promise<Delivery>)> = {}) {
  const sent: OutgoingMail[] = [];
  const server: MailServer & { down: boolean; verified: number } = {
    down: false,
    verified: 0,
    verify() {
      server.verified++;
      return server.down ? Promise.reject(new Error("connection refused")) : Promise.resolve();
    },
    async send(mail) {
      sent.push(mail);
      const fate = fates[mail.to] ?? { state: "sent" };
      return typeof fate === "function" ? await fate() : fate;
    },
  };
  return { server, sent };
}

type Scripted = ReturnType<typeof scripted>;

function run(
  { server }: Pick<Scripted, "server">,
  store: MemoryStore,
  { to = [ALICE!, BOB!], again = false, signal = new AbortController().signal } = {},
) {
  return sendMails(DAY, to.map(digestTo), {
    ...{ server, store, clock: systemClock, signal, again, from: "g@example.com" },
    render: () => ({ html: "", text: "" }),
  });
}

const outcomes = (told: readonly { readonly to: string; readonly outcome: string }[]) =>
  Object.fromEntries(told.map(({ to, outcome }) => [to, outcome]));

Deno.test("a second run of a day sends nothing again, and asks no server", async () => {
  const [store, script] = [new MemoryStore(), scripted()];
  assert.deepEqual(outcomes(await run(script, store)), { [ALICE!]: "sent", [BOB!]: "sent" });
  script.server.down = true;
  const told = outcomes(await run(script, store, { again: true }));
  assert.deepEqual(told, { [ALICE!]: "sent before", [BOB!]: "sent before" });
  assert.equal(script.sent.length, 2);
});

Deno.test("a server that cannot be reached: nothing is announced, and the next run sends all", async () => {
  const [store, script] = [new MemoryStore(), scripted()];
  script.server.down = true;
  await assert.rejects(run(script, store), { message: "connection refused" });
  assert.deepEqual(await Array.fromAsync(store.list("reports/sent-mail")), []);
  script.server.down = false;
  assert.deepEqual(outcomes(await run(script, store)), { [ALICE!]: "sent", [BOB!]: "sent" });
});

Deno.test("one that the server refuses keeps no other from its mail, and is tried again by the next run", async () => {
  const store = new MemoryStore();
  const script = scripted({ [ALICE!]: { state: "refused", reason: "550 no such user" } });
  const [alice, bob] = await run(script, store);
  assert.deepEqual([alice?.outcome, alice?.reason], ["refused", "550 no such user"]);
  assert.equal(bob?.outcome, "sent");
  const next = scripted();
  assert.deepEqual(outcomes(await run(next, store)), { [ALICE!]: "sent", [BOB!]: "sent before" });
  assert.deepEqual(next.sent.map(({ to }) => to), [ALICE]);
});

Deno.test("one of which nobody knows is told, and sent again only when that is asked for, as the same message", async () => {
  const store = new MemoryStore();
  const script = scripted({ [ALICE!]: { state: "unknown", reason: "connection closed" } });
  assert.deepEqual(outcomes(await run(script, store)), { [ALICE!]: "unknown", [BOB!]: "sent" });
  const next = scripted();
  const told = outcomes(await run(next, store));
  assert.deepEqual(told, { [ALICE!]: "cut before", [BOB!]: "sent before" });
  assert.deepEqual(next.sent, []);
  assert.equal(outcomes(await run(next, store, { again: true }))[ALICE!], "sent");
  assert.equal(next.sent[0]?.messageId, script.sent.find(({ to }) => to === ALICE)?.messageId);
  assert.equal(outcomes(await run(next, store, { again: true }))[ALICE!], "sent before");
});

Deno.test("a program that dies while it sends leaves the mail announced", async () => {
  const store = new MemoryStore();
  const hanging = scripted({ [ALICE!]: () => new Promise(() => {}) });
  void run(hanging, store.reopen(), { to: [ALICE!] });
  while (hanging.sent.length === 0) await new Promise((done) => setTimeout(done, 1));
  assert.equal(outcomes(await run(scripted(), store, { to: [ALICE!] }))[ALICE!], "cut before");
});

Deno.test("two runs at once send each mail once", async () => {
  const store = new MemoryStore();
  const script = scripted();
  const to = Array.from({ length: 20 }, (_, index) => `user-${index}@example.com`);
  const both = await Promise.all([run(script, store, { to }), run(script, store.reopen(), { to })]);
  assert.deepEqual(script.sent.map((mail) => mail.to).sort(), [...to].sort());
  for (const mailbox of to) {
    const told = both.map((one) => outcomes(one)[mailbox]).filter((one) => one === "sent");
    assert.equal(told.length, 1);
  }
});

Deno.test("a server that is gone in between: the rest is not tried, and not announced", async () => {
  const store = new MemoryStore();
  const script = scripted();
  const to = Array.from({ length: 12 }, (_, index) => `user-${String(index).padStart(2, "0")}@x`);
  script.server.send = ({ to }) => {
    script.server.down = to >= "user-02";
    return Promise.resolve(
      script.server.down ? { state: "unknown", reason: "connection closed" } : { state: "sent" },
    );
  };
  const told = Object.values(outcomes(await run(script, store, { to })));
  assert.ok(told.includes("not tried"));
  const announced = await Array.fromAsync(store.list("reports/sent-mail"));
  assert.equal(announced.length, told.filter((one) => one !== "not tried").length);
});

Deno.test("a signal ends it before the next mail", async () => {
  const stop = new AbortController();
  const store = new MemoryStore();
  const script = scripted();
  stop.abort();
  const told = outcomes(await run(script, store, { signal: stop.signal }));
  assert.deepEqual(told, { [ALICE!]: "not tried", [BOB!]: "not tried" });
  assert.deepEqual(script.sent, []);
});

Deno.test("a store that does not take that a mail was sent: it counts as sent, and says so", async () => {
  const store = new MemoryStore();
  const write = store.write.bind(store);
  const failing = new Proxy(store, {
    get: (target, key) => {
      if (key !== "write") {
        const value = Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      }
      return (writes: Parameters<typeof write>[0]) =>
        JSON.stringify(writes).includes('"sent"')
          ? Promise.reject(new StoreError("The store is full"))
          : write(writes);
    },
  });
  const [carol] = await run(scripted(), failing, { to: [CAROL!] });
  assert.equal(carol?.outcome, "sent");
  assert.match(carol?.reason ?? "", /^The store is full\. The next run does not know/);
});
