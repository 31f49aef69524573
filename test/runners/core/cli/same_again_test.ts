import assert from "assert";
import { readCommandLine } from "../../../../runners/core/cli/command_line.ts";
import { PLAIN_COMMAND, shellWord } from "../../../../runners/core/cli/next_command.ts";
import { nextCommands } from "../../../../runners/core/cli/same_again.ts";
import { JOBS } from "../../../../runners/jobs.ts";
import { shellWords } from "../../../e2e/shell_words.ts";
import { filesBelow, ROOT } from "../../../architecture/module_graph.ts";

/** What is asked, the follow-up, and how the follow-up is to be typed. */
const CASES:
  readonly (readonly [asked: string, next: readonly [string, ...string[]], typed: string])[] = [
    [
      "audit plan --config c.json",
      ["audit plan", "--out", "out"],
      "audit plan --out out --config c.json",
    ],
    ["audit plan --config c.json", ["changes"], "changes --config c.json"],
    [
      "audit plan --account 111111111111 --account 222222222222 --region us-east-1",
      ["audit apply", "--plan", "p"],
      "audit apply --plan p --account 111111111111 --account 222222222222 --region us-east-1",
    ],
    // What a follow-up does not take is left out.
    [
      "audit plan --account 111111111111 --region us-east-1",
      ["changes"],
      "changes --account 111111111111",
    ],
    ["repo plan --account 111111111111", ["repo versions", "1/a"], "repo versions 1/a"],
    ["audit explain i-1 --snapshot s", ["audit apply"], "audit apply"],
    ["audit plan --accounts-file f", ["audit canary plan"], "audit canary plan --accounts-file f"],
    ["repo refresh --accounts-file f", ["repo roles"], "repo roles --accounts-file f"],
    [
      "audit plan --snapshot s --as-of 2026-12-01T00:00:00Z",
      ["audit plan", "--json"],
      "audit plan --json --snapshot s --as-of 2026-12-01T00:00:00.000Z",
    ],
    [
      "audit plan --max-changes 3 --out o",
      ["audit apply", "--plan", "o/p"],
      "audit apply --plan o/p --max-changes 3",
    ],
    // Rules that stand on the command line alone.
    [
      "audit plan --required owner,project --principals",
      ["audit explain", "i-1"],
      "audit explain i-1 --required owner,project --principals",
    ],
    ["audit plan --required owner", ["audit apply"], "audit apply"],
    ["repo plan --from-store", ["repo plan", "--out", "out"], "repo plan --out out --from-store"],
    // What a follow-up says itself is not said twice.
    [
      "repo role 1/a --config c.json",
      ["repo refresh", "--account", "111111111111"],
      "repo refresh --account 111111111111 --config c.json",
    ],
    [
      "repo plan --account 222222222222",
      ["repo refresh", "--account", "111111111111"],
      "repo refresh --account 111111111111",
    ],
    // A role belongs to what is asked, and is said where it is meant.
    ["repo plan --role 1/a", ["repo plan"], "repo plan"],
    ["changes --config c.json", ["changes", "--json"], "changes --json --config c.json"],
  ];

Deno.test("a follow-up command says configuration and scope again, as far as it takes them", () => {
  for (const [asked, [command, ...words], typed] of CASES) {
    const next = nextCommands(JOBS, "gk", readCommandLine(asked.split(" "), JOBS, "0"));
    assert.equal(next(command, ...words), `gk ${typed}`, asked);
    assert.doesNotThrow(() =>
      readCommandLine(next(command, ...words).split(" ").slice(1), JOBS, "0")
    );
  }
});

Deno.test("a follow-up to a command that was not understood stands for itself", () => {
  assert.equal(nextCommands(JOBS, "gk", undefined)("config init"), "gk config init");
});

Deno.test("a follow-up is a command that there is", () => {
  const next = nextCommands(JOBS, "gk", undefined);
  for (const command of ["audit plam", "plan", "repo plan --out"]) {
    assert.throws(() => next(command), /There is no command/, command);
  }
});

/** Words in which a shell or a terminal would find something of its own. */
const WORDS = [
  "",
  " ",
  "a b",
  "it's",
  "''",
  '"quoted"',
  "$HOME",
  "$(touch x)",
  "`touch x`",
  "a\\nb",
  "back\\",
  "!!",
  "*",
  "~",
  "~root",
  "=ls",
  "#",
  "a;b",
  "a&b",
  "a|b",
  "<in>",
  "{a,b}",
  "new\nline",
  "tab\there",
  "\u001b[31mred",
  "it's\u001b[31m \\red",
  "\u200bhidden",
  "\u202eturned",
  "Zoë",
  "日本語",
  "😀",
  "-x",
  "--config",
];

Deno.test("every word comes through a shell as it was, and nothing of it reaches a terminal", () => {
  const alphabet = [...WORDS.join(""), ..."abc$'\"\\ \n"];
  let seed = 7;
  const dice = (below: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % below;
  const random = Array.from(
    { length: 300 },
    () => Array.from({ length: dice(12) }, () => alphabet[dice(alphabet.length)]!).join(""),
  );
  const words = [...WORDS, ...random];
  const line = PLAIN_COMMAND("config check", ...words);
  assert.deepEqual(shellWords(line).slice(2), words);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u200b\u202e]/);
  for (const plain of ["111111111111/app", "s3:GetObject", "out/audit-plan.json", "a@b,c=d"]) {
    assert.equal(shellWord(plain), plain);
  }
});

/** The commands that the sources build, as far as their words are literal. */
async function built(): Promise<string[][]> {
  const sources = (await filesBelow("runners"))
    .map((file) => Deno.readTextFileSync(`${ROOT}${file}`));
  const calls = [/\bcommand\(((?:[^()]|\([^()]*\))*)\)/g, /\bwords: \[([^\]]*)\]/g];
  return sources.flatMap((text) =>
    calls.flatMap((call) => [...text.matchAll(call)]).map(([, inside]) =>
      [...inside!.matchAll(/"([^"]*)"/g)].map(([, word]) => word!)
    )
  ).filter(([command]) => /^[a-z]+ ?[a-z -]*$/.test(command ?? "") && command!.includes(" "));
}

Deno.test("every follow-up that the sources build is a command with options that it takes", async () => {
  const commands = await built();
  assert.ok(commands.length > 40, `${commands.length} commands were found`);
  const next = nextCommands(JOBS, "gk", undefined);
  for (const [command, ...words] of commands) {
    assert.doesNotThrow(() => next(command!, ...words), `${command}`);
    const options = words.filter((word) => word.startsWith("--"));
    const { stdout } = help(command!);
    for (const option of options) assert.ok(stdout.includes(option), `${command} ${option}`);
  }
});

function help(command: string): { readonly stdout: string } {
  const request = readCommandLine([...command.split(" "), "--help"], JOBS, "0");
  return { stdout: request.kind === "text" ? request.text : "" };
}

Deno.test("help says commands as the person has called the program", () => {
  for (
    const line of [
      "--help",
      "audit --help",
      "audit plan --help",
      "audit canary plan --help",
      "repo find --help",
      "config init --help",
      "audit canary --help",
      "config --help",
    ]
  ) {
    const request = readCommandLine(line.split(" "), JOBS, "0", "deno task groundskeeper");
    const text = request.kind === "text" ? request.text : "";
    const named = text.split("\n").filter((one) => /groundskeeper [a-z[]/.test(one));
    assert.ok(named.length >= 2, text);
    for (const one of named) assert.match(one, /deno task groundskeeper/, line);
  }
  assert.throws(() => readCommandLine(["audit", "plam"], JOBS, "0", "deno task groundskeeper"), {
    message: /To see what there is:\n {2}deno task groundskeeper audit --help$/,
  });
});
