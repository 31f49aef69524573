import { ROOT } from "./module_graph.ts";

/** The pages that users read first, as paths from the root. */
export const USER_PAGES: readonly string[] = [
  "README.md",
  ...filesIn(`${ROOT}docs`).map((file) => file.slice(ROOT.length)),
];

/** All pages, those for people who work on the project too. */
export const PAGES: readonly string[] = [
  ...USER_PAGES,
  "client/README.md",
  "examples/dirty/README.md",
  "examples/repo/README.md",
  "test/README.md",
  "test/aws/README.md",
];

/** The code blocks of a language on a page. */
export function blocks(page: string, language: string): string[] {
  const text = Deno.readTextFileSync(`${ROOT}${page}`);
  return [...text.matchAll(/```(\w+)\n([\s\S]*?)```/g)]
    .filter(([, found]) => found === language).map(([, , block]) => block!);
}

/** The commands of each shell block of a page, without their comments. */
export function shellBlocks(page: string): string[][] {
  return blocks(page, "sh").map((block) =>
    block.split("\n").map((line) => line.replace(/\s+#.*$/, "").trim()).filter(Boolean)
  );
}

/** All files below a folder, sorted. */
export function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(`${folder}/${name}`) : [`${folder}/${name}`]
  ).sort();
}

/** The names that stand in no code on a page. */
export function namesMissingOn(page: string, names: readonly string[]): string[] {
  const text = Deno.readTextFileSync(`${ROOT}${page}`);
  return names.filter((name) =>
    !new RegExp(`\`[^\`\n]*(?<![\\w-])${RegExp.escape(name)}(?![\\w-])[^\`\n]*\``).test(text)
  );
}
