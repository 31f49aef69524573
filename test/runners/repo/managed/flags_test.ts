import assert from "assert";
import { repoSchema } from "../../../../runners/repo/config.ts";
import { askedBy, refuseUnconfigured } from "../../../../runners/repo/flags.ts";
import { askedAgain } from "../../../../runners/repo/present/next_command.ts";
import { OWN } from "./one_role.ts";

const asked = (own: Record<string, string | string[]>) => askedBy(own, () => []);

const REFUSED: [what: string, own: Record<string, string | string[]>, message: RegExp][] = [
  ["without --restore", { policy: OWN }, /--policy goes with --restore/],
  ["with --role", { policy: OWN, restore: "v1", role: "111111111111\/app" }, /leave the other out/],
  ["with --remove", { policy: OWN, restore: "v1", remove: ["s3:*"] }, /ask for different things/],
  ["of AWS", { policy: "arn:aws:iam::aws:policy/X", restore: "v1" }, /not the ARN of a managed/],
  ["that is a role's ARN", {
    policy: "arn:aws:iam::111111111111:role/app",
    restore: "v1",
  }, /not the ARN of a managed/],
  ["with a version that is none", { policy: OWN, restore: "v0" }, /Write it as IAM does: v3/],
];

for (const [what, own, message] of REFUSED) {
  Deno.test(`--policy ${what} is refused`, async () => {
    await assert.rejects(asked(own), { name: "UsageError", message });
  });
}

Deno.test("--restore of a role counts versions without a v", async () => {
  await assert.rejects(asked({ restore: "v3", role: "111111111111/app" }), {
    name: "UsageError",
    message: /is no version/,
  });
});

Deno.test("--restore of a policy takes the version as IAM writes it, and is said so again", async () => {
  for (const restore of ["v3", "3"]) {
    const answer = await asked({ policy: OWN, restore });
    assert.deepEqual([answer.restore, answer.policy, answer.roles], [3, OWN, null]);
    assert.deepEqual(askedAgain({ asked: answer }), ["--restore", "v3", "--policy", OWN]);
  }
});

Deno.test("--policy needs a configuration that writes managed policies", async () => {
  const answer = await asked({ policy: OWN, restore: "v3" });
  assert.throws(() => refuseUnconfigured(answer, repoSchema.parse({})), {
    name: "UsageError",
    message: /repo\.managedPolicies is "report"/,
  });
  refuseUnconfigured(answer, repoSchema.parse({ managedPolicies: "apply" }));
});
