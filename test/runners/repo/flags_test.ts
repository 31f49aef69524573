import assert from "assert";
import type { OwnValues } from "../../../runners/core/cli/request.ts";
import { UsageError } from "../../../runners/core/errors.ts";
import { askedBy, undoing } from "../../../runners/repo/flags.ts";

const ROLE = "111111111111/app";
const RUN = "01JD4S8D00Q5WZ3V6Y7X8K9M2N";
const noFile = () => {
  throw new Error("no file was to be read");
};

const refused: readonly (readonly [own: OwnValues, says: RegExp])[] = [
  [{ remove: ["*:*"], role: [ROLE] }, /name the service/],
  [{ remove: ["*"], role: [ROLE] }, /"\*" is no action/],
  [{ remove: ["s3PutObject"] }, /"s3PutObject" is no action/],
  [{ remove: ["s3:*"], restore: "1", role: [ROLE] }, /ask for different things: use one/],
  [{ remove: ["s3:*"], scheduled: true }, /ask for different things/],
  [{ restore: "1" }, /name it with --role/],
  [{ restore: "1", role: [ROLE, "111111111111/web"] }, /a version of one role/],
  [{ restore: "0", role: [ROLE] }, /"0" is no version/],
  [{ restore: "latest", role: [ROLE] }, /"latest" is no version/],
  [{ deny: true }, /--deny goes with --remove/],
  [{ deny: true, scheduled: true }, /--deny goes with --remove/],
  [{ deny: true, restore: "1", role: [ROLE] }, /--deny goes with --remove/],
  [{ deny: true, remove: ["s3:*"], scheduled: true }, /ask for different things/],
  [{ restoreRun: "01JD4S8D00" }, /"01JD4S8D00" is not the ID of a run, which has 26 characters/],
  [{ restoreRun: "01jd4s8d00q5wz3v6y7x8k9m2n" }, /is not the ID of a run/],
  [{ restoreRun: RUN, restore: "1", role: [ROLE] }, /--restore and --restore-run ask for differ/],
  [{ restoreRun: RUN, remove: ["s3:*"] }, /ask for different things/],
  [{ restoreRun: RUN, scheduled: true }, /ask for different things/],
  [{ restoreRun: RUN, deny: true }, /--deny goes with --remove/],
  [{ restoreRun: RUN, policy: "arn:aws:iam::111111111111:policy/app" }, /--policy goes with --re/],
  [{ giveBack: ["s3:*"] }, /--give-back grants to one role: name it with --role/],
  [{ giveBack: ["s3:*"], role: [ROLE, "111111111111/web"] }, /one command for each role/],
  [{ giveBack: ["*"], role: [ROLE] }, /--give-back: "\*" is no action/],
  [{ giveBack: ["s*:Get*"], role: [ROLE] }, /name the service/],
  [{ giveBack: ["s3:*"], remove: ["s3:*"], role: [ROLE] }, /--remove and --give-back ask for/],
  [{ giveBack: ["s3:*"], restore: "1", role: [ROLE] }, /--restore and --give-back ask for/],
  [{ giveBack: ["s3:*"], scheduled: true, role: [ROLE] }, /--give-back and --scheduled ask for/],
  [{ giveBack: ["s3:*"], deny: true, role: [ROLE] }, /--deny goes with --remove/],
  [{ giveBack: ["s3:*"], overrideFilters: true, role: [ROLE] }, /goes with --remove/],
  [{ removedBy: "01JD0000000000000000000000" }, /--removed-by goes with --give-back/],
  [
    { giveBack: ["s3:*"], removedBy: "run 1", role: [ROLE] },
    /--removed-by: "run 1" is not the ID of a run/,
  ],
  [{ overrideFilters: true }, /--override-filters goes with --remove/],
  [{ role: ["app"] }, /it does not say the account/],
  [{ role: ["arn:aws:iam::111111111111:user/app"] }, /it is the ARN of iam's "user"/],
];

for (const [own, says] of refused) {
  Deno.test(`${JSON.stringify(own)} is refused: ${says.source}`, async () => {
    await assert.rejects(askedBy(own, noFile), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, says);
      return true;
    });
  });
}

Deno.test("roles of a file are asked for beside those that are named", async () => {
  const own = { role: [ROLE], roleFile: "roles.json", remove: ["S3:*"], overrideFilters: true };
  const asked = await askedBy(own, () => [{ account: "1".repeat(12), name: "b" }]);
  assert.deepEqual(asked, {
    roles: [{ account: "1".repeat(12), name: "app" }, { account: "1".repeat(12), name: "b" }],
    remove: ["s3:*"],
    deny: false,
    overrideFilters: true,
    policy: null,
    restore: null,
    restoreRun: null,
    giveBack: null,
    removedBy: null,
    scheduled: false,
  });
});

Deno.test("--give-back takes actions and patterns in any case, and the run that removed them", async () => {
  const { giveBack, removedBy, roles } = await askedBy({
    giveBack: ["SQS:sendmessage", "s3:get*", "sqs:SendMessage"],
    removedBy: "01JD0000000000000000000000",
    role: [ROLE],
  }, noFile);
  assert.deepEqual(
    giveBack,
    ["sqs:SendMessage", "s3:get*"].map((one) => one.replace("get", "Get")),
  );
  assert.equal(removedBy, "01JD0000000000000000000000");
  assert.equal(roles?.length, 1);
});

for (
  const [kind, outcome, isUndone] of [
    ["repo", "done", true],
    ["remove", "unknown", true],
    ["repo", "failed", false],
    ["repo", "drifted", false],
    ["repo", null, false],
    ["restore", "done", false],
    ["restore", "unknown", false],
  ] as const
) {
  Deno.test(`a run with a ${kind} that is ${outcome} has ${isUndone ? "a" : "no"} way back`, () => {
    const words = ["repo apply", "--restore-run", RUN];
    assert.deepEqual(
      undoing(RUN, [{ after: { kind }, outcome }])?.words ?? null,
      isUndone ? words : null,
    );
  });
}
