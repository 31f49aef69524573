/**
 * The daily mail at a real SMTP server on loopback: whether each of a month of days arrives, once, with
 * the numbers of the journal; and what becomes of mails at servers that are not as they should be.
 *
 * Needs `openssl`, for certificates.
 */
import assert from "assert";
import fc from "fast-check";
import type { Email } from "postal-mime";
import { openSqliteStore } from "../../runners/adapters/sqlite/sqlite_store.ts";
import { type JournalEntry, type Outcome } from "../../runners/core/journal/entry.ts";
import { intentWrites, journalIdOf, outcomeWrites } from "../../runners/core/journal/journal.ts";
import type { Store } from "../../runners/core/store/store.ts";
import { groundskeeper, type Ran } from "../e2e/command.ts";
import { type Arrived, type MailServer, startMailServer } from "./mail_server.ts";

const FALLBACK = "platform@example.com";
const ACCOUNT = "111111111111";
const REGION = "us-east-1";
const DAY_MS = 86_400_000;

/** Owners as the audit's evidence has them, and where the mail goes. */
const OWNERS: readonly (readonly [string | null, string])[] = [
  ["alice", "alice@example.com"],
  ["Bob@Example.com", "bob@example.com"],
  ["eve@attacker.example", FALLBACK],
  ["carol\r\nBcc: eve@attacker.example", FALLBACK],
  [null, FALLBACK],
];

const ACTIONS = {
  terminated: "ec2:TerminateInstances",
  stopped: "ec2:StopInstances",
  marked: "ec2:CreateTags",
} as const;
const WORD_OF = Object.fromEntries(Object.entries(ACTIONS).map(([word, action]) => [action, word]));
const OUTCOMES: readonly (Outcome | null)[] = [
  ...["done", "done", "done", "pending", "failed", "unknown", "drifted", "skipped"] as const,
  null,
];

type Settings = { readonly tls?: string; readonly ca?: string; readonly user?: string };

/** A folder with a configuration and a store, and the program to run in it. */
async function office({ port }: Pick<MailServer, "port">, settings: Settings = {}) {
  const directory = await Deno.makeTempDir({ prefix: "groundskeeper-smtp-" });
  const configure = ({ tls = "none", ca, user }: Settings) =>
    Deno.writeTextFileSync(
      `${directory}/groundskeeper.json`,
      JSON.stringify({
        version: 1,
        audit: { required: [{ key: "owner" }] },
        reports: {
          mail: {
            smtp: {
              ...{ host: "localhost", port, tls },
              ...ca ? { ca } : {},
              ...user ? { user, passwordEnv: "GROUNDSKEEPER_SMTP" } : {},
            },
            ...{ from: "groundskeeper@example.com", fallback: FALLBACK, at: "example.com" },
          },
        },
      }),
    );
  configure(settings);
  const store = openSqliteStore(`${directory}/groundskeeper.db`);
  const run = (args: string, env: Record<string, string> = {}): Promise<Ran> =>
    groundskeeper(args.split(" "), {
      directory,
      env: { AWS_ENDPOINT_URL: "http://127.0.0.1:9", ...env },
    });
  const close = async () => {
    store.close();
    await Deno.remove(directory, { recursive: true });
  };
  return { directory, store, configure, run, [Symbol.asyncDispose]: close };
}

/** A day so many days before today, in UTC. */
function dayBefore(days: number): string {
  return new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);
}

type Scene = {
  readonly word: keyof typeof ACTIONS;
  readonly owner: number;
  readonly outcome: Outcome | null;
  readonly hour: number;
};

let counter = 0;

function targetOf(index: number): string {
  return `arn:aws:ec2:${REGION}:${ACCOUNT}:instance/i-${String(index).padStart(17, "0")}`;
}

/** Writes the runs of a day, of every hour, as they leave their rows, with what they did. */
async function seedDay(
  store: Store,
  day: string,
  scenes: readonly Scene[],
  unproven: ReadonlySet<number> = new Set(),
): Promise<void> {
  for (let hour = 0; hour < 24; hour++) {
    const at = `${day}T${String(hour).padStart(2, "0")}:00:00.000Z`;
    const run_id = `${day}-${hour}`;
    const places = [{
      account: ACCOUNT,
      region: REGION,
      reason: "canary-absent",
      detail: "no canary",
    }];
    const isShort = unproven.has(hour);
    await store.write([{
      kind: "audit/run",
      id: run_id,
      value: {
        ...{
          run_id,
          job: "audit",
          verb: "apply",
          slot: at,
          started: at,
          finished: at,
          exit_code: 0,
        },
        summary: {
          coverage: { planned: 4, proven: isShort ? 3 : 4, empty: 0 },
          refused: null,
          ...isShort ? { unproven: { total: 1, places } } : {},
        },
      },
    }]);
    for (const { word, owner, outcome } of scenes.filter((one) => one.hour === hour)) {
      const target = targetOf(counter++);
      const entry: JournalEntry = {
        ...{ run_id, plan_id: "p", change_id: `c-${counter}`, job: "audit", account: ACCOUNT },
        ...{ region: REGION, action: ACTIONS[word], target, reason: "owner is missing" },
        ...{
          before: {},
          after: { key: "groundskeeper-audit" },
          principal: "arn:aws:iam::1:role/x",
        },
        ...{ aws_request_id: null, tool_version: "0.1.0", intended_at: at, outcome: null },
        ...{ finished_at: null, error: null },
      };
      await store.write(intentWrites(entry));
      if (outcome !== null) {
        const ended = { ...entry, outcome, finished_at: outcome === "pending" ? null : at };
        await store.write(outcomeWrites({ entry, journalId: journalIdOf(entry) }, ended));
      }
      const [name] = OWNERS[owner]!;
      await store.write([{
        kind: `audit/last-owner#${ACCOUNT}`,
        id: `${ACCOUNT}/${REGION}/${target.split("/")[1]}`,
        value: {
          owner: name === null ? null : { name, source: "tag", confidence: "high", detail: "" },
          at,
        },
      }]);
    }
  }
}

/** What the journal's rows say of each day, counted without anything of the program. */
async function countedInRows(store: Store): Promise<Record<string, Record<string, number>>> {
  const counts: Record<string, Record<string, number>> = {};
  const owners = new Map<string, string | null>();
  for await (const { id, value } of store.list(`audit/last-owner#${ACCOUNT}`)) {
    const { owner } = value as { owner: { name: string } | null };
    owners.set(id.split("/")[2]!, owner?.name ?? null);
  }
  const months = new Set(Array.from({ length: 40 }, (_, days) => dayBefore(days).slice(0, 7)));
  for (const month of months) {
    for await (const { value } of store.list(`audit/journal#${month}`)) {
      const { action, target, outcome, run_id } = value as unknown as JournalEntry;
      if (outcome === "drifted" || outcome === "skipped") continue;
      const name = owners.get(target.split("/")[1]!) ?? null;
      const to = OWNERS.find(([one]) => one === name)![1];
      const section = outcome === "done" ? WORD_OF[action]! : "not known";
      const own = counts[`${run_id.slice(0, 10)} ${to}`] ??= {};
      own[section] = (own[section] ?? 0) + 1;
    }
  }
  return counts;
}

/** What a mail says of itself: the number in the heading of each section. */
function countsIn(mail: Email): Record<string, number> {
  const titles: Record<string, string> = {
    ...{ Terminated: "terminated", Stopped: "stopped", Marked: "marked" },
    "Not done, or not known to be done": "not known",
    "Not proven": "unproven",
  };
  const read = (found: Iterable<RegExpMatchArray>) =>
    Object.fromEntries([...found].map(([, title, count]) => [titles[title!], Number(count)]));
  const inText = read((mail.text ?? "").matchAll(/^([A-Z][^:\n]*): (\d+)$/gm));
  const inHtml = read((mail.html ?? "").matchAll(/<h2>([^:<]*): (\d+)<\/h2>/g));
  assert.deepEqual(inText, inHtml);
  // Each row stands below its heading, in both forms.
  const ids = (text: string) => text.match(/instance\/i-\d+/g)?.sort();
  assert.deepEqual(ids(mail.text ?? ""), ids(mail.html ?? ""));
  return inText;
}

Deno.test("every mail of a month arrives, one for each owner and day, with the numbers of the journal", async () => {
  await using server = await startMailServer();
  await using at = await office(server);
  const scenes = fc.sample(
    fc.array(
      fc.record({
        word: fc.constantFrom("terminated", "stopped", "marked"),
        owner: fc.nat(OWNERS.length - 1),
        outcome: fc.constantFrom(...OUTCOMES),
        hour: fc.nat(23),
      }),
      { minLength: 4, maxLength: 16 },
    ),
    { seed: 17, numRuns: 30 },
  );
  const short = new Set([5, 6]);
  for (const [index, own] of scenes.entries()) {
    // Of one day nothing is recorded but that a place was not proven in two of its hours.
    await seedDay(
      at.store,
      dayBefore(index + 1),
      index === 20 ? [] : own,
      index === 20 ? short : new Set(),
    );
  }
  for (let days = 30; days >= 1; days--) {
    const ran = await at.run(`reports digest --day ${dayBefore(days)}`);
    assert.equal(ran.code, 0, ran.stderr);
  }
  const counted = await countedInRows(at.store);
  counted[`${dayBefore(21)} ${FALLBACK}`] = { unproven: 1 };
  const arrived = Object.fromEntries(
    server.arrived.map(({ mail, to }) => [`${mail.subject!.slice(14, 24)} ${to}`, countsIn(mail)]),
  );
  assert.deepEqual(arrived, counted);
  assert.equal(server.arrived.length, Object.keys(counted).length);
  assert.ok(server.arrived.length > 60);
  const ids = server.arrived.map(({ mail }) => mail.messageId);
  assert.equal(new Set(ids).size, ids.length);
  for (const { from, to, mail, raw } of server.arrived) assertOneMailbox(from, to, mail, raw);

  // The month once more: nothing is sent.
  const before = server.arrived.length;
  for (let days = 30; days >= 1; days--) {
    assert.equal((await at.run(`reports digest --day ${dayBefore(days)}`)).code, 0);
  }
  assert.equal(server.arrived.length, before);
});

function assertOneMailbox(from: string, to: readonly string[], mail: Email, raw: string): void {
  assert.equal(to.length, 1);
  assert.match(to[0]!, /^[a-z]+@example\.com$/);
  assert.deepEqual(mail.to?.map(({ address }) => address), to);
  assert.equal(from, "groundskeeper@example.com");
  assert.equal(mail.headers.find(({ key }) => key === "auto-submitted")?.value, "auto-generated");
  const head = raw.slice(0, raw.indexOf("\r\n\r\n"));
  assert.doesNotMatch(head, /^(b?cc|reply-to):/im);
  assert.deepEqual(mail.attachments, []);
}

const ONE: readonly Scene[] = [0, 1, 4].map((owner) => (
  { word: "stopped", owner, outcome: "done", hour: 3 }
));
const YESTERDAY = dayBefore(1);

const toOf = (arrived: readonly Arrived[]) => arrived.map(({ to }) => to[0]!).sort();

Deno.test("one mailbox of three is refused: the others have their mail, exit 3 says which, and the next run tries it again", async () => {
  let isThere = false;
  await using server = await startMailServer({
    refuses: (to) => to === "bob@example.com" && !isThere ? "5.1.1 no such user" : null,
  });
  await using at = await office(server);
  await seedDay(at.store, YESTERDAY, ONE);
  const ran = await at.run("reports digest --json");
  assert.equal(ran.code, 3, ran.stderr);
  const { mails } = JSON.parse(ran.stdout) as {
    mails: { to: string; outcome: string; reason: string | null }[];
  };
  assert.deepEqual(mails.map(({ to, outcome }) => [to, outcome]), [
    ["alice@example.com", "sent"],
    ["bob@example.com", "refused"],
    [FALLBACK, "sent"],
  ]);
  assert.match(mails[1]!.reason!, /no such user/);
  isThere = true;
  assert.equal((await at.run("reports digest")).code, 0);
  assert.deepEqual(toOf(server.arrived), ["alice@example.com", "bob@example.com", FALLBACK]);
});

Deno.test("a message that the server refuses after DATA is not counted as sent", async () => {
  let refuses = true;
  await using server = await startMailServer({ onData: () => refuses ? "refuse" : "take" });
  await using at = await office(server);
  await seedDay(at.store, YESTERDAY, ONE);
  const ran = await at.run("reports digest");
  assert.equal(ran.code, 3);
  assert.match(ran.stdout, /0 of 3 mails of .* sent/);
  assert.match(ran.stdout.replaceAll(/\s+/g, " "), /refused: .*Message rejected as spam/);
  refuses = false;
  assert.equal((await at.run("reports digest")).code, 0);
  assert.equal(server.arrived.length, 3);
});

Deno.test("a server that hangs up after DATA: nobody knows, it is told, and sent again only with --again", async () => {
  let drops = true;
  await using server = await startMailServer({
    onData: (to) => drops && to === "alice@example.com" ? "drop" : "take",
  });
  await using at = await office(server);
  await seedDay(at.store, YESTERDAY, [ONE[0]!]);
  const ran = await at.run("reports digest");
  assert.equal(ran.code, 3, ran.stderr);
  assert.match(ran.stdout, /unknown: /);
  assert.match(ran.stdout, /reports digest --day \d{4}-\d\d-\d\d --again/);
  drops = false;
  const second = await at.run("reports digest");
  assert.equal(second.code, 3);
  assert.match(second.stdout, /cut before: /);
  assert.equal(server.arrived.length, 1);
  assert.equal((await at.run("reports digest --again")).code, 0);
  const [first, again] = server.arrived;
  assert.equal(server.arrived.length, 2);
  assert.equal(first!.mail.messageId, again!.mail.messageId);
  assert.equal((await at.run("reports digest --again")).code, 0);
  assert.equal(server.arrived.length, 2);
});

/** A certificate for localhost, made by an authority of one's own. */
async function certificates(): Promise<{ ca: string; key: string; cert: string }> {
  const folder = await Deno.makeTempDir({ prefix: "groundskeeper-ca-" });
  const openssl = async (...args: string[]) => {
    const { success, stderr } = await new Deno.Command("openssl", { args, cwd: folder }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
  };
  const key = (name: string) => ["-newkey", "rsa:2048", "-nodes", "-keyout", `${name}.key`];
  await openssl(
    ...["req", "-x509", ...key("ca"), "-out", "ca.pem", "-days", "2", "-subj", "/CN=Own CA"],
    ...["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=keyCertSign"],
  );
  await openssl("req", "-new", ...key("server"), "-out", "server.csr", "-subj", "/CN=localhost");
  await Deno.writeTextFile(`${folder}/ext`, "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  await openssl(
    ...["x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key"],
    ...["-CAcreateserial", "-out", "server.pem", "-days", "2", "-extfile", "ext"],
  );
  const read = (name: string) => Deno.readTextFile(`${folder}/${name}`);
  const made = {
    ca: await read("ca.pem"),
    key: await read("server.key"),
    cert: await read("server.pem"),
  };
  await Deno.remove(folder, { recursive: true });
  return made;
}

const PASSWORD = { GROUNDSKEEPER_SMTP: "correct horse" };

for (const tls of ["starttls", "implicit"] as const) {
  Deno.test(`with ${tls}, the own authority and a password, mails are sent encrypted; a wrong one sends nothing`, async () => {
    const { ca, ...own } = await certificates();
    await using server = await startMailServer({
      ...{ tls: own, implicit: tls === "implicit" },
      user: { name: "gk", password: PASSWORD.GROUNDSKEEPER_SMTP },
    });
    await using at = await office(server, { tls, user: "gk", ca: "ca.pem" });
    await Deno.writeTextFile(`${at.directory}/ca.pem`, ca);
    await seedDay(at.store, YESTERDAY, ONE);

    const wrong = await at.run("reports digest", { GROUNDSKEEPER_SMTP: "wrong" });
    assert.equal(wrong.code, 1, wrong.stdout);
    assert.match(wrong.said, /Cannot send mails by localhost:\d+: .*Nothing was sent/);
    assert.doesNotMatch(wrong.stderr, /"wrong"|d3Jvbmc/);
    at.configure({ tls, user: "gk" });
    const untrusted = await at.run("reports digest", PASSWORD);
    assert.equal(untrusted.code, 1);
    assert.match(untrusted.said, /certificate|UnknownIssuer/i);
    assert.deepEqual(server.arrived, []);

    at.configure({ tls, user: "gk", ca: "ca.pem" });
    const ran = await at.run("reports digest", PASSWORD);
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(server.arrived.map(({ secure }) => secure), [true, true, true]);
    assert.doesNotMatch(ran.stderr + ran.stdout, /correct horse/);
  });
}

Deno.test("a server that leaves STARTTLS out gets neither the password nor a mail", async () => {
  await using server = await startMailServer({
    user: { name: "gk", password: PASSWORD.GROUNDSKEEPER_SMTP },
  });
  await using at = await office(server, { tls: "starttls", user: "gk" });
  await seedDay(at.store, YESTERDAY, ONE);
  const ran = await at.run("reports digest", PASSWORD);
  assert.equal(ran.code, 1, ran.stdout);
  assert.match(ran.said, /Cannot send mails by .*STARTTLS/);
  assert.deepEqual(server.arrived, []);
});

Deno.test("a server that is gone: exit 1, and the run after it sends all", async () => {
  const server = await startMailServer();
  await using at = await office(server);
  await seedDay(at.store, YESTERDAY, ONE);
  await server.close();
  const ran = await at.run("reports digest");
  assert.equal(ran.code, 1);
  assert.match(ran.said, /ECONNREFUSED.*Nothing was sent/);
  await using next = await startMailServer();
  at.configure({});
  const config = `${at.directory}/groundskeeper.json`;
  const text = await Deno.readTextFile(config);
  await Deno.writeTextFile(config, text.replace(`:${server.port},`, `:${next.port},`));
  assert.equal((await at.run("reports digest")).code, 0);
  assert.equal(next.arrived.length, 3);
});
