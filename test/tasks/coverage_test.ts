import assert from "assert";
import { JOBS } from "../../runners/jobs.ts";
import { lineCoverage } from "./line_coverage.ts";
import { ROOMS } from "./test.ts";

const record = (file: string, found: number, hit: number) =>
  `SF:/checkout/${file}\nLF:${found}\nLH:${hit}\nend_of_record\n`;

Deno.test("the coverage counts every folder of the runners by itself, and all of them together", () => {
  const rooms = ["core", "shell", "adapters", ...JOBS.map(({ name }) => name)];
  const lcov = rooms.map((room) => record(`runners/${room}/x.ts`, 10, 9)).join("") +
    record("runners/main.ts", 1, 0) + record("test/x.ts", 5, 5);
  const counted = lineCoverage(lcov, ROOMS);
  for (const room of rooms) {
    assert.deepEqual(counted.find(({ folder }) => folder === `runners/${room}`), {
      folder: `runners/${room}`,
      found: 10,
      hit: 9,
    });
  }
  const [all] = counted;
  assert.deepEqual(all, { folder: "runners", found: 61, hit: 54 });
});
