import assert from "assert";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import fc from "fast-check";
import { readRepokidItem } from "../../../../runners/repo/migration/repokid_table.ts";
import { FIXED, propertyTest } from "../../core/properties.ts";

const TEXTS = [
  "",
  " ",
  "---DYNAMO-EMPTY-STRING---",
  "2030-01-01T00:00:00",
  "s3:Get",
  "toString",
];
const NUMBERS = ["0", "-5", "1893456000", "8640000000001", "1e30", "nothing"];

/** Every kind of value that DynamoDB can have as an attribute. */
const anything: fc.Arbitrary<AttributeValue> = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(...TEXTS).map((S) => ({ S })),
    fc.constantFrom(...NUMBERS).map((N) => ({ N })),
    fc.boolean().map((BOOL) => ({ BOOL })),
    fc.constant({ NULL: true as const }),
    fc.constant({ B: new Uint8Array(2) }),
    fc.subarray(TEXTS).map((SS) => ({ SS })),
    fc.subarray(NUMBERS).map((NS) => ({ NS })),
    fc.array(tie("value"), { maxLength: 3 }).map((L) => ({ L })),
    fc.dictionary(fc.constantFrom("expire", "owner", ...TEXTS), tie("value"))
      .map((M) => ({ M })),
  ),
})).value;

const items = fc.record({
  RoleId: anything,
  Account: anything,
  Arn: anything,
  OptOut: anything,
  NoRepoPermissions: anything,
  RepoScheduled: anything,
  ScheduledPerms: anything,
  Policies: anything,
}, { requiredKeys: [] });

propertyTest<typeof readRepokidItem>(
  "whatever an item of Repokid's table says, it is read, and no wish in it is dropped",
  readRepokidItem,
  (subject) =>
    fc.assert(
      fc.property(items, (item) => {
        let read: ReturnType<typeof readRepokidItem> | undefined;
        assert.doesNotThrow(() => read = subject(item, new Date("2026-11-20T12:00:00Z")));
        const { optOut, kept, scheduled, expired } = read!;
        const map = (value?: AttributeValue) => Object.keys(value?.M ?? {}).length;
        if (map(item.OptOut) > 0) assert.ok(optOut !== null || expired.optOuts === 1);
        assert.equal(kept.length + expired.kept, map(item.NoRepoPermissions));
        if (map(item.RepoScheduled) > 0) assert.ok(scheduled !== null);
      }),
      FIXED,
    ),
  {
    "takes each schedule for a number": (item, now) =>
      readRepokidItem(
        Number(item["RepoScheduled"]?.M ?? item["RepoScheduled"]?.L ?? 1) === 0 ? {} : item,
        now,
      ),
    "reads only opt-outs with an owner": ({ OptOut, ...item }, now) =>
      readRepokidItem(OptOut?.M?.["owner"] ? { ...item, OptOut } : item, now),
  },
);
