import assert from "assert";
import { UsageError } from "../../../runners/core/errors.ts";
import { askedBy } from "../../../runners/repo/flags.ts";
import { loadCatalogue } from "../../../runners/repo/catalogue/catalogue.ts";
import { unknownOf, unknownSentence } from "../../../runners/repo/catalogue/spelling.ts";
import { aRole, evidenceOf } from "./decide/deciding.ts";
import { allowing, planned, planningOf } from "./planning_world.ts";

const removing = (...remove: readonly string[]) => askedBy({ remove }, () => []);

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

Deno.test("a misspelt action is told with what was meant, whatever letter is wrong", () => {
  const { actions, canonical } = loadCatalogue();
  const some = actions.filter((_, index) => index % 500 === 0);
  for (const [index, action] of some.entries()) {
    const at = action.indexOf(":") + 1 + index % (action.length - action.indexOf(":") - 1);
    const wrong = action.slice(0, at) + action.slice(at + 1);
    if (wrong.endsWith(":") || canonical(wrong) !== undefined) continue;
    assert.deepEqual(unknownOf([action, wrong]), [wrong]);
    assert.match(unknownSentence([wrong]), /\(did you mean \S+:\S+\?\)$/, wrong);
  }
  assert.match(unknownSentence(["sqs:SendMesage"]), /know sqs:SendMesage \(did you mean sqs:SendM/);
  assert.match(unknownSentence(["nosuch:Thing"]), /does not know nosuch:Thing$/);
  assert.deepEqual(unknownOf(["*", "s3:*", "sqs:Send*", "S3:getobject", "sqss:*"]), ["sqss:*"]);
});

Deno.test("--remove of a name that nothing knows says so of each role; of a literal it does not", () => {
  const notesOf = (remove: readonly string[], ...granted: readonly string[]) => {
    const role = aRole({ inline: { app: allowing(...granted) }, evidence: evidenceOf({}) });
    const { own } = planned(planningOf([role], { asked: { remove } }));
    return own.roles[0]!.notes
      .filter((note) => note.includes("does not know sqs:"));
  };
  assert.match(
    notesOf(["sqs:SendMesage"], "sqs:*")[0]!,
    /SendMessage\?\), and no statement names it/,
  );
  assert.equal(notesOf(["sqs:SendMesage", "sqs:SendMessage"], "sqs:SendMessage").length, 1);
  assert.deepEqual(notesOf(["sqs:BrandNew"], "sqs:BrandNew"), []);
  assert.deepEqual(notesOf(["sqs:BrandN*"], "sqs:BrandNew"), []);
  assert.deepEqual(notesOf(["sqs:SendMessage"], "sqs:*"), []);
});
