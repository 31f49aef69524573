import assert from "assert";
import { ROOT } from "../architecture/module_graph.ts";
import { onTerminal } from "../e2e/terminal.ts";

/** Runs one command of the program on the demo's stage, which stands before no AWS at all. */
const ONE_COMMAND = `
  const { DIRECTORY, Stage } = await import(Deno.args[0]);
  await Deno.mkdir(DIRECTORY, { recursive: true });
  await new Stage({ environment: { AWS_ENDPOINT_URL: "http://127.0.0.1:9" } })
    .run(Deno.args[1], { expected: Number(Deno.args[2]) });
`;

function stage(command: string, expected: number) {
  return onTerminal([
    Deno.execPath(),
    "eval",
    "-q",
    "--cached-only",
    `--config=${ROOT}deno.json`,
    ONE_COMMAND,
    new URL(`file://${ROOT}test/demo/stage.ts`).href,
    command,
    String(expected),
  ], { directory: ROOT });
}

Deno.test("on a terminal the demo shows a command, what it prints, and how it ended", async () => {
  const { code, text } = await stage("permissions audit --role nobody", 2);
  assert.equal(code, 0, text);
  assert.match(text, /\$ groundskeeper permissions audit --role nobody\n/);
  assert.match(text, / {4}exit 2\n/);
});

Deno.test("on a terminal the demo ends when a command ends otherwise than the story says", async () => {
  const { code, text } = await stage("permissions audit --role nobody", 0);
  assert.notEqual(code, 0);
  assert.match(text, /ended with 2; the story expects 0/);
});
