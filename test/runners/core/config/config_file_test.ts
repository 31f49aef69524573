import assert from "assert";
import { JOBS } from "../../../../runners/jobs.ts";
import { fromPerson, loadConfig } from "../../../../runners/shell/config_file.ts";

const TODAY = new Date("2026-11-20T12:00:00Z");

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const person = (directory: string, env: Record<string, string> = {}) => ({
  directory,
  env: (name: string) => env[name],
});

Deno.test("a file that is named and missing is refused, with how to write a first one", () =>
  inFolder(async (folder) => {
    await assert.rejects(loadConfig(JOBS, { config: "mine.json" }, person(folder), TODAY), {
      name: "UsageError",
      message: `Cannot read the configuration "${folder}/mine.json": there is no such file`,
      help: [{ sentence: "To write a first one", words: ["config init"] }],
    });
  }));

Deno.test("a file that the environment names is missed as well", () =>
  inFolder(async (folder) => {
    const env = { GROUNDSKEEPER_CONFIG: "mine.json" };
    await assert.rejects(loadConfig(JOBS, { config: null }, person(folder, env), TODAY), {
      name: "UsageError",
      message: /mine\.json": there is no such file/,
    });
  }));

Deno.test("a file that cannot be read is never taken for a missing one", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/groundskeeper.json`);
    await assert.rejects(loadConfig(JOBS, { config: null }, person(folder), TODAY), {
      name: "UsageError",
      message: /^Cannot read the configuration ".*groundskeeper\.json": /,
    });
  }));

Deno.test("the problems of a file begin with the name that the person gave it", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/mine.json`, '{"version": 1, "audit": {}}');
    await assert.rejects(loadConfig(JOBS, { config: "mine.json" }, person(folder), TODAY), {
      name: "ConfigError",
      message: "mine.json: audit.required must be a list, found nothing",
    });
  }));

Deno.test("a file that holds a list is refused as one", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/groundskeeper.json`, "[1]");
    await assert.rejects(loadConfig(JOBS, { config: null }, person(folder), TODAY), {
      name: "ConfigError",
      message: "groundskeeper.json: The configuration must be an object, found a list",
    });
  }));

Deno.test("where no file is named and none is there, the defaults stand", () =>
  inFolder(async (folder) => {
    const { config, file } = await loadConfig(JOBS, { config: null }, person(folder), TODAY);
    assert.equal(file, null);
    assert.deepEqual(config.store, {
      kind: "sqlite",
      path: "groundskeeper.db",
      retention: "400d",
    });
    assert.equal(config.audit, undefined);
  }));

Deno.test("without a file, what is wrong is the command line's", () =>
  inFolder(async (folder) => {
    const flags = (content: object) => ({ ...content, audit: { required: [] } });
    await assert.rejects(loadConfig(JOBS, { config: null }, person(folder), TODAY, flags), {
      name: "ConfigError",
      message: "The command line: audit.required needs at least one rule, found an empty list",
    });
  }));

const precedence: readonly {
  title: string;
  file: object;
  env: Record<string, string>;
  directory: string;
}[] = [
  { title: "the default", file: {}, env: {}, directory: "out" },
  {
    title: "the file before the default",
    file: { directory: "reports" },
    env: {},
    directory: "reports",
  },
  {
    title: "the environment before the file",
    file: { directory: "reports" },
    env: { GROUNDSKEEPER_REPORTS_DIRECTORY: "env" },
    directory: "env",
  },
  {
    title: "the environment where the file says nothing",
    file: {},
    env: { GROUNDSKEEPER_REPORTS_DIRECTORY: "env" },
    directory: "env",
  },
];

for (const { title, file, env, directory } of precedence) {
  Deno.test(`where reports go comes from ${title}`, () =>
    inFolder(async (folder) => {
      const text = JSON.stringify({ version: 1, reports: file });
      await Deno.writeTextFile(`${folder}/groundskeeper.json`, text);
      const loaded = await loadConfig(JOBS, { config: null }, person(folder, env), TODAY);
      assert.equal(loaded.config.reports.directory, directory);
      assert.equal(loaded.file, "groundskeeper.json");
    }));
}

Deno.test("flags come before the environment", () =>
  inFolder(async (folder) => {
    const env = { GROUNDSKEEPER_REPORTS_DIRECTORY: "env" };
    const flags = (content: object) => ({ ...content, reports: { directory: "flag" } });
    const { config } = await loadConfig(JOBS, { config: null }, person(folder, env), TODAY, flags);
    assert.equal(config.reports.directory, "flag");
  }));

Deno.test("the file that a flag names comes before the one that the environment names", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/flag.json`, '{"version": 1, "store": {"path": "flag"}}');
    const env = { GROUNDSKEEPER_CONFIG: "env.json" };
    const loaded = await loadConfig(JOBS, { config: "flag.json" }, person(folder, env), TODAY);
    assert.deepEqual(loaded.config.store, { kind: "sqlite", path: "flag", retention: "400d" });
  }));

Deno.test("whom to enforce, the limits and the store of their budgets are never taken from the environment", () =>
  inFolder(async (folder) => {
    const asked: string[] = [];
    const env = (name: string) => {
      asked.push(name);
      return undefined;
    };
    await loadConfig(JOBS, { config: null }, { directory: folder, env }, TODAY);
    assert.deepEqual(asked.sort(), [
      "GROUNDSKEEPER_CONFIG",
      "GROUNDSKEEPER_REPORTS_DIRECTORY",
    ]);
  }));

Deno.test("a setting of the environment beside a part that is no object is told plainly", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/groundskeeper.json`, '{"version": 1, "reports": "out"}');
    const env = { GROUNDSKEEPER_REPORTS_DIRECTORY: "env" };
    await assert.rejects(loadConfig(JOBS, { config: null }, person(folder, env), TODAY), {
      name: "ConfigError",
      message: 'groundskeeper.json: reports must be an object, found the string "out"',
    });
  }));

Deno.test("a relative path is relative to where the person stands, an absolute one is itself", () => {
  assert.equal(fromPerson("out", "/home/me"), "/home/me/out");
  assert.equal(fromPerson("../out", "/home/me"), "/home/out");
  assert.equal(fromPerson("/srv/out", "/home/me"), "/srv/out");
});
