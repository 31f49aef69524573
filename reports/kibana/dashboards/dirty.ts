import {
  ACCOUNT_CONTROL,
  BY_ACCOUNT,
  BY_ACCOUNT_REGION,
  BY_REGION,
  type Dashboard,
  LAST_SEEN,
  type Measure,
  REGION_CONTROL,
} from "../panel.ts";

const OF_REGION = "dirty_clients";
const OF_INSTANCE = "dirty_instance";

const known = (label: string, field: string): Measure => ({
  label,
  op: "last",
  field,
  known: true,
});
const word = (label: string, field: string): Measure => ({
  label,
  op: "last",
  field,
  type: "string",
});

const KNOWN = "Of each Region, what was known last: a Region that could not be read has no counts.";
const NEWEST = "Of each account, the newest slot in the time range.";

const DIRTY = known("Dirty", "groundskeeper.clients.dirty");
const RUNNING = known("of running", "groundskeeper.clients.running");

/** Instances that people logged in to. */
export const DIRTY_DASHBOARD: Dashboard = {
  id: "groundskeeper-dirty",
  title: "Groundskeeper: dirty instances",
  description: "Instances that people touched, and how far the clients can tell.",
  index: "groundskeeper-dirty",
  controls: [ACCOUNT_CONTROL, REGION_CONTROL],
  rows: [
    {
      height: 7,
      panels: [
        {
          id: "unread",
          title: "Regions not read, count of readings",
          description:
            "In the time range: a Region counts once for each slot in which it was not read.",
          kind: "metric",
          of: OF_REGION,
          measures: [
            { label: "Not read", op: "count", where: { "event.outcome": "failure" } },
            { label: "of readings", op: "count" },
          ],
        },
        {
          id: "dirty",
          title: "Dirty instances",
          description: KNOWN,
          kind: "metric",
          of: OF_REGION,
          measures: [DIRTY, RUNNING],
          sumOver: BY_ACCOUNT_REGION,
        },
        {
          id: "spoke",
          title: "Instances whose client spoke",
          description: KNOWN,
          kind: "metric",
          of: OF_REGION,
          measures: [known("Spoke", "groundskeeper.clients.spoke"), RUNNING],
          sumOver: BY_ACCOUNT_REGION,
        },
      ],
    },
    {
      height: 14,
      panels: [
        {
          id: "dirty-over-time",
          title: "Dirty instances, by account and Region",
          description: "Of the newest slot of each bar.",
          kind: "bars",
          of: OF_REGION,
          measures: [DIRTY],
          split: BY_ACCOUNT_REGION,
        },
        {
          id: "dirty-now",
          title: "Dirty instances of each Region",
          description: KNOWN,
          kind: "heat",
          of: OF_REGION,
          x: BY_REGION,
          y: BY_ACCOUNT,
          measures: [DIRTY],
        },
      ],
    },
    {
      height: 14,
      panels: [{
        id: "regions",
        title: "Regions and their clients",
        description: `${KNOWN} Read: failure where the newest slot could not read the Region.`,
        kind: "table",
        of: OF_REGION,
        rows: [{ label: "ID", fields: ["cloud.account.id"], size: 1_000 }, BY_REGION],
        measures: [
          word("Account", "account"),
          word("Read", "event.outcome"),
          known("Running", "groundskeeper.clients.running"),
          known("Spoke", "groundskeeper.clients.spoke"),
          DIRTY,
          known("Clean", "groundskeeper.clients.clean"),
          LAST_SEEN,
        ],
        sort: { by: "Dirty", direction: "desc" },
      }],
    },
    {
      height: 14,
      panels: [
        {
          id: "status",
          title: "Status of the instances, count",
          description: NEWEST,
          kind: "newest",
          of: OF_INSTANCE,
          heads: OF_REGION,
          tallies: [{ label: "status", field: "groundskeeper.dirty.status" }],
        },
        {
          id: "groups",
          title: "Auto Scaling groups of the instances, count",
          description: NEWEST,
          kind: "newest",
          of: OF_INSTANCE,
          heads: OF_REGION,
          tallies: [{ label: "group", field: "groundskeeper.dirty.group", missing: "none" }],
        },
        {
          id: "events",
          title: "Last event of the instances, count",
          description: NEWEST,
          kind: "newest",
          of: OF_INSTANCE,
          heads: OF_REGION,
          tallies: [{ label: "event", field: "groundskeeper.dirty.last.event", missing: "none" }],
        },
      ],
    },
    {
      height: 18,
      panels: [{
        id: "instances",
        title: "Instances, the 1,000 seen last",
        description:
          "An instance that was not seen in the newest slot is not dirty any more, is gone, " +
          "or is in a Region that was not read.",
        kind: "table",
        of: OF_INSTANCE,
        rows: [{ label: "Instance", fields: ["cloud.instance.id"], size: 1_000, newest: true }],
        measures: [
          LAST_SEEN,
          word("Account", "account"),
          word("Region", "region"),
          word("Name", "cloud.instance.name"),
          word("Group", "groundskeeper.dirty.group"),
          word("Status", "groundskeeper.dirty.status"),
          { label: "Dirty since", op: "last", field: "groundskeeper.dirty.since.at", type: "date" },
          word("Last event", "groundskeeper.dirty.last.event"),
          word("Proof", "groundskeeper.dirty.last.level"),
          { label: "Events", op: "last", field: "groundskeeper.dirty.marks" },
        ],
        sort: { by: "Last seen", direction: "desc" },
      }],
    },
  ],
};
