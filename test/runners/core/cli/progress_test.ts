import assert from "assert";
import { createProgress } from "../../../../runners/core/cli/progress.ts";
import { ManualClock } from "../manual_clock.ts";

const CLEAR = "\r\u001b[K";

function scene() {
  const drawn: string[] = [];
  const clock = new ManualClock();
  const progress = createProgress((text) => drawn.push(text), () => clock.monotonicMs());
  return { drawn, clock, progress };
}

Deno.test("where there is no terminal, nothing is drawn", () => {
  const progress = createProgress(null, () => assert.fail("asked for the time"));
  progress.show("reading", 1, 2);
  progress.clear();
});

Deno.test("a line is drawn over the one before, ten times a second at most", async () => {
  const { drawn, clock, progress } = scene();
  progress.show("reading", 1, 9);
  progress.show("reading", 2, 9);
  await clock.advance(99);
  progress.show("reading", 3, 9);
  await clock.advance(1);
  progress.show("reading", 4, 9);
  assert.deepEqual(drawn, [`${CLEAR}reading  1 of 9`, `${CLEAR}reading  4 of 9`]);
});

Deno.test("the end is always drawn", () => {
  const { drawn, progress } = scene();
  progress.show("reading", 8, 9);
  progress.show("reading", 9, 9);
  assert.equal(drawn.at(-1), `${CLEAR}reading  9 of 9`);
});

Deno.test("the line is taken away once, and only if there is one", () => {
  const { drawn, progress } = scene();
  progress.clear();
  progress.show("reading", 1, 9);
  progress.clear();
  progress.clear();
  assert.deepEqual(drawn, [`${CLEAR}reading  1 of 9`, CLEAR]);
});
