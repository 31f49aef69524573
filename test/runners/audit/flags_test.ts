import assert from "assert";
import { UsageError } from "../../../runners/core/errors.ts";
import { auditSchema } from "../../../runners/audit/config.ts";
import { AUDIT_FLAGS, withAuditFlags } from "../../../runners/audit/flags.ts";

const USERS = { principal: { users: true } };

Deno.test("--principals without a required key is a mistake, and says which option is missing", () => {
  for (const file of [undefined, {}, { required: [] }, { required: "owner" }]) {
    assert.throws(
      () => withAuditFlags(file, { principals: true }),
      (error) => error instanceof UsageError && error.message.includes("--required"),
    );
  }
});

Deno.test("a list of keys that is empty is refused by the schema", () => {
  const part = withAuditFlags(undefined, { required: " , " });
  assert.equal(auditSchema.safeParse(part).success, false);
});

Deno.test("a key of --required with an invisible character is refused by the schema", () => {
  const part = withAuditFlags(undefined, { required: "own\u200ber,\u00a0project " });
  const { error } = auditSchema.safeParse(part);
  assert.deepEqual(error!.issues.map(({ path }) => path), [["required", 0, "key"]]);
});

const table: readonly [string, unknown, Record<string, string | boolean>, unknown][] = [
  ["neither file nor options say nothing", undefined, {}, undefined],
  ["without options the file stands as it is", { required: 7 }, {}, { required: 7 }],
  ["--required stands for whole rules", undefined, { required: "owner, project,," }, {
    required: [{ key: "owner" }, { key: "project" }],
  }],
  [
    "--required replaces the rules of the file and keeps the rest",
    { required: [{ key: "x" }], grace: "1h", mark: "m" },
    { required: "owner" },
    { required: [{ key: "owner" }], grace: "1h", mark: "m" },
  ],
  [
    "--principals is about the first key",
    undefined,
    { required: "created_by,owner", principals: true },
    { required: [{ key: "created_by", value: USERS }, { key: "owner" }] },
  ],
  [
    "--principals replaces what the file says of the first value, and nothing else of the rule",
    { required: [{ key: "by", aliases: ["old"], value: { oneOf: ["x"] } }, { key: "owner" }] },
    { principals: true },
    { required: [{ key: "by", aliases: ["old"], value: USERS }, { key: "owner" }] },
  ],
  ["--grace and --states are handed on to be checked", { required: [{ key: "owner" }] }, {
    grace: "45m",
    states: "running, stopped",
  }, { required: [{ key: "owner" }], grace: "45m", states: ["running", "stopped"] }],
];

for (const [rule, file, flags, part] of table) {
  Deno.test(rule, () => assert.deepEqual(withAuditFlags(file, flags), part));
}

Deno.test("no option says whom to enforce or raises a limit", () => {
  const all = Object.fromEntries(
    AUDIT_FLAGS.map((
      { flags },
    ) => [flags.replace(/^--| .*$/g, ""), flags.includes("<") ? "x" : true]),
  );
  const part = withAuditFlags(undefined, all) as Record<string, unknown>;
  assert.deepEqual(Object.keys(part).sort(), ["grace", "required", "states"]);
});
