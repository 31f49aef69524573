import assert from "assert";
import { inProcess, type RunHere } from "../../e2e/in_process.ts";
import { JOBS } from "../../../runners/jobs.ts";
import { ROOT } from "../../architecture/module_graph.ts";

const CONFIG = { version: 1, audit: { required: [{ key: "owner" }] } };

/** Runs with a configuration, in a folder whose name a shell would take apart and expand. */
async function withConfig(
  config: object,
  work: (run: RunHere, directory: string) => Promise<void>,
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "groundskeeper-line-" });
  const directory = `${await Deno.realPath(folder)}/it's \`my\` $HOME *`;
  await Deno.mkdir(directory);
  await Deno.writeTextFile(`${directory}/groundskeeper.json`, JSON.stringify(config));
  await inProcess({ aws: { environment }, directory }, (run) => work(run, directory));
  await Deno.remove(folder, { recursive: true });
}

/** What a shell hands to the program that it is to become, in place of `env`. */
function executed(line: string): string[] {
  const { success, stdout, stderr } = new Deno.Command("sh", {
    args: ["-c", `eval "exec printf '%s\\\\0' $1"`, "sh", line],
  }).outputSync();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).split("\0").slice(0, -1);
}

/** The words behind the program's file, and the entries of `--allow-write`. */
function partsOf(words: readonly string[]) {
  const list = (kind: string) =>
    words.find((word) => word.startsWith(`--allow-${kind}=`))?.replace(/^[^=]+=/, "").split(",");
  return {
    args: words.slice(words.indexOf(`${ROOT}runners/main.ts`) + 1),
    write: list("write"),
    net: list("net"),
    env: list("env"),
  };
}

Deno.test("config line prints one command that a shell can become, with every word as it is", () =>
  withConfig(CONFIG, async (run, directory) => {
    const asked = ["audit", "report", "--out", "a 'b'\n$c", "--slot", "2026-11-20T12:00:00Z"];
    const { code, stdout, stderr } = await run(["config", "line", ...asked]);
    assert.equal(code, 0, stderr);
    assert.ok(stdout.endsWith("\n"));
    const words = executed(stdout);
    assert.deepEqual(words.slice(0, 7), [
      "env",
      `INIT_CWD=${directory}`,
      "GROUNDSKEEPER_COMMAND=groundskeeper",
      Deno.execPath(),
      "run",
      "-q",
      "--cached-only",
    ]);
    assert.ok(words.includes("-P=audit"));
    assert.deepEqual(partsOf(words), {
      args: [...asked, `--config=${directory}/groundskeeper.json`],
      write: [`${directory}/out`, `${directory}/groundskeeper.db`, `${directory}/a 'b'\n$c`],
      net: undefined,
      env: undefined,
    });
    const { stdout: json } = await run(["config", "line", "--json", ...asked]);
    assert.deepEqual(JSON.parse(json), words);
  }));

Deno.test("what the line prints is what config check shows for report", () =>
  withConfig(CONFIG, async (run) => {
    const { stdout: shown } = await run("config check");
    for (const { name } of JOBS) {
      const { stdout: line } = await run(`config line ${name} report`);
      const joined = shown.replaceAll(/ \\\n +/g, " ");
      assert.ok(joined.includes(`  ${line}`), `${line}\n${joined}`);
    }
  }));

const HOOK = { ...CONFIG, notify: [{ webhook: { urlEnv: "ALERTS" } }] };

Deno.test("a list of the line is complete: the set's own entries, and the configuration's", () =>
  withConfig(HOOK, async (run) => {
    const { stdout } = await run("config line repo apply --yes");
    const { net = [], env = [], args } = partsOf(executed(stdout));
    assert.deepEqual(args.slice(0, 3), ["repo", "apply", "--yes"]);
    for (const host of ["*.amazonaws.com:443", "169.254.170.2", "hooks.example.com:8443"]) {
      assert.ok(net.includes(host), host);
    }
    for (const name of ["AWS_*", "HOME", "ALERTS"]) assert.ok(env.includes(name), name);
    assert.doesNotMatch(stdout, /SECRET/);
  }, { ALERTS: "https://hooks.example.com:8443/SECRET" }));

const SERVERS = {
  ...CONFIG,
  reports: {
    elasticsearch: { node: "https://es.example:9200", apiKeyEnv: "ES_API_KEY" },
    mail: {
      smtp: { host: "smtp.example.com", user: "apikey", passwordEnv: "SMTP_PASSWORD" },
      from: "grounds@example.com",
      fallback: "platform@example.com",
    },
  },
};

const OF_REPORTS: readonly (readonly [verb: string, host: string, variable: string])[] = [
  ["setup", "es.example:9200", "ES_API_KEY"],
  ["replay", "es.example:9200", "ES_API_KEY"],
  ["digest", "smtp.example.com", "SMTP_PASSWORD"],
];

for (const [verb, host, variable] of OF_REPORTS) {
  Deno.test(`the line of reports ${verb} reaches its server alone, with its secret`, () =>
    withConfig(SERVERS, async (run, directory) => {
      const { code, stdout, stderr } = await run(`config line reports ${verb}`);
      assert.equal(code, 0, stderr);
      const words = executed(stdout);
      assert.ok(words.includes("-P=reports"));
      const { args, write, net = [], env = [] } = partsOf(words);
      assert.deepEqual(args, ["reports", verb, `--config=${directory}/groundskeeper.json`]);
      assert.deepEqual(write, [`${directory}/out`, `${directory}/groundskeeper.db`]);
      assert.deepEqual(net.filter((one) => one.includes("example")), [host]);
      assert.deepEqual(env.filter((one) => /^(ES|SMTP)_/.test(one)), [variable]);
    }));
}

Deno.test("the line of reports digest writes where its mails go, with a configuration of its own", () =>
  withConfig(SERVERS, async (run, directory) => {
    await Deno.writeTextFile(`${directory}/other.json`, JSON.stringify(SERVERS));
    const asked = ["reports", "digest", "--out", "mails", "--config", "other.json"];
    const { args, write = [] } = partsOf(
      executed((await run(["config", "line", ...asked])).stdout),
    );
    assert.deepEqual(args, asked);
    assert.ok(write.includes(`${directory}/mails`));
  }));

Deno.test("a configuration that is named before the job or behind the verb is the line's", () =>
  withConfig({ version: 1 }, async (run, directory) => {
    await Deno.writeTextFile(`${directory}/other.json`, JSON.stringify(CONFIG));
    const before = partsOf(
      executed((await run("config line --config other.json audit plan")).stdout),
    );
    assert.deepEqual(before.args, ["audit", "plan", `--config=${directory}/other.json`]);
    const behind = partsOf(
      executed((await run("config line audit plan --config other.json")).stdout),
    );
    assert.deepEqual(behind.args, ["audit", "plan", "--config", "other.json"]);
    const flags = await run("config line audit plan --required owner");
    assert.equal(flags.code, 0, "options that stand for settings are settings here, too");
  }));

const WRONG: readonly (readonly [args: string, config: object, message: RegExp])[] = [
  ["audit report", { version: 1 }, /has no audit part\. Say there which tags are required/],
  ["audit reprot", CONFIG, /Unknown command 'reprot'\. Did you mean report\?/],
  ["audit", CONFIG, /Missing required argument 'verb'/],
  ["garden plan", CONFIG, /Unknown command 'garden'/],
  ["reports digets", SERVERS, /Unknown command 'digets'\. Did you mean digest\?/],
  ["reports", SERVERS, /Missing required argument 'verb'/],
  ["config check", CONFIG, /\\"config check\\" is not a job and its verb/],
  ["audit report --help", CONFIG, /is not a job and its verb/],
  ["audit report --slot noon", CONFIG, /It must be a time/],
  ["audit plan --out a,b", CONFIG, /a,b\\" alone, since the name has a comma/],
  ["audit report", { ...CONFIG, audit: { required: 1 } }, /audit\.required/],
];

for (const [args, config, message] of WRONG) {
  Deno.test(`config line ${args} is exit 2: ${message.source}`, () =>
    withConfig(config, async (run) => {
      const { code, stdout, stderr } = await run(`config line ${args}`);
      assert.equal(code, 2, stdout);
      assert.equal(stdout, "");
      assert.match(stderr, message);
    }));
}

const STORE = { kind: "sqlite", path: "store/../link/new/a.db" };

/** The environment of a container with a volume on a folder. */
const container = (folder: string) => ({
  GROUNDSKEEPER_CONTAINER_VOLUME: "/work",
  GROUNDSKEEPER_CONTAINER_MOUNTS: `30 29 259:3 / ${folder} rw - ext4 /dev/nvme1n1 rw\n`,
});

Deno.test("in a container, a store that ends with it is exit 2, with what to do", () =>
  withConfig({ ...CONFIG, store: STORE }, async (run) => {
    assert.equal((await run("config check")).code, 0);
    const { code, stderr } = await run("config line audit report");
    assert.equal(code, 2);
    assert.match(
      stderr,
      /groundskeeper\.json: store\.path: \\"store\/\.\.\/link\/new\/a\.db\\" is in the container's own file system, and is lost when the container ends\. Mount a volume on a folder of its own, such as \/work\/store, and name the file there; or set store\.kind to \\"dynamodb\\"/,
    );
  }, container("/elsewhere")));

Deno.test("a store is where its links lead, also before there is one", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "groundskeeper-volume-" }));
  for (
    const [mounted, code] of [[folder, 0], [`${folder}/new`, 0], [`${folder}/old`, 2]] as const
  ) {
    await withConfig({ ...CONFIG, store: STORE }, async (run, directory) => {
      await Deno.symlink(folder, `${directory}/link`);
      assert.equal((await run("config line audit report")).code, code, mounted);
    }, container(mounted));
  }
  await Deno.remove(folder);
});

Deno.test("a container that cannot say what is mounted keeps no store in a file", () =>
  withConfig(CONFIG, async (run) => {
    assert.equal((await run("config line audit report")).code, 2);
  }, { GROUNDSKEEPER_CONTAINER_VOLUME: "/work" }));

Deno.test("a store in DynamoDB is in no container, and outside of one a file is no question", async () => {
  const store = { kind: "dynamodb", region: "us-east-1", table: "grounds" };
  const { GROUNDSKEEPER_CONTAINER_MOUNTS: mounts, ...volume } = container("/elsewhere");
  for (
    const [config, environment] of [
      [{ ...CONFIG, store }, volume],
      [CONFIG, { GROUNDSKEEPER_CONTAINER_MOUNTS: mounts }],
    ] as const
  ) {
    await withConfig(config, async (run) => {
      assert.equal((await run("config line audit report")).code, 0);
    }, environment);
  }
});
