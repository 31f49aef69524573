import assert from "assert";
import fc from "fast-check";

/** `deno task test:deep` runs generated cases in their full number, and the mutants. */
export const DEEP: boolean = Deno.env.get("GROUNDSKEEPER_TEST_CASES") === "all";

/**
 * How many generated cases are run.
 *
 * @param all in `deno task test:deep`
 * @param few elsewhere
 */
export function generated(all: number, few: number = Math.max(20, Math.floor(all / 10))): number {
  return DEEP ? all : few;
}

/** How properties are run: the same cases every time; fast-check prints what it shrank to. */
export const FIXED = { seed: 42, numRuns: generated(200) } as const;

/** Deliberately wrong variants of a function, by what is wrong with each. */
export type Mutants<Subject> = Readonly<Record<string, Subject>>;

/**
 * A test of a rule that always or never holds, and with each mutant one more in
 * `deno task test:deep`: that the same property fails for it. A property that no mutant breaks may
 * say nothing.
 *
 * @param property asserts the rule of whatever variant it is handed
 */
export function propertyTest<Subject>(
  name: string,
  right: Subject,
  property: (subject: Subject) => void | Promise<void>,
  mutants: Mutants<Subject>,
): void {
  Deno.test(name, async () => await property(right));
  for (const [what, mutant] of DEEP ? Object.entries(mutants) : []) {
    Deno.test(`${name}: of a mutant that ${what} this does not hold`, async () => {
      // Any case will do; nobody reads the smallest one.
      fc.configureGlobal({ endOnFailure: true });
      try {
        await assert.rejects(async () => await property(mutant), isCounterexample);
      } finally {
        fc.resetConfigureGlobal();
      }
    });
  }
}

/** Whether fast-check has found a case in which the rule is broken, and not some fault of the test. */
function isCounterexample(error: unknown): boolean {
  const { message, cause } = error as Error;
  return message.startsWith("Property failed after") && cause instanceof assert.AssertionError;
}
