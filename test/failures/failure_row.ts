/**
 * A test by its file below `test/` and its whole name; of a case of `test/cases`, its `name` or what
 * it is `about`; of a list of cases or properties, their `title` or `name`.
 */
export type TestName = readonly [file: string, name: string];

/** One way in which a tool like this has gone wrong, and what shows that this one does not. */
export interface FailureRow {
  /** What went wrong, in a sentence. */
  readonly what: string;
  /** Where it is told; empty where the list's heading says it. */
  readonly told: string;
  /** What is done here instead. */
  readonly answer: string;
  readonly tests: readonly TestName[];
  /** Why there is no test, or not for all of it. */
  readonly without?: string;
}

/** Failures of one origin. */
export interface FailureList {
  readonly title: string;
  readonly intro: string;
  readonly rows: readonly FailureRow[];
}

/** Of what there is nothing to be tested yet. */
export const WITH_ELASTICSEARCH = "Comes with the Elasticsearch reports.";
