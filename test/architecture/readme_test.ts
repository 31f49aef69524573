import assert from "assert";
import denoConfig from "../../deno.json" with { type: "json" };
import { checkConfig } from "../../runners/config.ts";
import { readJsonc } from "../../runners/core/config/read.ts";
import { readCommandLine } from "../../runners/core/cli/command_line.ts";
import { FIRST_CONFIG } from "../../runners/first_config.ts";
import { JOBS } from "../../runners/jobs.ts";
import { ROOT } from "./module_graph.ts";

const PAGES = ["README.md", "test/README.md", "test/aws/README.md"];
const TODAY = new Date("2026-11-21T00:00:00Z");

/** The code blocks of a language on a page. */
function blocks(page: string, language: string): string[] {
  const text = Deno.readTextFileSync(`${ROOT}${page}`);
  return [...text.matchAll(/```(\w+)\n([\s\S]*?)```/g)]
    .filter(([, found]) => found === language).map(([, , block]) => block!);
}

/** Every command in shell blocks and in `code`, without its comment. */
function commands(page: string): string[] {
  const text = Deno.readTextFileSync(`${ROOT}${page}`);
  const inline = [...text.matchAll(/`((?:npx -y deno@2\.9\.6|deno) task [^`]+)`/g)].map((
    [, code],
  ) => code!);
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

Deno.test("every groundskeeper command on a page is one that the program understands", () => {
  let understood = 0;
  for (const page of PAGES) {
    const text = Deno.readTextFileSync(`${ROOT}${page}`);
    const shown = [...text.matchAll(/^\$ (groundskeeper .*)$/gm)].map(([, command]) => command!);
    for (const command of [...commands(page), ...shown]) {
      const args = /(?:^|task )(?:groundskeeper|(audit)) ?(.*)$/.exec(command);
      if (!args || !/^(deno task|npx|groundskeeper)/.test(command)) continue;
      const words = [...(args[1] ? [args[1]] : []), ...args[2]!.split(" ").filter(Boolean)];
      assert.doesNotThrow(() => readCommandLine(words, JOBS, "0"), `${page}: ${command}`);
      understood++;
    }
  }
  assert.ok(understood > 8, `${understood} commands were found`);
});

Deno.test("every configuration on the page is right, and so is the first one", () => {
  const texts = [...blocks("README.md", "jsonc"), FIRST_CONFIG];
  assert.ok(texts.length >= 2);
  for (const text of texts) checkConfig(readJsonc(text, "README.md"), "README.md", TODAY);
});

function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${folder}/${name}`) : [`${folder}/${name}`]
  );
}

/** The codes that the audit's sources give as a reason, and those that its cases expect. */
function reasonCodes(): Set<string> {
  const sources = filesBelow(`${ROOT}runners/audit`).map((file) => Deno.readTextFileSync(file));
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

Deno.test("every reason to spare an instance or not to believe a region is on the page", () => {
  const page = Deno.readTextFileSync(`${ROOT}README.md`);
  const codes = reasonCodes();
  assert.ok(codes.size > 15, `${codes.size} codes were found`);
  assert.deepEqual([...codes].filter((code) => !page.includes(`\`${code}\``)).sort(), []);
});

Deno.test("every link to a file leads somewhere", async () => {
  for (const page of PAGES) {
    const folder = page.slice(0, page.lastIndexOf("/") + 1);
    const text = await Deno.readTextFile(`${ROOT}${page}`);
    for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      assert.ok((await Deno.stat(`${ROOT}${folder}${target}`)).isFile, `${page}: ${target}`);
    }
  }
});
