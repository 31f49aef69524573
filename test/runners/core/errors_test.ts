import assert from "assert";
import {
  AwsAccessError,
  ConfigError,
  EXIT,
  faultOf,
  GroundskeeperError,
  InterruptedError,
  messageOf,
  nameOf,
  StoreError,
  UndeclaredActionError,
  UsageError,
} from "../../../runners/core/errors.ts";

const errors: readonly {
  error: GroundskeeperError;
  name: string;
  code: string;
  exitCode: number;
  message: string;
}[] = [
  { error: new UsageError("No"), name: "UsageError", code: "usage", exitCode: 2, message: "No" },
  {
    error: new ConfigError(["a must be b", "c is not a setting"]),
    name: "ConfigError",
    code: "configuration",
    exitCode: 2,
    message: "a must be b\nc is not a setting",
  },
  {
    error: new AwsAccessError("wrong-account", "No"),
    name: "AwsAccessError",
    code: "wrong-account",
    exitCode: 1,
    message: "No",
  },
  { error: new StoreError("No"), name: "StoreError", code: "store", exitCode: 1, message: "No" },
  {
    error: new UndeclaredActionError("ec2:StopInstances", "audit-observe"),
    name: "UndeclaredActionError",
    code: "undeclared-action",
    exitCode: 1,
    message: 'Refused to call ec2:StopInstances: the role "audit-observe" does not declare it. ' +
      "This is a defect of Groundskeeper; nothing was sent",
  },
  {
    error: new InterruptedError(),
    name: "InterruptedError",
    code: "interrupted",
    exitCode: 3,
    message: "Interrupted by a signal",
  },
];

for (const { error, name, code, exitCode, message } of errors) {
  Deno.test(`${name} has code ${code} and exit code ${exitCode}`, () => {
    assert.deepEqual(
      { name: error.name, code: error.code, exitCode: error.exitCode, message: error.message },
      { name, code, exitCode, message },
    );
    assert.ok(error instanceof GroundskeeperError);
  });
}

Deno.test("an error keeps its cause", () => {
  const cause = new Error("disk full");
  assert.equal(new StoreError("Cannot write", { cause }).cause, cause);
});

Deno.test("the exit codes are those that scripts rely on", () => {
  assert.deepEqual(EXIT, { done: 0, failed: 1, usage: 2, partly: 3, refused: 4, found: 5 });
});

Deno.test("what is foreseen comes to its own code, anything else to a defect", () => {
  assert.deepEqual(faultOf(new StoreError("The store is gone")), {
    code: "store",
    message: "The store is gone",
    exitCode: 1,
  });
  assert.deepEqual(faultOf(new RangeError("far")), {
    code: "defect",
    message: "This is a defect of Groundskeeper, please report it: far",
    exitCode: 1,
  });
});

const thrown: readonly (readonly [unknown, string, string])[] = [
  [new RangeError("far"), "RangeError", "far"],
  [new DOMException("cut", "AbortError"), "AbortError", "cut"],
  ["text", "Error", "text"],
  [undefined, "Error", "undefined"],
  [null, "Error", "null"],
];

for (const [value, name, message] of thrown) {
  Deno.test(`of a thrown ${String(value)}, name and message can be told`, () => {
    assert.deepEqual([nameOf(value), messageOf(value)], [name, message]);
  });
}
