import assert from "assert";
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
