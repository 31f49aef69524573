import assert from "assert";
import { UsageError } from "../../../runners/core/errors.ts";
import { parseRoleReference } from "../../../runners/repo/role_reference.ts";

Deno.test("what is no role is refused, with what was found", () => {
  const cases: [text: string, found: RegExp][] = [
    ["", /does not say the account/],
    ["checkout-api", /does not say the account/],
    ["11111111111/app", /"11111111111" is no account of twelve digits/],
    ["prod/app", /"prod" is no account/],
    ["111111111111/", /"" is no name/],
    ["111111111111/a b", /"a b" is no name/],
    ["111111111111/team/app", /"team\/app" is no name/],
    [`111111111111/${"a".repeat(65)}`, /is no name/],
    ["111111111111/app*", /"app\*" is no name/],
    ["arn:aws:iam::111111111111:user/alice", /the ARN of iam's "user"/],
    ["arn:aws:iam::111111111111:role/", /"" is no name/],
    ["arn:aws:sts::111111111111:assumed-role/app/run", /the ARN of sts's "assumed-role"/],
    ["arn:aws:s3:::bucket", /the ARN of s3's "bucket"/],
    ["arn:aws:iam:::role/app", /names no account/],
    ["arn:aws:iam::aws:role/app", /names no account/],
    ["arn:aws:iam::1111:role/app", /begins like an ARN and is none/],
  ];
  for (const [text, found] of cases) {
    assert.throws(() => parseRoleReference(text), (error: Error) => {
      assert.ok(error instanceof UsageError, text);
      assert.match(error.message, found);
      assert.match(error.message, /Give its ARN, or ACCOUNT\/NAME/);
      return true;
    });
  }
});

Deno.test("a role is named by its ARN, in any partition and path, or by account and name", () => {
  const app = { account: "111111111111", name: "app" };
  const cases: [text: string, expected: object][] = [
    ["111111111111/app", app],
    ["arn:aws:iam::111111111111:role/app", app],
    ["arn:aws:iam::111111111111:role/team/shop/app", app],
    ["arn:aws-us-gov:iam::111111111111:role/app", app],
    ["arn:aws-cn:iam::111111111111:role/x/app", app],
    ["111111111111/A+b=c,d.e@f-g_h", { account: "111111111111", name: "A+b=c,d.e@f-g_h" }],
  ];
  for (const [text, expected] of cases) assert.deepEqual(parseRoleReference(text), expected, text);
});
