import assert from "assert";
import denoConfig from "../../deno.json" with { type: "json" };
import { checkConfig } from "../../runners/core/config/config.ts";
import { LEVELS } from "../../runners/core/attest/levels.ts";
import { readJsonc } from "../../runners/core/config/read.ts";
import { readCommandLine } from "../../runners/core/cli/command_line.ts";
import { firstConfig } from "../../runners/shell/tools.ts";
import { dirtySchema, EVENTS } from "../../runners/dirty/config.ts";
import { JOBS } from "../../runners/jobs.ts";
import { jobFiles } from "../e2e/sixth_job/house.ts";
import { ROOT } from "./module_graph.ts";
import { blocks, filesIn, PAGES } from "./pages.ts";

const TODAY = new Date("2026-11-21T00:00:00Z");

/** Every command in shell blocks and in `code`, without its comment. */
function commands(page: string): string[] {
  const text = Deno.readTextFileSync(`${ROOT}${page}`);
  const inline = [
    ...text.matchAll(
      /`((?:(?:npx -y deno@2\.9\.6|deno) task|groundskeeper (?:audit|dirty|repo)) [^`]+)`/g,
    ),
  ].map(([, code]) => code!);
  return [...blocks(page, "sh").flatMap((block) => block.split("\n")), ...inline]
    .map((line) => line.replace(/\s+#.*$/, "").trim()).filter((line) => line !== "");
}

Deno.test("every task that a page names is there", () => {
  for (const page of PAGES) {
    for (const command of commands(page)) {
      const task = /^(?:npx -y deno@2\.9\.6|deno) task (?:-q )?([\w:]+)/.exec(command)?.[1];
      if (task) assert.ok(task in denoConfig.tasks, `${page}: ${command}`);
    }
  }
});

Deno.test("README installs Deno before it names a task of it, and the command before it is typed", () => {
  const text = Deno.readTextFileSync(`${ROOT}README.md`);
  const at = (words: RegExp) => text.search(words);
  assert.ok(at(/npm install --global deno@/) > 0);
  assert.ok(at(/npm install --global deno@/) < at(/\bdeno task /));
  assert.ok(at(/^deno task install/m) < at(/^\$? ?groundskeeper /m));
});

Deno.test("pages call the program groundskeeper; other names for it are explained once", () => {
  const others = PAGES.flatMap((page) =>
    Deno.readTextFileSync(`${ROOT}${page}`).split("\n").flatMap((line) =>
      [...line.matchAll(/task (?:-q )?(groundskeeper|audit|repo)\b/g)].map((
        [, name],
      ) => [page, name])
    )
  );
  assert.deepEqual(others, [
    ["README.md", "groundskeeper"],
    ["docs/ci.md", "groundskeeper"],
    ["docs/running.md", "audit"],
    ["docs/running.md", "repo"],
  ]);
});

Deno.test("every groundskeeper command on a page is one that the program understands", () => {
  let understood = 0;
  for (const page of PAGES) {
    const text = Deno.readTextFileSync(`${ROOT}${page}`);
    const shown = [...text.matchAll(/^(?:\$| ) (groundskeeper .*)$/gm)].map(([, one]) => one!);
    for (const command of [...commands(page), ...shown]) {
      const args = /(?:^|task )(?:groundskeeper|(audit|repo)\b) ?(.*)$/.exec(command);
      if (!args || !/^(deno task|npx|groundskeeper)/.test(command)) continue;
      const typed = args[2]!.replace(/ > \S+$/, "").matchAll(/"([^"]*)"|\S+/g)
        .map(([word, quoted]) => quoted ?? word);
      const words = [...(args[1] ? [args[1]] : []), ...typed];
      assert.doesNotThrow(() => readCommandLine(words, JOBS, "0"), `${page}: ${command}`);
      understood++;
    }
  }
  assert.ok(understood > 40, `${understood} commands were found`);
});

Deno.test("every configuration on a page is right, and so is the first one", () => {
  const texts = [
    ...PAGES.flatMap((page) => blocks(page, "jsonc").map((text) => [page, text] as const)),
    ["config init", firstConfig(JOBS, "groundskeeper.schema.json")] as const,
  ];
  assert.ok(texts.length > 5, `${texts.length} configurations were found`);
  for (const [page, text] of texts) checkConfig(JOBS, readJsonc(text, page), page, TODAY);
});

Deno.test("every program on a page of the jobs stands in an example that tests run", () => {
  const examples = [
    ...filesIn(`${ROOT}examples`).filter((file) => file.endsWith(".ts"))
      .map((file) => Deno.readTextFileSync(file)),
    ...jobFiles().values(),
  ];
  const shown = PAGES.filter((page) => page.startsWith("docs/")).flatMap((page) =>
    blocks(page, "ts")
  );
  assert.ok(shown.length >= examples.length);
  for (const text of shown) assert.ok(examples.some((example) => example.includes(text)), text);
});

Deno.test("nothing that a page shows of the program is wider than 100 columns", () => {
  for (const page of PAGES) {
    for (const line of blocks(page, "text").flatMap((block) => block.split("\n"))) {
      assert.ok(line.length <= 100, `${page}: ${line}`);
    }
  }
});

/** The codes that the audit's sources give as a reason, and those that its cases expect. */
function auditCodes(): Set<string> {
  const sources = filesIn(`${ROOT}runners/audit`).map((file) => Deno.readTextFileSync(file));
  const given = sources.flatMap((text) => [
    ...text.matchAll(/\b(?:spare|spared|unproven)\(\s*(?:subject,\s*)?"([a-z]+(?:-[a-z]+)*)"/g),
    ...text.matchAll(/\breason: "([a-z]+(?:-[a-z]+)*)"/g),
  ]).map(([, code]) => code!);
  const cases = [...Deno.readDirSync(`${ROOT}test/cases/audit`)]
    .filter(({ name }) => name.endsWith(".json"))
    .map(({ name }) => JSON.parse(Deno.readTextFileSync(`${ROOT}test/cases/audit/${name}`)).expect);
  const expected = cases.flatMap(({ spared = {}, coverage = {} }) => [
    ...Object.values<string>(spared),
    ...Object.values<string>(coverage).filter((proof) => proof.startsWith("not proven: "))
      .map((proof) => proof.replace(/^not proven: (?:users-)?/, "")),
  ]);
  // What documents say of a region that is proven.
  return new Set([...given, ...expected].filter((code) => code !== "ok"));
}

const CODE = "[a-z]+(?:-[a-z]+)*";

/**
 * The codes that the sources of `repo` give: verdicts by their types, everything else by how it is
 * made. Those of calls that fail are core's, and AWS's.
 */
function repoCodes(): Set<string> {
  const texts = filesIn(`${ROOT}runners/repo`).filter((file) => file.endsWith(".ts"))
    .map((file) => Deno.readTextFileSync(file));
  const ways = [
    `\\breason: "(${CODE})"`,
    `new ReportError\\(\\s*"(${CODE})"`,
    `\\bwrong\\(\\w+, "(${CODE})"`,
    `\\brejected\\("(${CODE})"`,
    `\\banyPath\\([^,]+, "(${CODE})"`,
  ];
  const given = ways.flatMap((way) => {
    const found = texts.flatMap((text) => [...text.matchAll(new RegExp(way, "g"))]);
    assert.ok(found.length > 0, way);
    return found.map(([, code]) => code!);
  });
  const decision = Deno.readTextFileSync(`${ROOT}runners/repo/decide/decided.ts`);
  const verdicts = [...decision.matchAll(new RegExp(`^  \\| "(${CODE})"`, "gm"))];
  assert.ok(verdicts.length > 12, `${verdicts.length} verdicts were found`);
  const core = Deno.readTextFileSync(`${ROOT}runners/core/aws/failure.ts`);
  const failures = [...core.matchAll(new RegExp(`(?:reason: |\\[)"(${CODE})"`, "g"))];
  return new Set([
    ...given,
    ...[...verdicts, ...failures].map(([, code]) => code!),
    ...["age", "blocklist", "exclusive", "lambda", "hook:NAME"],
    // IAM has no regions that could be off.
  ]).difference(new Set(["region-not-enabled"]));
}

/** All codes by which `dirty` says what it knows or why, and its settings. */
function dirtyCodes(): Set<string> {
  const read = (path: string) => Deno.readTextFileSync(`${ROOT}runners/${path}`);
  const sources = filesIn(`${ROOT}runners/dirty`).map((file) => Deno.readTextFileSync(file));
  const refused = read("core/attest/refused.ts");
  const queue = read("core/queue/serve_message.ts");
  const accounts = read("core/aws/organization.ts");
  const sessions = read("core/aws/sessions.ts");
  // A line may choose one of several.
  const reasons = [...sources, queue, accounts].flatMap((
    text,
  ) => [...text.matchAll(/\breason: .*/g)]);
  const chosen = reasons.flatMap(([line]) => [...line.matchAll(new RegExp(`"(${CODE})"`, "g"))]);
  const ledger = [...read("dirty/ledger.ts").matchAll(/z\.enum\(\[(.*)\]\)/g)].map(([, of]) => of!);
  const status = /type Status = (.*);/.exec(read("dirty/standing.ts"))![1]!;
  const named = [...ledger, status].flatMap((text) => [...text.matchAll(/"([a-z-]+)"/g)]);
  const found = [
    chosen,
    named,
    [...refused.matchAll(new RegExp(`^  \\| "(${CODE})"`, "gm"))],
    [...read("dirty/verbs/verify.ts").matchAll(/^\s+"?([a-z-]+)"?: "(?:is|has|was) /gm)],
    [...read("core/aws/failure.ts").matchAll(new RegExp(`(?:reason: |\\[)"(${CODE})"`, "g"))],
    [...sessions.matchAll(new RegExp(`new AwsAccessError\\(\\s*"(${CODE})"`, "g"))],
  ];
  for (const [at, codes] of found.entries()) assert.ok(codes.length > 1, `none in place ${at}`);
  return new Set([
    ...found.flat().map(([, code]) => code!),
    ...Object.keys(dirtySchema.shape),
    ...LEVELS,
    ...EVENTS,
  ]);
}

for (
  const [page, codes, least] of [
    ["docs/audit.md", auditCodes, 15],
    ["docs/dirty.md", dirtyCodes, 60],
    ["docs/repo.md", repoCodes, 50],
  ] as const
) {
  Deno.test(`every reason that is given is on ${page}`, () => {
    const text = Deno.readTextFileSync(`${ROOT}${page}`);
    const found = codes();
    assert.ok(found.size > least, `${found.size} codes were found`);
    assert.deepEqual([...found].filter((code) => !text.includes(`\`${code}\``)).sort(), []);
  });
}

/** What GitHub makes of a heading. */
function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^\w\- ]/g, "").replaceAll(" ", "-");
}

Deno.test("every link leads to a file, and to a heading of it", async () => {
  for (const page of PAGES) {
    const folder = page.slice(0, page.lastIndexOf("/") + 1);
    const text = await Deno.readTextFile(`${ROOT}${page}`);
    for (
      const [, target = "", anchor] of text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)
    ) {
      const file = `${ROOT}${target === "" ? page : folder + target}`;
      assert.ok((await Deno.stat(file)).isFile, `${page}: ${target}`);
      if (anchor === undefined) continue;
      const headings = [...(await Deno.readTextFile(file)).matchAll(/^#+ (.*)$/gm)]
        .map(([, heading]) => anchorOf(heading!));
      assert.ok(headings.includes(anchor), `${page}: ${target}#${anchor}`);
    }
  }
});
