import assert from "assert";
import { ROOT } from "../architecture/module_graph.ts";
import { denoDir } from "../tasks/run_tests.ts";

/** A fresh home has no packages, and need not fetch them. */
const DENO_DIR = await denoDir();

/** Works in a fresh home, in a folder whose name a shell would expand. */
async function withHome(work: (home: string, directory: string) => void): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "groundskeeper-home-" }));
  const home = `${folder}/it's $HOME`;
  await Deno.mkdir(`${home}/stands here`, { recursive: true });
  work(home, `${home}/stands here`);
  await Deno.remove(folder, { recursive: true });
}

/** Runs a line in a shell that has nothing of this process but the PATH of the system. */
function shell(line: string, directory: string, env: Record<string, string>) {
  const { code, stdout, stderr } = new Deno.Command("sh", {
    args: ["-c", line],
    cwd: directory,
    clearEnv: true,
    env: { PATH: "/usr/bin:/bin", DENO_DIR, NO_COLOR: "1", ...env },
  }).outputSync();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

const install = (more = "") =>
  `'${Deno.execPath()}' task -q --config='${ROOT}deno.json' install ${more}`;

Deno.test("install puts the command on the PATH of a fresh home, and it runs where the person stands", () =>
  withHome((HOME, directory) => {
    const { code, stdout, stderr } = shell(install(), directory, { HOME });
    assert.equal(code, 0, stderr);
    assert.ok(stdout.startsWith(`Wrote ${HOME}/.deno/bin/groundskeeper. `));
    const profile = /not on your PATH\..*\n {2}(export PATH=.*)\n$/.exec(stdout)?.[1];
    const asked = shell(`${profile}; groundskeeper --version`, "/", { HOME });
    const { version } = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`));
    assert.deepEqual(asked, { code: 0, stdout: `groundskeeper ${version}\n`, stderr: "" });
    // What a task or a script of npm leaves in the environment is not where the person stands.
    const first = shell(`${profile}; groundskeeper config init`, directory, {
      HOME,
      INIT_CWD: "/",
    });
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /^ {2}groundskeeper config check$/m);
    assert.ok(Deno.statSync(`${directory}/groundskeeper.json`).isFile);
  }));

Deno.test("install replaces what it wrote, and says the first command if its folder is on the PATH", () =>
  withHome((HOME, directory) => {
    const PATH = `/usr/bin:${directory}/own/bin:/bin`;
    for (let times = 0; times < 2; times++) {
      const { code, stdout } = shell(install("--root own"), directory, { HOME, PATH });
      assert.equal(code, 0);
      assert.match(stdout, /To begin:\n {2}groundskeeper --help\n$/);
    }
    assert.deepEqual([...Deno.readDirSync(`${directory}/own/bin`)].map(({ name }) => name), [
      "groundskeeper",
    ]);
    assert.equal(shell("groundskeeper --help", directory, { HOME, PATH }).code, 0);
  }));

Deno.test("install leaves another program of this name alone, and says what to do", () =>
  withHome((HOME, directory) => {
    const other = `${HOME}/.deno/bin/groundskeeper`;
    Deno.mkdirSync(`${HOME}/.deno/bin`, { recursive: true });
    Deno.writeTextFileSync(other, "#!/bin/sh\n");
    const { code, stderr } = shell(install(), directory, { HOME });
    assert.equal(code, 2);
    assert.match(stderr, /another program has this name\. To install elsewhere, say --root DIR\n/);
    assert.equal(Deno.readTextFileSync(other), "#!/bin/sh\n");
    const blocked = shell(install('--root "$OTHER"'), directory, { HOME, OTHER: other });
    assert.deepEqual([blocked.code, /^Cannot write ".*": /.test(blocked.stderr)], [2, true]);
  }));

for (const [args, env] of [["--rot x", { HOME: "/" }], ["", {}]] as const) {
  Deno.test(`install ${args} is exit 2 ${"HOME" in env ? "with" : "without"} a home`, () => {
    const { code, stderr } = shell(install(args), "/", env);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /^Usage: deno task install \[--root DIR\]/);
  });
}

Deno.test("without installation, the tasks of a clone do the same where the person stands", () =>
  withHome((HOME, directory) => {
    const task = (line: string) =>
      shell(`'${Deno.execPath()}' task -q --config='${ROOT}deno.json' ${line}`, directory, {
        HOME,
      });
    const first = task("groundskeeper config init");
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /^ {2}deno task groundskeeper config check$/m);
    assert.ok(Deno.statSync(`${directory}/groundskeeper.json`).isFile);
    for (const job of ["audit", "repo"]) {
      const { code, stderr } = task(`${job} history`);
      assert.equal(code, 1);
      assert.ok(stderr.includes(`There is no store at ${directory}/groundskeeper.db yet`), stderr);
    }
  }));
