import { accountLabel } from "../../core/aws/session.ts";
import { regionOf } from "../../core/limits/counts.ts";
import { counted } from "../../core/cli/words.ts";
import { CANARY_STAMP_TAG } from "../../core/contract/names.ts";
import type { Explanation } from "../../core/job.ts";
import type { Explaining } from "../audit_plan.ts";
import { canaryTags } from "../canary/canary.ts";
import type { RegionEvaluation } from "../evaluate_region.ts";
import { kindOf } from "../ladder/audit_change.ts";
import { type ObservedInstance } from "../observed.ts";
import { tagOf } from "../tags.ts";
import { canaryText } from "./explain_holds.ts";
import { headBlock, sourcesItem } from "./explain_instance.ts";
import { whenText } from "./names.ts";

/** Says that an instance is a region's canary, how it is, and what tags it must have. */
export function explainCanary(
  evaluation: RegionEvaluation,
  instance: ObservedInstance,
  { planning, journal }: Explaining,
): Explanation {
  const { config, earlier, now } = planning;
  const { account, region, place, canary: { status, detail } } = evaluation;
  const row = earlier.canaries.get(regionOf(place))!;
  const stamp = earlier.stamps.get(regionOf(place));
  const written = stamp?.instance_id === instance.id ? stamp.value : null;
  const expected = canaryTags(config, region.region);
  const standing = `It is the canary of ${accountLabel(account)} ${region.region}, ` +
    `${row.how} ${whenText(row.at, now)}.`;
  const stamps = journal.filter((entry) => kindOf(entry) === "stamp");
  return {
    text: [
      [headBlock(evaluation, instance, now)],
      [
        standing,
        status === "ok"
          ? "It is well: stopped, with exactly its tags in both sources."
          : `How it is (${status}): ${canaryText(evaluation)}.`,
      ],
      [{
        columns: ["", "", ""],
        rows: Object.entries(expected).map(([key, value]) => {
          const found = tagOf(instance.tags, key);
          return [
            key,
            found === undefined ? "missing" : found || '""',
            found === value ? "as it must be" : `must be ${value}`,
          ];
        }),
      }],
      [{
        items: [
          sourcesItem(region, instance, [...Object.keys(expected), CANARY_STAMP_TAG]),
          {
            name: written === null
              ? "no run has stamped it yet"
              : `stamped ${whenText(written, now)}, ${counted(stamps.length, "time")} so far`,
          },
        ],
      }],
      [
        status === "disabled"
          ? "No rule applies to it. Its stamp is written once its account is enforced."
          : "No rule applies to it. Each apply that believes the region writes its stamp, and does " +
            "nothing else to it.",
      ],
    ],
    json: {
      ...place,
      instance,
      second_source: region.secondSource?.tags[instance.id] ?? null,
      canary: { status, detail, how: row.how, at: row.at, stamp: written, tags: expected },
      standing,
      journal,
    },
  };
}
