import assert from "assert";
import { loadBlocklist, parseBlocklist } from "../../../../runners/repo/filters/blocklist_file.ts";

const REFUSED: readonly (readonly [what: string, text: string])[] = [
  ["is empty", ""],
  ["is cut short", '{"arns": ["arn:aws:iam::1'],
  ["is a page of some proxy", "<html>"],
  ["is a list", "[]"],
  ["has one key of two", '{"arns": []}'],
  ["has a third key", '{"arns": [], "names": {}, "arn": []}'],
  ["names a role by something else than its ARN", '{"arns": ["payroll"], "names": {}}'],
  ["names an account by its name", '{"arns": [], "names": {"payroll": ["prod"]}}'],
  ["names one account where a list is meant", '{"arns": [], "names": {"payroll": "all"}}'],
  ["says a name twice", '{"arns": [], "names": {"a": ["all"], "a": ["111111111111"]}}'],
];

for (const [what, text] of REFUSED) {
  Deno.test(`a blocklist ends the run that ${what}`, () => {
    assert.throws(() => parseBlocklist(text, "s3://lists/repo.json"), (error: unknown) => {
      const { code, message } = error as { code: string; message: string };
      assert.equal(code, "blocklist");
      assert.match(
        message,
        /^The blocklist s3:\/\/lists\/repo\.json .*Nothing was judged without it$/s,
      );
      return true;
    });
  });
}

/** A session whose S3 answers so. */
const sessionOf = (answer: () => Promise<unknown>) => ({
  client: () => ({ send: answer }) as never,
  reading: { abortSignal: new AbortController().signal },
});
const bucket = { bucket: "lists", key: "repo.json" };

Deno.test("a blocklist that cannot be read ends the run", async () => {
  const denied = Object.assign(new Error("no"), { name: "AccessDenied" });
  await assert.rejects(loadBlocklist(sessionOf(() => Promise.reject(denied)), bucket), {
    code: "blocklist",
    message: "The blocklist s3://lists/repo.json cannot be read: AccessDenied: no. " +
      "Nothing was judged without it",
  });
  await assert.rejects(loadBlocklist(sessionOf(() => Promise.resolve({})), bucket), {
    code: "blocklist",
  });
});

Deno.test("a blocklist is read whole", async () => {
  const text = '{"arns": [], "names": {"payroll": ["all"]}}';
  const Body = { transformToString: () => Promise.resolve(text) };
  assert.deepEqual(await loadBlocklist(sessionOf(() => Promise.resolve({ Body })), bucket), {
    arns: [],
    names: { payroll: ["all"] },
  });
});
