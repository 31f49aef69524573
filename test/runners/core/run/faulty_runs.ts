import fc from "fast-check";
import { CODES, type DiskFault } from "../files/faulty_disk.ts";

/** What happens at a call of the store, counted from 0: the opening, then each write. */
export interface StoreFault {
  readonly at: number;
  readonly lasts: boolean;
  /** The rows were written, and the store says that they were not. */
  readonly late: boolean;
}

/** A run with one fault of whatever it writes to. */
export interface FaultyRun {
  readonly verb: "plan" | "report" | "apply";
  /** Of each thing, how it is. */
  readonly things: readonly ("dirty" | "clean" | "worn")[];
  readonly perWrite: number;
  readonly snapshot: boolean;
  /** The files of an earlier run are there. */
  readonly earlier: boolean;
  readonly fault: { readonly disk: DiskFault } | { readonly store: StoreFault };
}

const diskFault: fc.Arbitrary<DiskFault> = fc.record({
  at: fc.nat({ max: 1_000 }),
  what: fc.constantFrom(...CODES, "short", "nothing"),
  lasts: fc.boolean(),
});
const storeFault: fc.Arbitrary<StoreFault> = fc.record({
  at: fc.nat({ max: 1_000 }),
  lasts: fc.boolean(),
  late: fc.boolean(),
});

export const faultyRuns: fc.Arbitrary<FaultyRun> = fc.record({
  verb: fc.constantFrom("plan", "report", "apply", "apply"),
  things: fc.array(fc.constantFrom("dirty", "dirty", "clean", "worn"), {
    minLength: 1,
    maxLength: 5,
  }),
  perWrite: fc.integer({ min: 1, max: 3 }),
  snapshot: fc.boolean(),
  earlier: fc.boolean(),
  fault: fc.oneof(fc.record({ disk: diskFault }), fc.record({ store: storeFault })),
}).map((run) => ({ ...run, fault: reachable(run) }));

/** The fault within what a run of that kind asks for, so that most runs come to it. */
function reachable({ verb, snapshot, things, fault }: FaultyRun): FaultyRun["fault"] {
  if ("disk" in fault || verb === "plan") {
    const { disk } = "disk" in fault ? fault : { disk: { ...fault.store, what: "EIO" } as const };
    // A file: its folder, its making, its write, its sync, its name; and once the folder's sync.
    const bound = (verb === "plan" ? 6 : 16) + (snapshot ? 6 : 0);
    return { disk: { ...disk, at: disk.at % bound } };
  }
  // The opening, looks, the run's beginning and end, and that of its reservation; an intent and an
  // outcome of each change.
  const bound = verb === "report" ? 4 : 6 + things.filter((how) => how !== "clean").length * 2;
  return { store: { ...fault.store, at: fault.store.at % bound } };
}
