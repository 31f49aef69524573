/** How properties are run: the same cases every time; fast-check prints what it shrank to. */
export const FIXED = { seed: 42, numRuns: 200 } as const;
