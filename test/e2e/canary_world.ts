import type { CanaryStatus } from "../../runners/audit/canary/canary.ts";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import { CANARY, groupsOf } from "./audit_world.ts";
import { type LadderOptions, type LadderWorld, ladderWorld } from "./ladder_world.ts";

/** A canary as `canary plan --json` tells it. */
export interface ToldCanary {
  readonly account: string;
  readonly region: string;
  readonly status: CanaryStatus;
  readonly instance: string | null;
  readonly action: "create" | "stop" | "none" | "unread";
  readonly detail: string;
  readonly candidates: readonly string[];
  readonly image: { readonly id: string; readonly instanceType: string; readonly sizeGib: number };
  readonly outcome: "created" | "stopped" | "adopted" | "failed" | null;
  readonly error: string | null;
}

export interface Canaries {
  readonly cost: {
    readonly canaries: number;
    readonly gib: number;
    readonly usd_per_month: number;
  };
  readonly canaries: readonly ToldCanary[];
}

/** A plan of the audit, with what it says of canaries. */
export type CanaryPlanDocument = PlanDocument & {
  readonly canaries: readonly Pick<ToldCanary, "region" | "status" | "instance" | "detail">[];
};

/** A ladder world in whose enforced account a canary is asked for; there is none yet. */
export function canaryWorld(options: LadderOptions = {}): Promise<LadderWorld> {
  return ladderWorld({
    groups: groupsOf(20, 2),
    ...options,
    audit: { canary: CANARY, ...options.audit },
  });
}

/** A world with its canary made. */
export interface ProvenWorld extends LadderWorld {
  /** The instance that is the canary. */
  readonly canary: string;
}

/** The same with the canary of its only region made. */
export async function provenWorld(options: LadderOptions = {}): Promise<ProvenWorld> {
  const world = await canaryWorld(options);
  const [made] = await makeCanaries(world);
  if (!made?.instance) throw new Error(`No canary was made: ${made?.error}`);
  return { ...world, canary: made.instance };
}

/** Makes what is missing, and says of each region what became of it. */
export async function makeCanaries(world: LadderWorld, args = ""): Promise<readonly ToldCanary[]> {
  const { canaries } = await world.json<Canaries>(`audit canary apply --yes ${args}`.trim());
  return canaries;
}

/** What `canary plan` says. */
export async function plannedCanaries(world: LadderWorld): Promise<readonly ToldCanary[]> {
  return (await world.json<Canaries>("audit canary plan")).canaries;
}
