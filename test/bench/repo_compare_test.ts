import assert from "assert";
import type { ObservedRole } from "../../runners/repo/observed.ts";
import { SMALL } from "../runners/repo/small_universe.ts";
import { agreementOn, grantedIn, strayNames } from "./repo_compare.ts";

const statement = (actions: Record<string, unknown>, Resource = "*") => ({
  Effect: "Allow",
  ...actions,
  Resource,
});
const policy = (...Statement: unknown[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const allowing = (...Action: string[]) => policy(statement({ Action }));

const strays: readonly { title: string; before: string; after: string | null; stray: boolean }[] = [
  { title: "the same", before: allowing("s3:*"), after: allowing("s3:*"), stray: false },
  { title: "less", before: allowing("s3:*"), after: allowing("s3:Get*"), stray: false },
  { title: "nothing", before: allowing("s3:*"), after: null, stray: false },
  { title: "more", before: allowing("s3:Get*"), after: allowing("s3:*"), stray: true },
  {
    title: "what only a name of tomorrow shows",
    before: allowing("sts:GetCallerIdentity"),
    after: allowing("sts:GetCallerIdentity*"),
    stray: true,
  },
  {
    title: "the same on another resource",
    before: policy(statement({ Action: "s3:*" }, "arn:aws:s3:::a")),
    after: allowing("s3:GetObject"),
    stray: true,
  },
  {
    title: "all but more",
    before: policy(statement({ NotAction: ["iam:*"] })),
    after: policy(statement({ NotAction: ["iam:*", "s3:*"] })),
    stray: false,
  },
  {
    title: "all but less",
    before: policy(statement({ NotAction: ["iam:*", "s3:*"] })),
    after: policy(statement({ NotAction: ["iam:*"] })),
    stray: true,
  },
];

for (const { title, before, after, stray } of strays) {
  Deno.test(`a policy that grants ${title} ${stray ? "reaches further" : "is contained"}`, () => {
    assert.equal(strayNames({ main: before }, { main: after }).length > 0, stray);
  });
}

Deno.test("what is granted is so by all policies together, and by none that is gone", () => {
  const granted = grantedIn({ a: allowing("sts:AssumeRole"), b: null }, SMALL);
  assert.deepEqual([...granted], ["sts:AssumeRole"]);
});

const before = { main: allowing("s3:GetObject", "s3:PutObject", "sqs:*", "sts:*", "sns:*") };
const role = { inline: before } as unknown as ObservedRole;
const lostOf = (service: string) => SMALL.expand(`${service}:*`).size;

Deno.test("two that remove the same agree on every service", () => {
  const after = { main: allowing("s3:GetObject", "s3:PutObject", "sts:*", "sns:*") };
  const compared = {
    role,
    ours: after,
    goes: new Set(["sqs"]),
    theirs: after,
    removable: ["sqs"],
  };
  assert.deepEqual(agreementOn([compared], SMALL), {
    alike: 4,
    onlyOurs: 0,
    onlyTheirs: 0,
    left: { byUs: 0, byThem: 0 },
    lost: { byUs: 0, byThem: 0 },
  });
});

Deno.test("it is counted who removes alone, leaves something, and loses what was to stay", () => {
  const compared = {
    role,
    // Leaves an action of s3, and removes sqs alone.
    ours: { main: allowing("s3:GetObject", "sts:*", "sns:*") },
    goes: new Set(["s3", "sqs"]),
    // Removes s3 and sns, and loses most of sts, which was to stay.
    theirs: { main: allowing("sqs:*", "sts:AssumeRole") },
    removable: ["s3:getobject", "s3:putobject", "sns"],
  };
  assert.deepEqual(agreementOn([compared], SMALL), {
    alike: 2,
    onlyOurs: 1,
    onlyTheirs: 1,
    left: { byUs: 1, byThem: 0 },
    lost: { byUs: 0, byThem: lostOf("sts") - 1 },
  });
});
