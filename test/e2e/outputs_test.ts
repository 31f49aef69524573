import assert from "assert";
import type { JournalEntry } from "../../runners/core/journal/entry.ts";
import type { RunRow } from "../../runners/core/run/run_register.ts";
import { auditWorld, groupsOf } from "./audit_world.ts";
import { groundskeeper } from "./command.ts";

/** Where stdout and stderr may lead, and what a run that was done ends with. */
const OUTPUTS: readonly {
  readonly title: string;
  readonly shell: string;
  readonly code: number;
}[] = [
  { title: "a full stdout", shell: ">/dev/full", code: 3 },
  { title: "a full stderr", shell: "2>/dev/full", code: 0 },
  { title: "both full", shell: ">/dev/full 2>/dev/full", code: 3 },
  { title: "a closed stdout", shell: ">&-", code: 0 },
  { title: "a closed stderr", shell: "2>&-", code: 0 },
  { title: "both closed", shell: ">&- 2>&-", code: 0 },
  { title: "a reader that has gone", shell: "| true", code: 0 },
  { title: "a reader of stderr that has gone", shell: "2>&1 >/dev/null | true", code: 0 },
  { title: "a reader who wants one line", shell: "| head -1", code: 0 },
];

/** Each is an organization and three processes, so that most of them run with the deep tests. */
const QUICK = ["both full", "a reader that has gone"];
const all = Deno.env.get("GROUNDSKEEPER_TEST_CASES") === "all";

for (const { title, shell, code } of OUTPUTS.filter(({ title }) => all || QUICK.includes(title))) {
  Deno.test(`with ${title} an apply goes on to its end and its record`, async () => {
    await using world = await auditWorld({ groups: groupsOf(2, 1), accounts: 1 });
    const ran = await world.run("audit apply --yes -v", { shell });
    assert.equal(ran.code, code, ran.stderr);
    assert.doesNotMatch(ran.stderr, /defect|"stack"/);
    assert.equal(
      /Cannot write the result to stdout: the disk is full/.test(ran.said),
      title === "a full stdout",
    );
    const journal = await world.json<JournalEntry[]>("changes");
    assert.deepEqual(journal.map(({ outcome }) => outcome), ["done", "done"]);
    const [run] = await world.json<RunRow[]>("audit history");
    assert.deepEqual([run?.exit_code, run?.finished === null], [0, false]);
    const files = Array.from(Deno.readDirSync(`${world.directory}/out`), ({ name }) => name);
    assert.deepEqual(files.map((name) => name.split(".").at(-1)).sort(), [
      "csv",
      "html",
      "html",
      "json",
      "jsonl",
      "runs",
    ]);
  });
}

Deno.test("a JSON document that stdout did not take makes a plan one that was done in part", async () => {
  await using world = await auditWorld({ groups: groupsOf(2, 1), accounts: 1 });
  const { code, said } = await world.run("audit plan --json", { shell: ">/dev/full" });
  assert.equal(code, 3);
  assert.match(said, /^Cannot write the result to stdout: the disk is full\. Make room$/m);
});

Deno.test("a mistake stays exit 2 with a stdout that takes nothing", async () => {
  const { code } = await groundskeeper(["audit", "nonsense", "--json"], {
    directory: "/",
    env: { AWS_ENDPOINT_URL: "http://127.0.0.1:1" },
    shell: ">/dev/full",
  });
  assert.equal(code, 2);
});
