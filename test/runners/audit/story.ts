import { partsOf } from "../../../runners/core/parts.ts";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import { sightedAgain } from "../../../runners/audit/ladder/sightings.ts";
import {
  aFailedRegion,
  anAccount,
  anInstance,
  aRegion,
  configOf,
  DEV,
  idOf,
  NOTHING_EARLIER,
  planningOf,
  PROD,
  YESTERDAY,
} from "./world.ts";

/** A small organization in which there is one of everything, for golden outputs. */

export const storyConfig = configOf({
  required: [
    { key: "created_by", value: { principal: { users: true } } },
    { key: "department", aliases: ["dept"], value: { oneOf: ["web", "data"] } },
  ],
  enforce: { accounts: [DEV] },
  exempt: [
    {
      match: { instanceId: idOf(6) },
      reason: "vendor image, ticket OPS-2231",
      until: "2027-01-31",
    },
    {
      match: { tag: { key: "poc", value: "2025" } },
      reason: "proof of concept",
      until: "2026-11-01",
    },
  ],
});

const right = { created_by: "alice", department: "web" };

const devEast = aRegion("us-east-1", [
  anInstance(1, { tags: { ...right, Name: "web-1" } }),
  anInstance(2, { tags: { created_by: "alice", Name: "web-2" } }),
  anInstance(3, { tags: { created_by: "mallory", department: "sales", Name: "batch" } }),
  anInstance(4, { tags: { created_by: "alice", dept: "web" } }),
  anInstance(5, { created: "2026-11-20T11:30:00.000Z", tags: {} }),
  anInstance(6, { state: "stopped", tags: { Name: "vendor" } }),
  anInstance(7, { tags: { Name: "node" }, managedBy: ["Auto Scaling group web"] }),
  anInstance(8, { state: "terminated" }),
]);

const dev = anAccount(DEV, [devEast, aRegion("eu-west-1", [])], {
  alias: "acme-dev",
  name: "dev",
  users: { names: ["alice", "bob"] },
});

const prodEast = aRegion("us-east-1", [
  anInstance(9, { tags: right }),
  anInstance(10, { tags: { ...right, department: "" }, type: "m5.large" }),
]);

const prod = (regions: Parameters<typeof anAccount>[1]) =>
  anAccount(PROD, regions, { name: "prod", users: { names: ["alice"] } });

const earlier = {
  ...NOTHING_EARLIER,
  sightings: new Map([
    [
      `${DEV}/us-east-1/${idOf(2)}`,
      sightedAgain(undefined, storyConfig, new Date(YESTERDAY)),
    ],
  ]),
};

/** Everything was read and is believed. */
export const provenStory: AuditPlanning = planningOf(
  partsOf([dev, prod([prodEast])]),
  storyConfig,
  { earlier },
);

/** One region of two accounts could not be read. */
export const unprovenStory: AuditPlanning = planningOf(
  partsOf([
    dev,
    prod([
      prodEast,
      aFailedRegion(
        "us-west-2",
        "UnauthorizedOperation: You are not authorized to perform this operation",
      ),
    ]),
  ]),
  storyConfig,
  { earlier },
);

/** Every instance keeps the rules. */
export const tidyStory: AuditPlanning = planningOf(
  partsOf([anAccount(DEV, [aRegion("us-east-1", [anInstance(1, { tags: right })])], {
    alias: "acme-dev",
    users: { names: ["alice"] },
  })]),
  configOf({ ...storyConfig, exempt: [] }),
);

export const refusal = {
  limit: "limits.perRun.count",
  value: 1,
  would: 2,
  reserved: 0,
  scope: null,
};
