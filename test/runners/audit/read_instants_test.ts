import assert from "assert";
import { readInstants } from "../../../runners/audit/present/names.ts";
import { NOW } from "./world.ts";

const sentences: readonly (readonly [string, string])[] = [
  ["61 instances of 2026-11-19T12:00:00.000Z", "61 instances of 19 Nov 12:00"],
  ["from 2027-01-31T00:00:00Z to 2026-11-20T01:02:03Z", "from 31 Jan 2027 00:00 to 20 Nov 01:02"],
  ["2026-11-19 is a day", "2026-11-19 is a day"],
  ["2026-99-19T12:00:00Z is none", "2026-99-19T12:00:00Z is none"],
];

for (const [sentence, read] of sentences) {
  Deno.test(`"${sentence}" is read as "${read}"`, () => {
    assert.equal(readInstants(sentence, NOW), read);
  });
}
