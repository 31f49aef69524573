import { regionOf } from "../core/limits/counts.ts";
import type { Reporting } from "../core/job.ts";
import type { JsonObject } from "../core/json.ts";
import { documentFrame } from "../core/report/document_frame.ts";
import { DATE, type DocumentIndex, KEYWORD, LONG } from "../core/report/document_index.ts";
import { type ReportDocument, type Sheet, sheetOf } from "../core/report/sink.ts";
import type { InstanceRow } from "./ledger.ts";
import type { DirtyTypes } from "./plan.ts";
import type { ClientCoverage } from "./standing.ts";
import { accountName } from "./present/page.ts";

type DirtyReporting = Reporting<DirtyTypes>;

/** An event that marks an instance, in short. */
const MARK = {
  properties: { id: KEYWORD, event: KEYWORD, source: KEYWORD, at: DATE, level: KEYWORD },
} as const;

/** Where the documents of the job go, and what can be searched in them. */
export const DIRTY_INDEX = {
  name: "groundskeeper-dirty",
  fields: {
    groundskeeper: {
      properties: {
        dirty: {
          properties: {
            group: KEYWORD,
            state: KEYWORD,
            status: KEYWORD,
            /** The value of the tag. */
            mark: KEYWORD,
            // What the ledger has of the instance.
            region: KEYWORD,
            events: LONG,
            marks: LONG,
            doubts: LONG,
            since: MARK,
            last: MARK,
            latest: DATE,
            hello: {
              properties: {
                id: KEYWORD,
                at: DATE,
                level: KEYWORD,
                version: KEYWORD,
                dropped: LONG,
              },
            },
            gone_at: DATE,
          },
        },
        /** Of a Region: its running instances. */
        clients: {
          properties: {
            running: LONG,
            spoke: LONG,
            dirty: LONG,
            clean: LONG,
            unknown: { properties: { group: KEYWORD, why: KEYWORD, count: LONG } },
          },
        },
      },
    },
  },
} as const satisfies DocumentIndex;

/** The types of the documents, by what they are about. */
export const DOC_TYPES = { region: "dirty_clients", instance: "dirty_instance" } as const;

const frame = documentFrame<DirtyReporting>({
  job: "dirty",
  index: DIRTY_INDEX.name,
  head: DOC_TYPES.region,
  category: "host",
  dataset: "groundskeeper.dirty",
  service: "ec2",
  accountName,
});

/**
 * A document for each dirty instance, and one for each Region with its clients. Names and addresses of
 * people are in none.
 */
export function dirtyDocuments(reporting: DirtyReporting): ReportDocument[] {
  const { plan: { own: { instances } } } = reporting;
  return [
    ...instances.map(({ account, region, id, name, group, state, status, mark, ledger }) =>
      frame(DOC_TYPES.instance, { account, region, id }, reporting, () => ({
        event: { kind: "state", action: "dirty-instance" },
        cloud: { region, instance: { id, name } },
        groundskeeper: { dirty: { group, state, status, mark, ...(ledger && told(ledger)) } },
      }))
    ),
    ...clientDocuments(reporting),
  ];
}

/** What a document says of a row. The session of a sender may have a person's name. */
function told({ hello, ...row }: InstanceRow): JsonObject {
  if (hello === null) return { ...row, hello };
  const { sender: _sender, ...said } = hello;
  return { ...row, hello: said };
}

/** One for each Region that was planned, and for each that has a document of an instance, read or not. */
function clientDocuments(reporting: DirtyReporting): ReportDocument[] {
  const { plan: { own: { instances, clients }, coverage } } = reporting;
  const read = new Map(clients.map((one) => [regionOf(one), one]));
  const unproven = new Map(coverage.unproven.map((one) => [regionOf(one), one]));
  const places = [...coverage.regions, ...coverage.unproven, ...instances];
  return [...new Map(places.map((place) => [regionOf(place), place]))].map(([key, place]) => {
    const { account, region } = place;
    const counts = read.get(key);
    const unread = counts
      ? undefined
      : unproven.get(key) ?? unproven.get(regionOf({ account, region: "global" }));
    return frame(DOC_TYPES.region, { account, region, id: "" }, reporting, () => ({
      event: {
        kind: "metric",
        action: "dirty-clients",
        outcome: counts ? "success" : "failure",
        ...(unread ? { reason: unread.detail } : {}),
      },
      cloud: region === "global" ? {} : { region },
      // What was not read has no counts: 0 would say that nothing is dirty.
      groundskeeper: counts ? { clients: countsOf(counts) } : {},
    }));
  });
}

function countsOf({ account: _account, region: _region, ...counts }: ClientCoverage): JsonObject {
  return counts;
}

export function dirtySheet({ own: { instances } }: DirtyReporting["plan"]): Sheet {
  return sheetOf({
    account: ({ account }) => account,
    region: ({ region }) => region,
    instance: ({ id }) => id,
    name: ({ name }) => name,
    group: ({ group }) => group,
    state: ({ state }) => state,
    status: ({ status }) => status,
    since: ({ ledger }) => ledger?.since?.at ?? null,
    event: ({ ledger }) => ledger?.last?.event ?? null,
    level: ({ ledger }) => ledger?.last?.level ?? null,
    events: ({ ledger }) => ledger?.marks ?? 0,
    tag: ({ mark }) => mark,
  }, instances);
}
