/**
 * A policy that cannot be understood whole. Nothing is ever removed from a role that has one:
 * what it grants is not known.
 */
export class MalformedPolicyError extends Error {
  override readonly name = "MalformedPolicyError";

  /**
   * @param policy the policy's name
   * @param where the place in it, such as `Statement[2].Effect`; empty: the whole document
   * @param what what is wrong there, such as `is neither "Allow" nor "Deny"`
   */
  constructor(readonly policy: string, readonly where: string, readonly what: string) {
    super(
      `The policy "${policy}" cannot be understood: ${where === "" ? "it" : where} ${what}. ` +
        `Its role is left alone until somebody corrects it`,
    );
  }
}
