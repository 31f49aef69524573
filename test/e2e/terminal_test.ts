import assert from "assert";
import { ROOT } from "../architecture/module_graph.ts";
import { onTerminal } from "./terminal.ts";

const WRONG =
  "repo plan --role 111111111111/app --restor 1 --policy arn:aws:iam::111111111111:policy/a";

function shown(columns: number): Promise<{ readonly code: number; readonly text: string }> {
  return onTerminal([
    Deno.execPath(),
    "run",
    "-q",
    "--cached-only",
    "-P=groundskeeper",
    "runners/main.ts",
    ...WRONG.split(" "),
  ], {
    directory: ROOT,
    columns,
    env: { GROUNDSKEEPER_COMMAND: "npx -y deno@2.9.6 task groundskeeper", COLUMNS: "" },
  });
}

Deno.test("on a narrow terminal sentences are broken, and a command to paste never is", async () => {
  const { code, text } = await shown(30);
  assert.equal(code, 2);
  assert.match(text, /^ {2}npx -y deno@2\.9\.6 task groundskeeper repo \S+ --help$/m);
  const sentences = text.split("\n").filter((line) => !line.startsWith("  "));
  assert.deepEqual(sentences.filter((line) => line.length > 30), []);
  assert.ok(sentences.length > 3, text);
});

Deno.test("a terminal that does not know its width is taken for a wide one", async () => {
  const { text } = await shown(0);
  assert.match(text, /^Unknown option '--restor'\. Did you mean --restore\?$/m);
});
