import assert from "assert";
import { fewRows, type ServiceRow } from "../../../../runners/repo/present/many_services.ts";

const row = (index: number, why: string): ServiceRow => ({
  service: `s${index}`,
  counts: [index, 1],
  why,
});
const rows = (count: number, why: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => row(index, why(index)));

Deno.test("a few services have a row each, in their order", () => {
  const few = rows(20, () => "unused");
  assert.equal(fewRows(few), few);
});

Deno.test("of many services those of which the same is said share a row, and add up", () => {
  const many = [...rows(400, () => "never used"), row(400, "used today")];
  assert.deepEqual(fewRows(many), [
    { service: "s399, s398, s397, and 397 more", counts: [79_800, 400], why: "never used" },
    row(400, "used today"),
  ]);
});

Deno.test("of many services of which everything is said, the last row counts the rest", () => {
  const told = fewRows(rows(30, (index) => `used ${index} days ago`));
  assert.equal(told.length, 20);
  assert.deepEqual(told.at(-1), {
    service: "and 11 rows more",
    counts: [55, 11],
    why: "explain tells of each, --json has them all",
  });
});
