import { regionOf } from "../../core/limits/counts.ts";
import { INSTANCE_ID } from "../../core/aws/arn.ts";
import { UsageError } from "../../core/errors.ts";
import type { RunContext } from "../../core/run/context.ts";
import { partsOf } from "../../core/parts.ts";
import { observe } from "../../core/run/make_plan.ts";
import { openIntents } from "../../core/journal/journal.ts";
import { refuseUnasked, refuseWrongClock } from "../../core/run/verbs/apply_verb.ts";
import { refuseHypothetical } from "../../core/run/verbs/report_verb.ts";
import { closing } from "../../core/store/store.ts";
import { placesOf } from "../observed.ts";
import { CANARIES, canaryLock, canaryTags, judgeCanary } from "./canary.ts";
import { type CanaryTypes, planCanaries } from "./canary_plan.ts";
import type { CanaryEntry } from "./canary_text.ts";

/**
 * Takes a stopped instance with exactly the canary's tags as the canary of its region.
 *
 * @throws UsageError when the instance cannot be adopted
 */
export async function adoptCanary(
  context: RunContext<CanaryTypes>,
  id: string,
): Promise<CanaryEntry> {
  refuseHypothetical(context, "canary apply");
  refuseUnasked(context, "canary apply");
  if (!INSTANCE_ID.test(id)) {
    throw new UsageError(`"${id}" is no instance ID such as i-0123456789abcdef0`);
  }
  const { config, clock } = context;
  const refuse = (why: string) => new UsageError(`Cannot adopt "${id}" as a canary: ${why}`);
  return await closing(await context.openStore(), async (store) => {
    const { observed, earlier, now } = await observe(context, store);
    await refuseWrongClock(context);
    const place = placesOf(observed)
      .find(({ region }) => region.instances.some((one) => one.id === id));
    if (!place) {
      const help = "Name its account with --account, or check the ID";
      throw refuse(`it was not found in what could be read. ${help}`);
    }
    const { account, region } = place;
    const alone = partsOf([{ ...account, regions: [region] }]);
    const [plan] = planCanaries({ config, observed: alone, earlier, now });
    if (!plan) {
      const settings = `audit.canary.mode: "${config.canary.mode}", audit.enforce`;
      throw refuse(`no canary is asked for in its account ${account.id} (${settings})`);
    }
    if (plan.status === "ok" && plan.instance !== id) {
      throw refuse(`${plan.instance} is the canary of ${account.id}/${region.region} already`);
    }
    const begun = await openIntents(store, "audit", [null, "pending"]);
    const other = begun.find(({ entry }) => entry.lock === canaryLock(plan));
    if (other) {
      throw refuse(
        `run ${other.entry.run_id} has begun to make one there, and its end is not known yet. ` +
          "Try again after the next report",
      );
    }
    const row = { instance_id: id, how: "adopted", at: clock.now().toISOString() } as const;
    const tags = canaryTags(config, region.region);
    const { status, detail } = judgeCanary(region, tags, row, undefined, now);
    if (status !== "ok") throw refuse(detail);
    await store.write([CANARIES.write(regionOf(plan), row)]);
    return { ...plan, instance: id, status, detail, action: "none", outcome: "adopted" };
  });
}
