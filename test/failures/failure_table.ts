import { ROOT } from "../architecture/module_graph.ts";
import type { FailureList, FailureRow } from "./failure_row.ts";
import { OPERATORS } from "./operators.ts";
import { OTHER_TOOLS } from "./other_tools.ts";
import { PY_AWSAUDIT } from "./py_awsaudit.ts";
import { REPOKID } from "./repokid.ts";
import { STRANGERS } from "./strangers.ts";

/** All that is known to go wrong with tools like these. */
export const FAILURES: readonly FailureList[] = [
  OPERATORS,
  PY_AWSAUDIT,
  OTHER_TOOLS,
  REPOKID,
  STRANGERS,
];

/** The page of the table, for people; `deno run -A test/failures/failure_table.ts` writes it. */
export async function failurePage(lists: readonly FailureList[]): Promise<string> {
  const text = [
    "# What goes wrong with such tools, and the test that shows that it does not here",
    "This page is made from the lists in this folder. A test compares it with them, and finds each " +
    "test that it names.",
    ...lists.flatMap(({ title, intro, rows }) => [
      `## ${title}`,
      intro,
      ...rows.map((row, index) => rowText(row, index + 1)),
    ]),
  ].join("\n\n");
  return await formatted(`${text}\n`);
}

function rowText({ what, told, answer, tests, without }: FailureRow, number: number): string {
  const list = [
    ...tests.map(([file, name]) => `- \`${file}\`: ${name}`),
    ...(without === undefined ? [] : [`- ${without}`]),
  ];
  return [
    `**${number}.** ${what}${told === "" ? "" : ` (${told})`}`,
    ...(answer === "" ? [] : [`_Here:_ ${answer}`]),
    list.join("\n"),
  ].join("\n\n");
}

/** As `deno fmt` would leave it. */
async function formatted(markdown: string): Promise<string> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["fmt", `--config=${ROOT}deno.json`, "--ext=md", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(markdown));
  await writer.close();
  return new TextDecoder().decode((await process.output()).stdout);
}

/** Where the page stands. */
export const PAGE = new URL("README.md", import.meta.url);

if (import.meta.main) await Deno.writeTextFile(PAGE, await failurePage(FAILURES));
