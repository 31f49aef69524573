import assert from "assert";
import {
  AwsAccessError,
  InterruptedError,
  UndeclaredActionError,
  WithoutEffectError,
} from "../../../../runners/core/errors.ts";
import {
  failureIn,
  failureOf,
  isInterruption,
  isRefusedByAws,
  writeError,
} from "../../../../runners/core/aws/failure.ts";
import { IncompleteAnswerError } from "../../../../runners/core/aws/paginate.ts";

const named = (name: string, message = "no", part: object = {}) =>
  Object.assign(new Error(message), { name, ...part });

const reasons: readonly (readonly [string, readonly string[]])[] = [
  ["access-denied", ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"]],
  ["region-not-enabled", ["AuthFailure", "OptInRequired", "UnrecognizedClientException"]],
  ["credentials-expired", ["ExpiredToken", "ExpiredTokenException", "RequestExpired"]],
  ["credentials-invalid", ["InvalidClientTokenId", "SignatureDoesNotMatch"]],
  ["throttled", ["Throttling", "ThrottlingException", "RequestLimitExceeded", "SlowDown"]],
  ["timeout", ["TimeoutError", "RequestTimeout"]],
  ["error", ["InternalError", "InvalidInstanceID.NotFound"]],
];

for (const [reason, names] of reasons) {
  for (const name of names) {
    Deno.test(`${name} is ${reason}`, () => {
      assert.deepEqual(failureOf(named(name)), { reason, detail: `${name}: no` });
    });
  }
}

const others: readonly { title: string; error: unknown; reason: string; detail: string }[] = [
  {
    title: "a refused connection",
    error: named("Error", "connect", { code: "ECONNREFUSED" }),
    reason: "unreachable",
    detail: "connect",
  },
  {
    title: "a name that nobody resolves",
    error: named("Error", "getaddrinfo", { code: "ENOTFOUND" }),
    reason: "unreachable",
    detail: "getaddrinfo",
  },
  {
    title: "a reset connection, which the SDK calls a TimeoutError,",
    error: named("TimeoutError", "socket hang up", { code: "ECONNRESET" }),
    reason: "unreachable",
    detail: "TimeoutError: socket hang up",
  },
  {
    title: "an answer without its list",
    error: new IncompleteAnswerError("ec2:X answered without its list"),
    reason: "incomplete-answer",
    detail: "ec2:X answered without its list",
  },
  {
    title: "a body that is no JSON",
    error: new SyntaxError("Unexpected token"),
    reason: "incomplete-answer",
    detail: "Unexpected token",
  },
  {
    title: "a body that ends too early",
    error: new Error("Unexpected end of input"),
    reason: "incomplete-answer",
    detail: "Unexpected end of input",
  },
  {
    title: "an error of our own",
    error: new AwsAccessError("wrong-account", "It is another account"),
    reason: "wrong-account",
    detail: "It is another account",
  },
  {
    title: "a cut by a signal",
    error: new DOMException("The request was aborted", "AbortError"),
    reason: "error",
    detail: "AbortError: The request was aborted",
  },
  {
    title: "a refusal whose text happens to speak of parsing",
    error: named("UnauthorizedOperation", "assumed-role/parser/x is not authorized"),
    reason: "access-denied",
    detail: "UnauthorizedOperation: assumed-role/parser/x is not authorized",
  },
  { title: "a text", error: "broken", reason: "error", detail: "broken" },
  { title: "nothing", error: undefined, reason: "error", detail: "undefined" },
];

for (const { title, error, reason, detail } of others) {
  Deno.test(`${title} is ${reason}`, () => assert.deepEqual(failureOf(error), { reason, detail }));
}

/** What the SDK throws for an answer of IAM: its class is named after a shape, and is no code. */
const malformed = named("MalformedPolicyDocumentException", "no", {
  $fault: "client",
  Code: "MalformedPolicyDocument",
});

const writeErrors: readonly (readonly [title: string, error: unknown, code: string, RegExp])[] = [
  ["an XML answer", malformed, "MalformedPolicyDocument", /^MalformedPolicyDocument: no$/],
  [
    "a JSON answer",
    named("QueueDoesNotExist", "no", { $fault: "client" }),
    "QueueDoesNotExist",
    /^QueueDoesNotExist: no$/,
  ],
  [
    "an answer with the code of another protocol",
    named("QueueDoesNotExist", "no", { $fault: "client", Code: "AWS.SQS.NonExistentQueue" }),
    "QueueDoesNotExist",
    /^QueueDoesNotExist: no$/,
  ],
  [
    "an answer with a known reason",
    named("AccessDenied", "no", { $fault: "client", Code: "AccessDenied" }),
    "AccessDenied",
    /^AccessDenied: no$/,
  ],
  [
    "the cause of another error",
    new Error("no; and it could not be put back", { cause: malformed }),
    "MalformedPolicyDocument",
    /^no; and it could not be put back$/,
  ],
  ["no answer", named("TimeoutError"), "timeout", /^TimeoutError: no$/],
  ["a cut connection", named("Error", "cut", { code: "ECONNRESET" }), "unreachable", /^cut$/],
  [
    "our own words about an answer",
    new AwsAccessError("role-not-assumable", "no", { cause: malformed }),
    "role-not-assumable",
    /^no$/,
  ],
  ["a defect", new TypeError("x is undefined"), "error", /^TypeError: x is undefined$/],
];

for (const [title, error, code, message] of writeErrors) {
  Deno.test(`the code of a write that failed by ${title} is ${code}`, () => {
    const found = writeError(error);
    assert.equal(found.code, code);
    assert.match(found.message, message);
  });
}

const interruptions: readonly (readonly [unknown, boolean])[] = [
  [new InterruptedError(), true],
  [new DOMException("cut", "AbortError"), true],
  [named("AbortError"), true],
  [named("TimeoutError"), false],
  [undefined, false],
];

for (const [error, is] of interruptions) {
  Deno.test(`${String(error)} is ${is ? "an" : "no"} interruption`, () => {
    assert.equal(isInterruption(error), is);
  });
}

const answered = (httpStatusCode: number, attempts = 1) =>
  named("SomeError", "no", { $metadata: { httpStatusCode, attempts } });
const refusals: readonly (readonly [string, unknown, boolean])[] = [
  ["400 at the first attempt", answered(400), true],
  ["403 at the first attempt", answered(403), true],
  ["499 at the first attempt", answered(499), true],
  ["399", answered(399), false],
  ["500, after which the write may have been made", answered(500), false],
  ["503", answered(503), false],
  ["a cut connection", named("Error", "cut", { code: "ECONNRESET" }), false],
  ["a time-out", named("TimeoutError"), false],
  ["nothing at all", undefined, false],
  // The first attempt may have had its effect and lost its answer (design section 5).
  ["400 after an attempt that had no answer", answered(400, 2), false],
];

for (const [title, error, is] of refusals) {
  Deno.test(`a write surely had no effect, or not surely: ${title}`, () => {
    assert.equal(isRefusedByAws(error), is);
  });
}

Deno.test("an undeclared action surely had no effect, since nothing was sent", () => {
  assert.equal(isRefusedByAws(new UndeclaredActionError("ec2:StopInstances", "audit-apply")), true);
  assert.equal(isRefusedByAws(new WithoutEffectError("throttled", "put back")), true);
});

/** What AWS says (IAM User Guide, "Troubleshoot access denied error messages"), and who denies. */
const DENIALS: readonly (readonly [says: string, who: string | undefined])[] = [
  ["with an explicit deny in a service control policy", "A service control policy"],
  ["because no service control policy allows the ec2:X action", "A service control policy"],
  ["with an explicit deny in a resource control policy", "A resource control policy"],
  ["because no resource control policy allows the ec2:X action", "A resource control policy"],
  ["with an explicit deny in a permissions boundary", "A permissions boundary"],
  ["because no permissions boundary allows the ec2:X action", "A permissions boundary"],
  ["with an explicit deny in a session policy", "A session policy"],
  ["because no session policy allows the ec2:X action", "A session policy"],
  ["with an explicit deny in a VPC endpoint policy", "A VPC endpoint policy"],
  ["because no VPC endpoint policy allows the ec2:X action", "A VPC endpoint policy"],
  ["with an explicit deny in an identity-based policy", "An identity-based policy"],
  ["with an explicit deny in a resource-based policy", "A resource-based policy"],
  // The role lacks the permission: its own policies are to be mended.
  ["because no identity-based policy allows the ec2:X action", undefined],
  ["because no resource-based policy allows the ec2:X action", undefined],
];

for (const [says, who] of DENIALS) {
  for (const name of ["UnauthorizedOperation", "AccessDenied", "AccessDeniedException"]) {
    Deno.test(`${name} ${says} is ${who ? "denied by policy" : "a denied access"}`, () => {
      const message = `User: arn is not authorized to perform: ec2:X ${says}`;
      const { reason, detail } = failureOf(named(name, message));
      assert.equal(reason, who ? "denied-by-policy" : "access-denied");
      assert.equal(detail, `${name}: ${message}${who ? `. ${who} denies it` : ""}`);
    });
  }
}

Deno.test("where a policy denies it, the Region or the account can be left out", () => {
  const denied = named("AccessDenied", "with an explicit deny in a service control policy");
  const advice = (place: "Region" | "account") =>
    failureIn(place, denied).detail.replace(/^.* denies it: /, "");
  assert.equal(
    advice("Region"),
    "allow it there, or, if no account uses the Region, leave it out of all accounts with " +
      'organization.regions: {"allExcept": [...]}',
  );
  assert.equal(
    advice("account"),
    "allow it there, or leave the account out with organization.exclude",
  );
  const other = named("AccessDenied", "no");
  assert.deepEqual(failureIn("Region", other), failureOf(other));
});

Deno.test("an answer that the SDK cannot read is not whole, and the hint for programmers goes", () => {
  const hint = "\n  Deserialization error: to see the raw response, inspect the hidden field";
  assert.deepEqual(failureOf(named("Error", `Value 0 out of range [1, 12]${hint}`)), {
    reason: "incomplete-answer",
    detail: "AWS gave an answer that cannot be read: Value 0 out of range [1, 12]",
  });
});
