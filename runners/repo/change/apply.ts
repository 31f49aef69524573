import type { IAMClient } from "@aws-sdk/client-iam";
import type { Session } from "../../core/aws/session.ts";
import type { Clock } from "../../core/clock.ts";
import type { Applier, Batching } from "../../core/job.ts";
import { globalRegion } from "../../core/aws/regions.ts";
import type { RepoConfig } from "../config.ts";
import { inlineMaker } from "./inline_maker.ts";
import { type Maker, noNewAccess } from "./maker.ts";
import { managedMaker } from "./managed_maker.ts";
import type { ChangeOf, RepoChange } from "./repo_change.ts";
import { stampMaker } from "./stamp_maker.ts";

/**
 * IAM is eventually consistent (IAM user guide, "Troubleshoot IAM", "Changes that I make are not
 * always immediately visible"). These waits add up to a minute.
 */
const LOOK_AFTER_MS = [0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 28_500];

/** One role or policy at a time; each is read again right before it is written. */
export function batching(change: RepoChange): Batching {
  return { key: change.target, together: 1, perWrite: 1, lookAfterMs: LOOK_AFTER_MS };
}

/** Makes the changes of the job: of inline policies, of managed ones, and of stamps. */
export async function roleApplier(
  session: Session,
  clock: Pick<Clock, "wait">,
  { checkNoNewAccess }: Pick<RepoConfig, "checkNoNewAccess">,
): Promise<Applier<RepoChange>> {
  const sdk = await import("@aws-sdk/client-iam");
  const client: IAMClient = session.client(sdk.IAMClient, globalRegion(session.partition));
  const { reading } = session;
  const proof = checkNoNewAccess ? await noNewAccess(session) : null;
  const makers: { readonly [Kind in RepoChange["kind"]]: Maker<ChangeOf<Kind>> } = {
    inline: inlineMaker({ client, clock, reading, proof }),
    managed: managedMaker({ client, clock, reading, proof }),
    stamp: stampMaker({ client, reading }),
  };
  // A maker gets only changes of its own kind.
  const makerOf = ({ kind }: RepoChange): Maker<RepoChange> => makers[kind];
  return {
    recheck: async ([change]) => {
      const why = await makerOf(change!).drift(change!);
      return new Map(why === undefined ? [] : [[change!.id, why]]);
    },
    write: async ([change], signal) => (
      { requestId: await makerOf(change!).write(change!, signal) }
    ),
    // A maker takes its failed write back itself.
    takeBack: async () => {},
    readBack: async ([change], signal) =>
      new Map(await makerOf(change!).isThere(change!, signal) ? [[change!.id, {}]] : []),
  };
}
