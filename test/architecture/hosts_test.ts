import assert from "assert";
import denoConfig from "../../deno.json" with { type: "json" };
import { readCommandLine } from "../../runners/core/cli/command_line.ts";
import { JOBS } from "../../runners/jobs.ts";
import { copied, instructionsIn, isInContext, variablesIn } from "../container/dockerfile.ts";
import { ROOT } from "./module_graph.ts";
import { filesIn, USER_PAGES } from "./pages.ts";

const read = (path: string) => Deno.readTextFileSync(`${ROOT}${path}`);

/** What starts the program outside of a checkout, and the page that tells of it. */
const STARTING = [
  "container/Dockerfile",
  "container/entry_point.sh",
  ...filesIn(`${ROOT}hosts`).map((path) => path.slice(ROOT.length)),
  "docs/running.md",
];

const found = (pattern: RegExp) =>
  STARTING.flatMap((file) =>
    [...read(file).matchAll(pattern)].map(([whole, part]) => ({ file, name: part ?? whole }))
  );

const ROOMS = "runners|reports|container|hosts|docs|deno\\.json|deno\\.lock";

Deno.test("every file of the checkout that starts the program is there", () => {
  const files = [
    // Where the checkout stands there: in the image, on a host, and for the entry point.
    ...found(/(?:\/app|\/opt\/groundskeeper|\$checkout)\/(?!\.cache\/)([\w./@-]*\w)/g),
    ...found(new RegExp(`(?<![\\w./$-])(?:${ROOMS})(?:/[\\w./@-]*\\w)?(?![\\w/])`, "g"))
      .filter(({ name }) => name.includes("/") || name.startsWith("deno.")),
  ];
  assert.ok(files.length > 20, `${files.length} names were found`);
  for (const { file, name } of files) {
    assert.ok(Deno.statSync(`${ROOT}${name}`), `${file}: ${name}`);
  }
});

Deno.test("every task and permission set that starts the program is there", () => {
  const tasks = found(/\bdeno task (?:-q )?([\w:]+)/g);
  const sets = found(/-P=(\w+)/g);
  assert.ok(tasks.length > 0 && sets.length > 0);
  for (const { file, name } of tasks) assert.ok(name in denoConfig.tasks, `${file}: ${name}`);
  for (const { file, name } of sets) assert.ok(name in denoConfig.permissions, `${file}: ${name}`);
});

Deno.test("every variable of Groundskeeper that is set is one that something reads", () => {
  const readers = [
    "container/entry_point.sh",
    ...filesIn(`${ROOT}runners`).filter((path) => path.endsWith(".ts"))
      .map((path) => path.slice(ROOT.length)),
  ].map(read).join("\n");
  const names = found(/\bGROUNDSKEEPER_\w+(?==|\b)/g);
  assert.ok(names.length > 5);
  for (const { file, name } of names) {
    assert.match(readers, new RegExp(`"${name}"|\\$\\{?${name}\\b`), `${file}: ${name}`);
  }
});

Deno.test("every verb that a host starts is one that the program understands", () => {
  const names = [...JOBS.map(({ name }) => name), "reports"].join("|");
  const commands = [
    ...found(new RegExp(`entry_point\\.sh ((?:${names}) .+)$`, "gm")).map(({ name }) => name),
    ...[...read("docs/running.md").matchAll(/^ {2}groundskeeper (.+)$/gm)].map(([, words]) =>
      words!
    ),
  ];
  assert.ok(commands.length > 5);
  for (const command of commands) {
    const { kind } = readCommandLine(command.split(" "), JOBS, "0");
    assert.equal(kind, command.startsWith("reports ") ? "tool" : "job", command);
  }
});

Deno.test("the image has what it copies, and its entry point can be executed", () => {
  const ignore = read(".dockerignore");
  const instructions = instructionsIn(read("container/Dockerfile"));
  const copies = instructions.filter(({ name }) => name === "COPY").map(({ text }) => copied(text));
  for (const { from, sources } of copies.filter(({ from }) => from === undefined)) {
    for (const source of sources) {
      const { isFile } = Deno.statSync(`${ROOT}${source}`);
      const files = isFile
        ? [source]
        : filesIn(`${ROOT}${source}`).map((path) => path.slice(ROOT.length));
      assert.ok(files.some((path) => isInContext(ignore, path)), `${from}${source}`);
    }
  }
  assert.equal(isInContext(ignore, "groundskeeper.json"), false);
  assert.equal(Deno.statSync(`${ROOT}container/entry_point.sh`).mode! & 0o111, 0o111);
});

Deno.test("hosts agree where the configuration, the packages and the folder of a service are", () => {
  const lines = (path: string) =>
    [...read(path).matchAll(/^(?:Environment=)?((?:[A-Z_]+=\S+ ?)+)$/gm)]
      .map(([, pairs]) => variablesIn(pairs!.trim()));
  const unit: Record<string, string> = Object.assign(
    {},
    ...lines("hosts/systemd/groundskeeper@.service"),
  );
  const cron: Record<string, string> = Object.assign({}, ...lines("hosts/crontab"));
  for (const name of ["GROUNDSKEEPER_CONFIG", "DENO_DIR", "INIT_CWD"]) {
    const value = unit[name]?.replace("%S", "/var/lib");
    assert.ok(value && read("docs/running.md").includes(value), name);
    assert.equal(cron[name], value);
  }
});

Deno.test("every page and the image name the version of Deno that the tests run", () => {
  const named = ["container/Dockerfile", ".ci/run", ...USER_PAGES].flatMap((path) =>
    [...read(path).matchAll(/\bdeno@([\d.]+)/g)].map(([, version]) => ({ path, version }))
  );
  assert.ok(named.length > 4);
  for (const { path, version } of named) assert.equal(version, Deno.version.deno, path);
});
