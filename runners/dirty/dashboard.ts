import {
  bars,
  BY_ACCOUNT,
  BY_ACCOUNT_REGION,
  BY_ID,
  BY_INSTANCE,
  BY_REGION,
  count,
  type Dashboard,
  dates,
  heat,
  known,
  LAST_SEEN,
  metric,
  newest,
  numbers,
  row,
  table,
  words,
} from "../core/report/dashboard.ts";
import { DIRTY_INDEX, DOC_TYPES } from "./documents.ts";

const { region: OF_REGION, instance: OF_INSTANCE } = DOC_TYPES;

const clients = (field: string) => `groundskeeper.clients.${field}`;
const dirty = (field: string) => `groundskeeper.dirty.${field}`;

const KNOWN = "Of each Region, what was known last: a Region that could not be read has no counts.";

const found = newest(OF_INSTANCE, OF_REGION);

/** Instances that people logged in to. */
export const DIRTY_DASHBOARD: Dashboard = {
  id: "groundskeeper-dirty",
  title: "Groundskeeper: dirty instances",
  description: "Instances that people touched, and how far the clients can tell.",
  index: DIRTY_INDEX.name,
  controls: { Account: "account", Region: "region" },
  rows: [
    row(7, [
      metric("unread", "Regions not read, count of readings", OF_REGION, {
        description:
          "In the time range: a Region counts once for each slot in which it was not read.",
        measures: [count("Not read", { "event.outcome": "failure" }), count("of readings")],
      }),
      metric("dirty", "Dirty instances", OF_REGION, {
        description: KNOWN,
        by: [BY_ACCOUNT_REGION],
        measures: known({ Dirty: clients("dirty"), "of running": clients("running") }),
      }),
      metric("spoke", "Instances whose client spoke", OF_REGION, {
        description: KNOWN,
        by: [BY_ACCOUNT_REGION],
        measures: known({ Spoke: clients("spoke"), "of running": clients("running") }),
      }),
    ]),
    row(14, [
      bars("dirty-over-time", "Dirty instances, by account and Region", OF_REGION, {
        description: "Of the newest slot of each bar.",
        by: [BY_ACCOUNT_REGION],
        measures: known({ Dirty: clients("dirty") }),
      }),
      heat("dirty-now", "Dirty instances of each Region", OF_REGION, {
        description: KNOWN,
        by: [BY_REGION, BY_ACCOUNT],
        measures: known({ Dirty: clients("dirty") }),
      }),
    ]),
    row(14, [
      table("regions", "Regions and their clients", OF_REGION, {
        description: `${KNOWN} Read: failure where the newest slot could not read the Region.`,
        by: [BY_ID, BY_REGION],
        measures: [
          ...words({ Account: "account", Read: "event.outcome" }),
          ...known({ Running: clients("running"), Spoke: clients("spoke") }),
          ...known({ Dirty: clients("dirty"), Clean: clients("clean") }),
          LAST_SEEN,
        ],
        sort: ["Dirty", "desc"],
      }),
    ]),
    row(14, [
      found("status", "Status of the instances, count", { status: dirty("status") }),
      found("groups", "Auto Scaling groups of the instances, count", { group: dirty("group") }, {
        missing: "none",
      }),
      found("events", "Last event of the instances, count", { event: dirty("last.event") }, {
        missing: "none",
      }),
    ]),
    row(18, [
      table("instances", "Instances, the 1,000 seen last", OF_INSTANCE, {
        description:
          "An instance that was not seen in the newest slot is not dirty any more, is gone, " +
          "or is in a Region that was not read.",
        by: [BY_INSTANCE],
        measures: [
          LAST_SEEN,
          ...words({ Account: "account", Region: "region", Name: "cloud.instance.name" }),
          ...words({ Group: dirty("group"), Status: dirty("status") }),
          ...dates({ "Dirty since": dirty("since.at") }),
          ...words({ "Last event": dirty("last.event"), Proof: dirty("last.level") }),
          ...numbers({ Events: dirty("marks") }),
        ],
        sort: ["Last seen", "desc"],
      }),
    ]),
  ],
};
