import assert from "assert";
import { UsageError } from "../../../runners/core/errors.ts";
import { askedBy } from "../../../runners/repo/flags.ts";

const removing = (...remove: readonly string[]) => askedBy({ remove }, () => Promise.resolve([]));

for (
  const pattern of ["*:*", "?*:*", "s*:*", "*s3:Get*", "s?:Get*", "e*2:Terminate*", "*-*:*", "**:x"]
) {
  Deno.test(`--remove ${pattern} is refused: it means more services than it names`, async () => {
    await assert.rejects(removing("sqs:Send*", pattern), (error: Error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, /name the service/);
      return true;
    });
  });
}

for (const pattern of ["*", "s3", "s3:", ":Get*", "s3:Get Object", "s3:Get:Object", "s3:*é"]) {
  Deno.test(`--remove "${pattern}" is no action`, async () => {
    await assert.rejects(removing(pattern), /is no action/);
  });
}

Deno.test("--remove takes the actions of a service by patterns, in any case, and spells them as AWS does", async () => {
  const { remove } = await removing("s3:Put*", "SQS:*", "execute-api:I?voke");
  assert.deepEqual(remove, ["s3:Put*", "sqs:*", "execute-api:I?voke"]);
});
