/** How long calls may take and how often they are tried again: one policy for all of AWS. */
export type CallPolicy = {
  readonly connectMs: number;
  readonly answerMs: number;
  /** How often a call is made at most, the first time included. */
  readonly attempts: number;
  /** The longest wait between two of them. */
  readonly backOffMs: number;
};

/** Eight attempts are enough if others have used up the rate of an account for some seconds. */
export const CALL_POLICY: CallPolicy = {
  connectMs: 5_000,
  answerMs: 30_000,
  attempts: 8,
  backOffMs: 5_000,
};
