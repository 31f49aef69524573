import assert from "assert";
import fc from "fast-check";
import {
  type Arn,
  formatArn,
  INSTANCE_ID,
  instanceArn,
  parseArn,
  roleArn,
} from "../../../../runners/core/aws/arn.ts";
import { FIXED } from "../properties.ts";

const malformed = [
  "",
  "arn",
  "role/app",
  "arn:aws:iam::111111111111",
  "arn:aws:iam::111111111111:",
  "arn:aws:iam:111111111111:role/app",
  "arn:aws:iam::11111111111:role/app",
  "arn:aws:iam::1111111111111:role/app",
  "arn:gcp:iam::111111111111:role/app",
  "arn:awsx:iam::111111111111:role/app",
  "arn::iam::111111111111:role/app",
  "ARN:aws:iam::111111111111:role/app",
  " arn:aws:iam::111111111111:role/app",
  "arn:aws:iam::111111111111:role/app\n",
  "arn:aws:iam::*:role/app",
];

for (const text of malformed) {
  Deno.test(`${JSON.stringify(text)} is not an ARN`, () => {
    assert.throws(() => parseArn(text), { name: "RangeError", message: `"${text}" is not an ARN` });
  });
}

const arns: readonly (readonly [string, Arn])[] = [
  ["arn:aws:iam::111111111111:role/team/app", {
    partition: "aws",
    service: "iam",
    region: "",
    account: "111111111111",
    resource: "role/team/app",
  }],
  ["arn:aws-cn:ec2:cn-north-1:012345678901:instance/i-0123456789abcdef0", {
    partition: "aws-cn",
    service: "ec2",
    region: "cn-north-1",
    account: "012345678901",
    resource: "instance/i-0123456789abcdef0",
  }],
  ["arn:aws-us-gov:sns:us-gov-west-1:111111111111:topic:sub", {
    partition: "aws-us-gov",
    service: "sns",
    region: "us-gov-west-1",
    account: "111111111111",
    resource: "topic:sub",
  }],
  ["arn:aws:iam::aws:policy/ReadOnlyAccess", {
    partition: "aws",
    service: "iam",
    region: "",
    account: "aws",
    resource: "policy/ReadOnlyAccess",
  }],
  ["arn:aws:s3:::bucket/key with spaces", {
    partition: "aws",
    service: "s3",
    region: "",
    account: "",
    resource: "bucket/key with spaces",
  }],
];

for (const [text, arn] of arns) {
  Deno.test(`${text} is read in its parts and written again`, () => {
    assert.deepEqual(parseArn(text), arn);
    assert.equal(formatArn(arn), text);
  });
}

Deno.test("what is written as an ARN is always read back the same", () => {
  const arn: fc.Arbitrary<Arn> = fc.record({
    partition: fc.constantFrom("aws", "aws-cn", "aws-us-gov", "aws-iso-b"),
    service: fc.stringMatching(/^[a-z0-9-]+$/),
    region: fc.stringMatching(/^[a-z0-9-]*$/),
    account: fc.stringMatching(/^(\d{12}|aws|)$/),
    resource: fc.stringMatching(/^[^\r\n\u2028\u2029]+$/),
  }, { noNullPrototype: true });
  fc.assert(fc.property(arn, (one) => assert.deepEqual(parseArn(formatArn(one)), one)), FIXED);
});

Deno.test("ARNs of instances and roles have their partition and path", () => {
  assert.equal(
    instanceArn("aws-cn", "cn-north-1", "111111111111", "i-01234567"),
    "arn:aws-cn:ec2:cn-north-1:111111111111:instance/i-01234567",
  );
  assert.equal(
    roleArn("aws-us-gov", "111111111111", "team/app"),
    "arn:aws-us-gov:iam::111111111111:role/team/app",
  );
});

const ids: readonly (readonly [string, boolean])[] = [
  ["i-01234567", true],
  ["i-0123456789abcdef0", true],
  ["i-012345678", false],
  ["i-0123456789ABCDEF0", false],
  ["i-*", false],
  ["i-01234567\n", false],
  ["xi-01234567", false],
];

for (const [id, valid] of ids) {
  Deno.test(`${JSON.stringify(id)} is ${valid ? "an" : "no"} instance ID`, () => {
    assert.equal(INSTANCE_ID.test(id), valid);
  });
}
