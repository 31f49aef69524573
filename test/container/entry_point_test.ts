import assert from "assert";
import { JOBS } from "../../runners/jobs.ts";
import { ROOT } from "../architecture/module_graph.ts";

/** Stands for Deno: notes what it is asked, says so, waits until it may go on, and answers a line. */
const DENO = `#!/bin/sh
printf '%s\\0' "$@" >"$INIT_CWD/asked"
if [ -n "\${WAIT-}" ]; then echo asked; read -r _ <"$WAIT"; fi >&2
printf '%s\\n' "$ANSWER"
exit "\${CODE-0}"
`;

type Started = {
  readonly pid: number;
  readonly code: number;
  readonly stdout: string;
  /** What Deno was asked for, behind the program's file. */
  readonly asked: readonly string[];
};

type How = {
  readonly env?: Readonly<Record<string, string>>;
  /** The line that Deno answers. */
  readonly answer?: string;
  readonly onSpawn?: (child: Deno.ChildProcess) => Promise<void>;
};

/** Runs the entry point in a new folder, which `work` may look at. */
async function start(
  args: readonly string[],
  { env = {}, answer = "true", onSpawn }: How = {},
  work: (directory: string, started: Started) => void = () => {},
): Promise<Started> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "groundskeeper-entry-" }));
  const directory = `${folder}/it's $HOME`;
  await Deno.mkdir(directory);
  await Deno.writeTextFile(`${folder}/deno`, DENO, { mode: 0o755 });
  const child = new Deno.Command(`${ROOT}container/entry_point.sh`, {
    args: [...args],
    cwd: directory,
    clearEnv: true,
    env: { PATH: `${folder}:${Deno.env.get("PATH")}`, ANSWER: answer, ...env },
    stdout: "piped",
    stderr: onSpawn ? "piped" : "inherit",
  }).spawn();
  await onSpawn?.(child);
  const { code, stdout } = await child.output();
  const words = (await Deno.readTextFile(`${directory}/asked`)).split("\0").slice(0, -1);
  const started = {
    pid: child.pid,
    code,
    stdout: new TextDecoder().decode(stdout),
    asked: words.slice(words.indexOf(`${ROOT}runners/main.ts`) + 1),
  };
  work(directory, started);
  await Deno.remove(folder, { recursive: true });
  return started;
}

Deno.test("the entry point becomes the command that config line prints", async () => {
  const { pid, code, stdout, asked } = await start(["audit", "report", "--slot", "a 'b' $c"], {
    answer: `sh -c 'echo "$$ $1"; exit 4' sh 'a  b'`,
  });
  assert.deepEqual([code, stdout], [4, `${pid} a  b\n`]);
  assert.deepEqual([...asked.slice(0, 3), ...asked.slice(4)], [
    ...["config", "line", "--config"],
    ...["audit", "report", "--slot", "a 'b' $c"],
  ]);
});

Deno.test("job and verb may be one word, as the instance of a unit is", async () => {
  const { asked } = await start(["audit-report"]);
  assert.deepEqual(asked.slice(4), ["audit", "report"]);
});

Deno.test("a command that config line refuses is not run, and the exit code is its own", async () => {
  const { code, stdout } = await start(["audit", "reprot"], {
    answer: "echo ran",
    env: { CODE: "2" },
  });
  assert.deepEqual([code, stdout], [2, ""]);
});

Deno.test("the configuration is the text of the environment, or the named file, or that of the folder", async () => {
  const text = `{"it's": "$HOME \`x\` \\\\n%s"}`;
  const file = async (given: Record<string, string>, name: string, content?: string) => {
    await start(["audit", "plan"], { env: given }, (directory, { asked }) => {
      assert.equal(asked[3], name.replace(/^\./, directory));
      if (content) assert.equal(Deno.readTextFileSync(asked[3]!), content);
      // Nothing else is left.
      assert.equal([...Deno.readDirSync(directory)].length, content ? 2 : 1);
    });
  };
  const other = { GROUNDSKEEPER_CONFIG: "/etc/other.json" };
  await file({ GROUNDSKEEPER_CONFIG_TEXT: text, ...other }, "./task_definition.json", `${text}\n`);
  await file({ GROUNDSKEEPER_CONFIG_TEXT: "", ...other }, "/etc/other.json");
  await file({}, "./groundskeeper.json");
});

Deno.test("verbs that ask a person get --yes, and no other", async () => {
  for (const { name, verbs = [] } of JOBS) {
    const asking = ["apply", ...verbs.filter(({ asks }) => asks).map(({ name }) => name)];
    const others = ["plan", "report", "explain", "history", ...verbs.map(({ name }) => name)];
    for (const verb of new Set([...asking, ...others])) {
      const { asked } = await start([name, ...verb.split(" "), "--json"]);
      assert.equal(asked.at(-1), asking.includes(verb) ? "--yes" : "--json", `${name} ${verb}`);
    }
  }
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`${signal} before Deno runs is exit 3, and nothing is run`, async () => {
    const pipe = `${await Deno.makeTempDir()}/pipe`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    const { code, stdout } = await start(["audit", "report"], {
      answer: "echo ran",
      env: { WAIT: pipe },
      onSpawn: async (child) => {
        const reader = child.stderr.getReader();
        await reader.read();
        reader.releaseLock();
        child.kill(signal);
        await Deno.writeTextFile(pipe, "go on\n");
      },
    });
    assert.deepEqual([code, stdout], [3, ""]);
    await Deno.remove(pipe.replace(/pipe$/, ""), { recursive: true });
  });
}
