import assert from "assert";
import { openSqliteStore } from "../../runners/adapters/sqlite/sqlite_store.ts";
import type { JournalEntry } from "../../runners/core/journal/entry.ts";
import { WIDE_LIMITS } from "./audit_world.ts";
import { inProcess, type RunHere } from "./in_process.ts";
import { type LadderWorld, ladderWorld } from "./ladder_world.ts";

const MAIL = {
  smtp: { host: "127.0.0.1", port: 9, tls: "none" },
  ...{ from: "groundskeeper@example.com", fallback: "platform@example.com", at: "example.com" },
};

type DigestJson = {
  readonly schema: string;
  readonly day: string;
  readonly mails: readonly {
    readonly to: string;
    readonly outcome: string;
    readonly counts: Readonly<Record<string, number>>;
    readonly tables: readonly { readonly section: string; readonly rows: readonly string[][] }[];
  }[];
};

/** Adds the mail to the configuration of a world, whenever it is written. */
async function addMail(world: LadderWorld): Promise<void> {
  const path = `${world.directory}/groundskeeper.json`;
  const config = JSON.parse(await Deno.readTextFile(path));
  await Deno.writeTextFile(path, JSON.stringify({ ...config, reports: { mail: MAIL } }));
}

/** The day of a world's time, so many days after its seed. */
function dayAfter(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

const WORDS: Readonly<Record<string, string>> = {
  "ec2:TerminateInstances": "terminated",
  "ec2:StopInstances": "stopped",
  "ec2:CreateTags": "marked",
  "ec2:DeleteTags": "unmarked",
};

Deno.test("a ladder of a fortnight: the mails of each day say what the journal has of it, to whom it belongs", async () => {
  const old = 30 * 24 * 60;
  await using world = await ladderWorld({
    groups: [
      { name: "web", count: 5, ageMinutes: old, tags: { owner: "alice", project: "shop" } },
      { name: "a", ageMinutes: old, tags: { project: "shop", contact: "carol" } },
      { name: "b", ageMinutes: old, tags: { project: "shop", contact: "eve@attacker.example" } },
      { name: "c", ageMinutes: old, tags: { project: "<b>&amp;", contact: "carol@example.com" } },
    ],
  });
  await addMail(world);
  for (const days of [0, 3.1, 3.2, 14.2]) {
    world.setDay(days);
    assert.equal((await world.apply()).code, 0);
  }
  const entries = await world.json<JournalEntry[]>("changes");
  const seen: string[] = [];
  world.setDay(16);
  for (const day of new Set([0, 1, 3.1, 3.2, 14.2].map(dayAfter))) {
    const out = `out/${day}`;
    const { mails } = await world.json<DigestJson>(`reports digest --day ${day} --out ${out}`);
    const own = entries.filter(({ intended_at }) => intended_at.startsWith(day));
    const carols = new Set([...world.ids("a"), ...world.ids("c")]);
    for (const mail of mails) {
      assert.equal(mail.outcome, "written");
      const isCarol = mail.to === "carol@example.com";
      assert.ok(isCarol || mail.to === "platform@example.com", mail.to);
      const counts: Record<string, number> = {};
      for (const { action, target, outcome } of own) {
        if (outcome !== "done" || carols.has(target.split("/")[1]!) !== isCarol) continue;
        const word = WORDS[action]!;
        counts[word] = (counts[word] ?? 0) + 1;
        seen.push(word);
      }
      const { ending: _, next: __, ...done } = mail.counts;
      assert.deepEqual(done, counts);
      const text = await Deno.readTextFile(`${world.directory}/${out}/${day}-${mail.to}.txt`);
      const html = await Deno.readTextFile(`${world.directory}/${out}/${day}-${mail.to}.html`);
      for (const [word, count] of Object.entries(counts)) {
        const heading = `${word[0]!.toUpperCase()}${word.slice(1)}: ${count}`;
        assert.ok(text.includes(`\n${heading}\n`) && html.includes(`<h2>${heading}</h2>`), text);
      }
    }
  }
  // Nothing of the journal is told to nobody.
  assert.deepEqual(seen.sort(), entries.map(({ action }) => WORDS[action]).sort());
  assert.ok(seen.includes("terminated") && seen.includes("stopped"));
});

Deno.test("what a limit refused is told with the limit to the owner, and coverage of 100 % to nobody", async () => {
  await using world = await ladderWorld();
  await addMail(world);
  const path = `${world.directory}/groundskeeper.json`;
  const config = JSON.parse(await Deno.readTextFile(path));
  const limits = { ...WIDE_LIMITS, perRun: { count: 1, percent: 100 } };
  await Deno.writeTextFile(
    path,
    JSON.stringify({ ...config, audit: { ...config.audit, limits } }),
  );
  assert.equal((await world.apply()).code, 4);
  const day = dayAfter(0);
  const { mails } = await world.json<DigestJson>(`reports digest --day ${day} --out out/mail`);
  const carol = mails.find(({ to }) => to === "carol@example.com");
  assert.equal(carol?.counts["refused"], 3);
  const [row = []] = carol!.tables.find(({ section }) => section === "refused")?.rows ?? [];
  assert.deepEqual([row[3], row.at(-1)], [
    "mark",
    "limits.perRun.count allows 1, and the run would come to 3",
  ]);
  const fallback = mails.at(-1);
  assert.equal(fallback?.to, "platform@example.com");
  const text = await Deno.readTextFile(`${world.directory}/out/mail/${day}-${fallback!.to}.txt`);
  assert.match(text, /Refused: audit apply: limits\.perRun\.count allows 1/);
});

/** Runs the program in a folder with a configuration and no AWS. */
async function inFolder(
  reports: object,
  work: (run: RunHere, directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "groundskeeper-digest-" });
  const aws = { environment: { AWS_ENDPOINT_URL: "http://127.0.0.1:9" } };
  const config = { version: 1, audit: { required: [{ key: "owner" }] }, reports };
  await Deno.writeTextFile(`${directory}/groundskeeper.json`, JSON.stringify(config));
  try {
    await inProcess({ aws, directory }, (run) => work(run, directory));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const SECRET = { ...MAIL.smtp, user: "gk", passwordEnv: "GROUNDSKEEPER_NO_SUCH_VARIABLE" };

const MISTAKES: readonly (readonly [string, object, string, number, RegExp])[] = [
  ["no mail is configured", {}, "", 2, /groundskeeper\.json has no reports\.mail part\. Say there/],
  [
    "the day is none",
    { mail: MAIL },
    "--day 2026-02-30",
    2,
    /--day must be a day such as "2026-11-30"/,
  ],
  ["the day is a time", { mail: MAIL }, "--day 2026-11-30T00:00:00Z", 2, /--day must be a day/],
  [
    "the day is not over",
    { mail: MAIL },
    `--day ${dayAfter(0)}`,
    2,
    /is not over yet in UTC, and a mail is sent once a day\. Say --out DIR/,
  ],
  ["the day has not begun", { mail: MAIL }, `--day ${dayAfter(2)} --out x`, 2, /has not begun yet/],
  ["a share would be sent", { mail: MAIL }, "--account 111111111111", 2, /Say --out DIR too/],
  [
    "the password is not set",
    { mail: { ...MAIL, smtp: SECRET } },
    "",
    2,
    /names the variable GROUNDSKEEPER_NO_SUCH_VARIABLE, which is not set/,
  ],
  ["there is no store", { mail: MAIL }, "", 1, /There is no store at .* yet/],
];

for (const [what, reports, args, code, message] of MISTAKES) {
  Deno.test(`reports digest, where ${what}: exit ${code}`, async () => {
    await inFolder(reports, async (run, directory) => {
      const ran = await run(`reports digest ${args}`.trim());
      assert.equal(ran.code, code, ran.stderr);
      const lines = ran.stderr.trim().split("\n").map((line) => JSON.parse(line));
      assert.equal(lines.filter(({ event }) => message.test(event)).length, 1, ran.stderr);
      const left = [...Deno.readDirSync(directory)].map(({ name }) => name);
      assert.deepEqual(left, ["groundskeeper.json"]);
    });
  });
}

Deno.test("reports digest, where the server cannot be reached: exit 1, and nothing is announced", async () => {
  await using world = await ladderWorld();
  await addMail(world);
  await world.apply();
  world.setDay(1);
  const ran = await world.run(`reports digest --day ${dayAfter(0)}`);
  assert.equal(ran.code, 1);
  assert.match(
    ran.said,
    /Cannot send mails by 127\.0\.0\.1:9: .*Nothing was sent\. Check reports\./,
  );
});

Deno.test("reports digest, told to stop while a server says nothing: exit 3 at once, and nothing is announced", async () => {
  const deaf = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const held: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of deaf) held.push(connection);
  })();
  const { port } = deaf.addr as Deno.NetAddr;
  const mail = { ...MAIL, smtp: { ...MAIL.smtp, port } };
  await inFolder({ mail }, async (run, directory) => {
    const path = `${directory}/groundskeeper.db`;
    const store = openSqliteStore(path);
    await store.write([{ kind: "example/row", id: "a", value: 1 }]);
    const started = Date.now();
    const ran = await run("reports digest", {
      onStop: (stop) => void setTimeout(stop, 300),
    });
    assert.equal(ran.code, 3, ran.stderr);
    assert.ok(Date.now() - started < 5_000);
    assert.deepEqual(await Array.fromAsync(store.list("reports/sent-mail")), []);
    store.close();
  });
  for (const connection of held) connection.close();
  deaf.close();
  await accepting;
});
