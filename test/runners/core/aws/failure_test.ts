import assert from "assert";
import {
  AwsAccessError,
  InterruptedError,
  UndeclaredActionError,
  WithoutEffectError,
} from "../../../../runners/core/errors.ts";
import { failureOf, isInterruption, isRefusedByAws } from "../../../../runners/core/aws/failure.ts";
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
  ["error", ["InternalError", "InvalidInstanceID.NotFound", "Error"]],
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
    detail: "Error: connect",
  },
  {
    title: "a name that nobody resolves",
    error: named("Error", "getaddrinfo", { code: "ENOTFOUND" }),
    reason: "unreachable",
    detail: "Error: getaddrinfo",
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
  { title: "a text", error: "broken", reason: "error", detail: "Error: broken" },
  { title: "nothing", error: undefined, reason: "error", detail: "Error: undefined" },
];

for (const { title, error, reason, detail } of others) {
  Deno.test(`${title} is ${reason}`, () => assert.deepEqual(failureOf(error), { reason, detail }));
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
