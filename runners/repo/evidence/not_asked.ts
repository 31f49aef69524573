import type { Failure } from "../observed.ts";

/** What stands for the evidence of a role that has nothing to lose: its use was not asked for. */
export const NOT_ASKED: Failure = {
  reason: "not-asked",
  detail: "The role has no policy that could lose anything, so nobody asked when it was used",
};
