import assert from "assert";
import fc from "fast-check";
import { shortened } from "../../client/event.ts";
import { FIXED, generated, propertyTest } from "../runners/core/properties.ts";
import { bundleFolder, run } from "./programs.ts";

const bytesInJson = (text: string) => new TextEncoder().encode(JSON.stringify(text)).length - 2;

/** Texts of all kinds: long, with control characters, with halves of surrogate pairs. */
const TEXT = fc.oneof(
  fc.string({ unit: "binary", maxLength: 400 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 400 })
    .map((units) => String.fromCharCode(...units)),
  fc.nat(2_000).map((length) => '"'.repeat(length)),
);

propertyTest(
  "a shortened text fits, is text that SQS takes, and begins as it did",
  shortened,
  (shorten: (text: string) => string) =>
    fc.assert(
      fc.property(TEXT, (text) => {
        const short = shorten(text);
        assert.ok(bytesInJson(short) <= 160);
        assert.ok(short.isWellFormed() && !/[\ufffe\uffff]/.test(short));
        const clean = text.toWellFormed().replaceAll(/[\ufffe\uffff]/g, "\ufffd");
        if (bytesInJson(clean) <= 160) assert.equal(short, clean);
        else {
          assert.ok(short.endsWith("…"));
          assert.ok(clean.startsWith(short.slice(0, -1).replace(/\ufffd$/, "")));
          // Nothing that would have fitted is lost.
          assert.ok(bytesInJson(short) > 160 - 8);
        }
      }),
      FIXED,
    ),
  {
    "cuts characters": (text) => text.length > 160 ? `${text.slice(0, 159)}…` : text,
    "counts characters in place of bytes": (text) => text.toWellFormed().slice(0, 160),
    "never marks a cut": (text) => shortened(text).replace(/…$/, ""),
    "cuts too early": (text) => text.length > 20 ? `${text.slice(0, 20).toWellFormed()}…` : text,
  },
);

Deno.test("whatever stands in the environment, a report ends with 0 and spools what opens", async () => {
  await bundleFolder();
  const folder = await Deno.makeTempDir({ prefix: "groundskeeper-generated-" });
  const queueUrl = "https://sqs.us-east-1.amazonaws.com/111111111111/logins";
  const names = ["PAM_SERVICE", "PAM_USER", "PAM_RHOST", "PAM_TTY", "SSH_AUTH_INFO_0", "AWS_X"];
  const value = TEXT.map((text) => text.toWellFormed().replaceAll("\0", ""));
  const type = fc.constantFrom("open_session", "close_session", "auth", "");
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(
      type,
      fc.dictionary(fc.constantFrom(...names), value),
      async (PAM_TYPE, variables) => {
        const spool = `${folder}/spool${runs++}`;
        await Deno.writeTextFile(`${folder}/client.json`, JSON.stringify({ queueUrl, spool }));
        const ended = await run("login", ["report"], { folder, env: { ...variables, PAM_TYPE } });
        assert.deepEqual(ended, { code: 0, stdout: "", stderr: "" });
        const opens = PAM_TYPE === "open_session";
        assert.equal(await countIn(spool), opens ? 1 : 0);
      },
    ),
    { seed: 42, numRuns: generated(300, 30) },
  );
  await Deno.remove(folder, { recursive: true });
});

async function countIn(spool: string): Promise<number> {
  try {
    return (await Array.fromAsync(Deno.readDir(spool)))
      .filter(({ name }) => name.endsWith(".json")).length;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
