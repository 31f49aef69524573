import { partsOf } from "../../../runners/core/parts.ts";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import { ladderConfig, markOf, seen } from "./ladder_story.ts";
import {
  anAccount,
  anInstance,
  aRegion,
  configOf,
  DEV,
  idOf,
  NOTHING_EARLIER,
  planningOf,
} from "./world.ts";

/** An ordinary morning: one instance at the end of the ladder, two in the middle, five new ones. */

const config = configOf({
  ...ladderConfig,
  canary: { mode: "off" },
  enforce: { accounts: [DEV] },
  exempt: [{
    match: { instanceId: idOf(0x90) },
    reason: "vendor image, ticket OPS-2231",
    until: "2027-01-31",
  }],
});

const old = markOf("2026-11-06T03:00:00.000Z", { stopped_at: "2026-11-09T03:00:00.000Z" });
const recent = markOf("2026-11-17T03:00:00.000Z");
const protection = { termination: false, stop: false };
const tagged = (value: string, name: string) => ({
  protection,
  tags: { "groundskeeper-audit": value, Name: name },
});

const marks = new Map([
  [`${DEV}/us-east-1/${idOf(0x61)}`, old],
  [`${DEV}/us-east-1/${idOf(0x62)}`, recent],
  [`${DEV}/us-east-1/${idOf(0x63)}`, recent],
]);

export const sketchStory: AuditPlanning = planningOf(
  partsOf([anAccount(DEV, [
    aRegion("us-east-1", [
      anInstance(0x61, { state: "stopped", ...tagged(old.value, "web-3") }),
      anInstance(0x62, tagged(recent.value, "etl-1")),
      anInstance(0x63, tagged(recent.value, "etl-2")),
      anInstance(0x90, { tags: { Name: "vendor" } }),
      ...[0x91, 0x92, 0x93].map((number) =>
        anInstance(number, { managedBy: ["Auto Scaling group web"] })
      ),
    ]),
    aRegion("us-west-2", [1, 2, 3, 4, 5].map((number) => anInstance(0x70 + number))),
  ], { name: "data" })]),
  config,
  {
    earlier: {
      ...NOTHING_EARLIER,
      marks,
      sightings: new Map([...marks.keys()].map((rowId) => [rowId, seen])),
    },
  },
);
