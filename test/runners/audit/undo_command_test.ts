import assert from "assert";
import type { JournalEntry } from "../../../runners/core/journal/entry.ts";
import { undoing } from "../../../runners/audit/undo/undo_command.ts";

const RUN = "01K00000000000000000000001";
const LIFTED = { protection: { termination: true, stop: false } };

type Written = Parameters<typeof undoing>[1][number];

const stop = (outcome: JournalEntry["outcome"], after = {}): Written => (
  { action: "ec2:StopInstances", before: {}, after, outcome }
);
const terminate = (outcome: JournalEntry["outcome"], before = {}): Written => (
  { action: "ec2:TerminateInstances", before, after: {}, outcome }
);

const STOPS = "start again what it has stopped";
const LIFTS = "set protection again that it may have left lifted";

const RUNS: readonly (readonly [string, readonly Written[], string | null])[] = [
  ["that changed nothing", [], null],
  ["that stopped", [stop("done"), stop("unknown")], `To ${STOPS} (2 instances)`],
  ["whose stops failed", [stop("failed"), stop("drifted"), stop(null)], null],
  ["that stopped a canary", [stop("done", { canary: "i-0" })], null],
  ["that terminated", [terminate("done"), terminate("done", LIFTED)], null],
  ["that could not terminate what was not protected", [terminate("failed")], null],
  [
    "that could not terminate what it had lifted",
    [terminate("failed", LIFTED)],
    `To ${LIFTS} (1 instance)`,
  ],
  [
    "that does not know what a termination came to",
    [terminate("unknown", LIFTED)],
    `To ${LIFTS} (1 instance)`,
  ],
  ["that did not try", [terminate(null, LIFTED), terminate("drifted", LIFTED)], null],
  [
    "that did both",
    [stop("done"), terminate("failed", LIFTED)],
    `To ${STOPS} (1 instance), and ${LIFTS} (1 instance)`,
  ],
];

for (const [what, changes, sentence] of RUNS) {
  Deno.test(`a run ${what} ${sentence === null ? "has no undo" : "is undone by a command"}`, () => {
    const words = ["audit apply", "--undo-run", RUN];
    assert.deepEqual(undoing(RUN, changes), sentence === null ? null : { sentence, words });
  });
}
