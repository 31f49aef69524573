import {
  ACCOUNT_CONTROL,
  bars,
  by,
  BY_ACCOUNT,
  BY_ACCOUNT_REGION,
  BY_REGION,
  type Dashboard,
  date,
  heat,
  known,
  last,
  LAST_SEEN,
  metric,
  newest,
  REGION_CONTROL,
  row,
  seenLast,
  table,
  word,
} from "../panel.ts";

const OF_REGION = "dirty_clients";
const OF_INSTANCE = "dirty_instance";

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
    row(7, [
      {
        ...metric("unread", "Regions not read, count of readings", OF_REGION),
        description:
          "In the time range: a Region counts once for each slot in which it was not read.",
        measures: [
          { label: "Not read", op: "count", where: { "event.outcome": "failure" } },
          { label: "of readings", op: "count" },
        ],
      },
      {
        ...metric("dirty", "Dirty instances", OF_REGION),
        description: KNOWN,
        measures: [DIRTY, RUNNING],
        sumOver: BY_ACCOUNT_REGION,
      },
      {
        ...metric("spoke", "Instances whose client spoke", OF_REGION),
        description: KNOWN,
        measures: [known("Spoke", "groundskeeper.clients.spoke"), RUNNING],
        sumOver: BY_ACCOUNT_REGION,
      },
    ]),
    row(14, [
      {
        ...bars("dirty-over-time", "Dirty instances, by account and Region", OF_REGION),
        description: "Of the newest slot of each bar.",
        measures: [DIRTY],
        split: BY_ACCOUNT_REGION,
      },
      {
        ...heat("dirty-now", "Dirty instances of each Region", OF_REGION),
        description: KNOWN,
        x: BY_REGION,
        y: BY_ACCOUNT,
        measures: [DIRTY],
      },
    ]),
    row(14, [{
      ...table("regions", "Regions and their clients", OF_REGION),
      description: `${KNOWN} Read: failure where the newest slot could not read the Region.`,
      rows: [by("ID", "cloud.account.id", 1_000), BY_REGION],
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
    }]),
    row(14, [
      {
        ...newest("status", "Status of the instances, count", OF_INSTANCE),
        description: NEWEST,
        heads: OF_REGION,
        tallies: [{ label: "status", field: "groundskeeper.dirty.status" }],
      },
      {
        ...newest("groups", "Auto Scaling groups of the instances, count", OF_INSTANCE),
        description: NEWEST,
        heads: OF_REGION,
        tallies: [{ label: "group", field: "groundskeeper.dirty.group", missing: "none" }],
      },
      {
        ...newest("events", "Last event of the instances, count", OF_INSTANCE),
        description: NEWEST,
        heads: OF_REGION,
        tallies: [{ label: "event", field: "groundskeeper.dirty.last.event", missing: "none" }],
      },
    ]),
    row(18, [{
      ...table("instances", "Instances, the 1,000 seen last", OF_INSTANCE),
      description:
        "An instance that was not seen in the newest slot is not dirty any more, is gone, " +
        "or is in a Region that was not read.",
      rows: [seenLast("Instance", "cloud.instance.id")],
      measures: [
        LAST_SEEN,
        word("Account", "account"),
        word("Region", "region"),
        word("Name", "cloud.instance.name"),
        word("Group", "groundskeeper.dirty.group"),
        word("Status", "groundskeeper.dirty.status"),
        date("Dirty since", "groundskeeper.dirty.since.at"),
        word("Last event", "groundskeeper.dirty.last.event"),
        word("Proof", "groundskeeper.dirty.last.level"),
        last("Events", "groundskeeper.dirty.marks"),
      ],
      sort: { by: "Last seen", direction: "desc" },
    }]),
  ],
};
