/** A proof that contradicts its message. It is not tried again. */
export type Refused = {
  readonly verdict: "refused";
  readonly reason: RefusedReason;
  /** A sentence for people. */
  readonly detail: string;
};

export type RefusedReason =
  /** It is made for another queue or another message. */
  | "proof-audience"
  /** STS does not take its signature or its credentials. */
  | "proof-invalid"
  /** STS names somebody else than an instance identity role. */
  | "proof-not-an-instance"
  | "proof-other-account"
  | "proof-other-instance";

export function refused(reason: RefusedReason, detail: string): Refused {
  return { verdict: "refused", reason, detail };
}
