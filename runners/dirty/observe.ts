import * as z from "zod";
import { type Failure, failureIn } from "../core/aws/failure.ts";
import { enabledRegions } from "../core/aws/regions.ts";
import type { Account, Session } from "../core/aws/session.ts";
import type { Observing } from "../core/job.ts";
import { compareText } from "../core/plan/canonical.ts";
import { describeInstances } from "./instances.ts";
import type { DirtyTypes } from "./plan.ts";

const failure = z.strictObject({ reason: z.string(), detail: z.string() }).nullable();

/** What is observed of an account: plain data, as it can be stored and planned from again. */
export const partSchema = z.strictObject({
  id: z.string(),
  name: z.string().nullable(),
  partition: z.string(),
  regions: z.array(z.strictObject({
    region: z.string(),
    /** Why the Region could not be read; then nothing else is known of it. */
    failure,
    instances: z.array(z.strictObject({
      id: z.string(),
      state: z.string(),
      launched: z.string(),
      name: z.string().nullable(),
      group: z.string().nullable(),
      profile: z.string().nullable(),
      mark: z.string().nullable(),
    })),
  })),
});

export type ObservedAccount = z.infer<typeof partSchema>;
export type ObservedRegion = ObservedAccount["regions"][number];

/** Reads the instances of an account, Region by Region. What cannot be read is a failure of its place. */
export async function observeAccount(
  { id, name }: Account,
  { config, scope, session, inTurn, progress }: Observing<DirtyTypes>,
): Promise<ObservedAccount> {
  const unread = (region: string, failure: Failure) => ({ region, failure, instances: [] });
  const read = async (own: Session, region: string): Promise<ObservedRegion> => {
    try {
      const instances = await describeInstances(own, region, config.tag);
      instances.sort((a, b) => compareText(a.id, b.id));
      return { region, failure: null, instances };
    } catch (error) {
      return unread(region, failureIn("Region", error));
    } finally {
      progress(1);
    }
  };
  try {
    const own = await session({ id, name });
    const names = scope.regions === "enabled"
      ? await enabledRegions(own, scope.except)
      : scope.regions;
    progress(0, names.length);
    const regions = await Promise.all(names.map((region) => inTurn(() => read(own, region))));
    return { id, name, partition: own.partition, regions };
  } catch (error) {
    const names = scope.regions === "enabled" ? ["global"] : scope.regions;
    const failure = failureIn("account", error);
    return { id, name, partition: "aws", regions: names.map((region) => unread(region, failure)) };
  }
}
