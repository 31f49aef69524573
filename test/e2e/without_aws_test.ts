import assert from "assert";
import { readJsonc } from "../../runners/core/config/read.ts";
import { openSqliteStore } from "../../runners/adapters/sqlite/sqlite_store.ts";
import { JOBS } from "../../runners/jobs.ts";
import { inProcess, type RunHere } from "./in_process.ts";

/** What the verbs are about that are about one thing. */
const SUBJECTS: Readonly<Record<string, string>> = {
  "<id>": "i-0123456789abcdef0",
  "<role>": "111111111111/app",
  "<action...>": "s3:GetObject",
};

/** Every command that knows nothing but what is stored: a verb says it of itself. */
const LISTING = [
  "changes",
  "forecast",
  "repo schedule --list",
  "repo opt-out --list",
  ...JOBS.flatMap(({ name, verbs = [] }) => [
    `${name} history`,
    ...verbs.filter(({ name, summary }) =>
      /^(list|show|find|print) /.test(summary) && !/plan$/.test(name)
    )
      .map((verb) => `${name} ${verb.name} ${SUBJECTS[verb.subject?.argument ?? ""] ?? ""}`.trim()),
  ]),
];

/** Runs commands where there is no AWS, and no store either. */
async function inFolder(work: (run: RunHere, directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "groundskeeper-store-" });
  const aws = { environment: { AWS_ENDPOINT_URL: "http://127.0.0.1:9" } };
  const config = { version: 1, audit: { required: [{ key: "owner" }] } };
  await Deno.writeTextFile(`${directory}/groundskeeper.json`, JSON.stringify(config));
  try {
    await inProcess({ aws, directory }, (run) => work(run, directory));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("the commands that list what is stored are found by what they say", () => {
  assert.ok(LISTING.length >= 15, LISTING.join("\n"));
  for (const one of ["dirty list", "repo stats", "repo find s3:GetObject", "audit history"]) {
    assert.ok(LISTING.includes(one), one);
  }
});

for (const command of LISTING) {
  Deno.test(`where there is no store, ${command} lists nothing, says so, and makes none`, async () => {
    await inFolder(async (run, directory) => {
      const { code, stdout, stderr } = await run(command);
      assert.deepEqual([code, stdout], [1, ""], stdout);
      assert.ok(stderr.includes(`There is no store at ${directory}/groundskeeper.db yet`), stderr);
      assert.match(stderr, /groundskeeper (repo refresh|audit report|dirty report)/);
      const inJson = await run(`${command} --json`);
      assert.equal(JSON.parse(inJson.stdout).error.code, "no-store");
      assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), [
        "groundskeeper.json",
      ]);
    });
  });
}

Deno.test("a store in which a job has nothing is a store", async () => {
  await inFolder(async (run, directory) => {
    openSqliteStore(`${directory}/groundskeeper.db`).close();
    for (const command of ["changes", "dirty list", "audit history", "repo schedule --list"]) {
      assert.equal((await run(command)).code, 0, command);
    }
    // Which roles allow it is not known where no account was ever read.
    for (const command of ["repo roles", "repo find s3:GetObject", "repo access export"]) {
      const { code, stderr } = await run(command);
      assert.deepEqual([code, /has the roles of no account/.test(stderr)], [1, true], command);
    }
  });
});

/** Mistakes that a verb finds by itself, and the verb. */
const MISTAKES: readonly (readonly [command: string, verb: string])[] = [
  ["repo plan --restore 1", "repo plan"],
  ["repo apply --yes --role app --remove s3:*", "repo apply"],
  ["repo find s3:Get,s3:Put", "repo find"],
  ["repo role app", "repo role"],
  ["repo versions app", "repo versions"],
  ["dirty show web", "dirty show"],
  ["repo opt-out", "repo opt-out"],
  ["repo opt-out 111111111111/app", "repo opt-out"],
  ["repo opt-out 111111111111/app --list", "repo opt-out"],
  ["repo schedule --role 1/app", "repo schedule"],
  ["audit plan --accounts-file no-such-file", "audit plan"],
  ["dirty clear i-0123456789abcdef0", "dirty clear"],
  ["permissions audit --role nobody", "permissions"],
];

Deno.test("a mistake that a verb finds leads to the help of this verb", async () => {
  await inFolder(async (run) => {
    for (const [command, verb] of MISTAKES) {
      const { code, stderr } = await run(command);
      assert.equal(code, 2, `${command}\n${stderr}`);
      const { event } = JSON.parse(stderr) as { event: string };
      const help = `groundskeeper ${verb} --help`;
      assert.ok(event.endsWith(`:\n  ${help}`), `${command}\n${event}`);
      const { code: found, stdout } = await run(help.replace("groundskeeper ", ""));
      assert.deepEqual([found, stdout.startsWith(`Usage: groundskeeper ${verb} `)], [0, true]);
    }
  });
});

Deno.test("a mistake that names a command already names no other", async () => {
  await inFolder(async (run) => {
    const { stderr } = await run("repo plan --config no-such-file.json");
    assert.match(stderr, /config init/);
    assert.doesNotMatch(stderr, /--help/);
  });
});

Deno.test("config init writes a configuration whose editor finds its schema, and writes over nothing", async () => {
  await inFolder(async (run, directory) => {
    const first = await run("config init --config own/first.json");
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /completes and checks its settings by\s+own\/first\.schema\.json/);
    assert.match(first.stdout, /\n {2}groundskeeper config schema .*> own\/first\.schema\.json\n/);
    const text = await Deno.readTextFile(`${directory}/own/first.json`);
    const { $schema } = readJsonc(text, "first.json") as { $schema: string };
    const schema = await Deno.readTextFile(new URL($schema, `file://${directory}/own/first.json`));
    assert.equal(schema, (await run("config schema")).stdout);
    assert.equal((await run("config check --config own/first.json")).code, 0);

    const again = await run("config init --config own/first.json");
    assert.deepEqual([again.code, /is there already/.test(again.stderr)], [2, true]);
    await Deno.writeTextFile(`${directory}/own/first.schema.json`, "mine");
    await Deno.remove(`${directory}/own/first.json`);
    const beside = await run("config init --config own/first.json");
    assert.equal(beside.code, 0, beside.stderr);
    assert.match(beside.stdout, /which was there\s+already/);
    assert.equal(await Deno.readTextFile(`${directory}/own/first.schema.json`), "mine");
  });
});

/** Modules that a configuration may name, and what is wrong with each; null: nothing. */
const MODULES: readonly (readonly [text: string | null, setting: string, wrong: RegExp | null])[] =
  [
    [null, "repo.filters", /repo\.filters\[0\] cannot be loaded from ".*\/own\.ts": .*not found/i],
    [null, "repo.hooks", /repo\.hooks\[0\] cannot be loaded/],
    [null, "dirty.auditors", /dirty\.auditors\[0\] cannot be loaded/],
    ["export const x = ", "repo.filters", /repo\.filters\[0\] cannot be loaded/],
    [
      "export const x = 1;",
      "repo.filters",
      /repo\.filters\[0\] is "\.\/own\.ts", which exports no fil/,
    ],
    [
      "export const x = 1;",
      "repo.hooks",
      /repo\.hooks\[0\] is "\.\/own\.ts", which exports no hooks/,
    ],
    ["export const x = 1;", "dirty.auditors", /dirty\.auditors\[0\] exports no function "marked"/],
    ['export const hooks = [{ hook: "NO" }];', "repo.hooks", /hook must be one of/],
    ["export default () => null;", "repo.filters", null],
    ["export function marked() {}", "dirty.auditors", null],
    [
      'export const hooks = [{ hook: "AFTER_REPO", priority: 1, call: () => {} }];',
      "repo.hooks",
      null,
    ],
  ];

for (const [text, setting, wrong] of MODULES) {
  Deno.test(`config check ${wrong ? "refuses" : "takes"} ${text ?? "a file that is not there"} as one of ${setting}`, async () => {
    await inFolder(async (run, directory) => {
      const [job, list] = setting.split(".") as [string, string];
      const config = { version: 1, [job]: { [list]: ["./own.ts"] } };
      await Deno.writeTextFile(`${directory}/groundskeeper.json`, JSON.stringify(config));
      if (text !== null) await Deno.writeTextFile(`${directory}/own.ts`, text);
      for (const option of ["", " --json"]) {
        const { code, stderr } = await run(`config check${option}`);
        assert.equal(code, wrong ? 2 : 0, stderr);
        assert.match(wrong ? JSON.parse(stderr).event : stderr, wrong ?? /^$/);
      }
    });
  });
}

Deno.test("config check tells what is wrong with the modules of all jobs", async () => {
  await inFolder(async (run, directory) => {
    const config = { version: 1, repo: { hooks: ["./a.ts"] }, dirty: { auditors: ["./b.ts"] } };
    await Deno.writeTextFile(`${directory}/groundskeeper.json`, JSON.stringify(config));
    const { stderr } = await run("config check");
    assert.match(stderr, /groundskeeper\.json: dirty\.auditors\[0\]/);
    assert.match(stderr, /groundskeeper\.json: repo\.hooks\[0\]/);
  });
});
