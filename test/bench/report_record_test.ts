import assert from "assert";
import { deserialize, serialize } from "node:v8";
import { INSTANCES_PER_ACCOUNT, REGIONS, VIOLATING } from "./audit_parts.ts";
import { reportRecord } from "./report_record.ts";

const ACCOUNTS = 2;

for (const [every, violating] of [[true, INSTANCES_PER_ACCOUNT], [false, VIOLATING]] as const) {
  Deno.test(`a record has ${violating} violators of each account, and the heads of their parts`, async () => {
    const record = await reportRecord(ACCOUNTS, every);
    const counts = Object.fromEntries(
      [...Map.groupBy(record.documents, ({ type }) => type)].map(([type, own]) => [
        type,
        own.length,
      ]),
    );
    assert.deepEqual(counts, {
      aws_tag_audit: ACCOUNTS,
      aws_tag_violator: ACCOUNTS * violating,
      aws_tag_region: ACCOUNTS * REGIONS.length,
    });
    const ids = new Set(record.documents.map(({ id }) => id));
    assert.equal(ids.size, record.documents.length);
    assert.ok(record.documents.every(({ part }) => ids.has(part.id)));
    // As it comes to the program that is measured.
    assert.deepEqual(deserialize(serialize(record)), record);
  });
}
