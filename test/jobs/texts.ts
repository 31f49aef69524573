import type fc from "fast-check";

/** What people read of a job: its file `NAME_texts.ts` has it. */
export interface JobTexts {
  /** What is told of a world in which this text stands wherever one from outside may stand. */
  readonly of: (text: string) => readonly string[];
  /** Texts of every kind, for a terminal of this width. */
  readonly stories: (width: number) => readonly string[];
  /** Generated worlds, as what is told of each on a terminal of some width. */
  readonly any: fc.Arbitrary<(width: number) => readonly string[]>;
}
