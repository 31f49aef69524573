import type { Reporting } from "../../core/job.ts";
import { documentFrame } from "../../core/report/document_frame.ts";
import { type ReportDocument, type Sheet, sheetOf } from "../../core/report/sink.ts";
import type { DirtyTypes } from "../plan.ts";
import { accountName } from "./page.ts";

type DirtyReporting = Reporting<DirtyTypes>;

const frame = documentFrame<DirtyReporting>({
  job: "dirty",
  index: "groundskeeper-dirty",
  head: "dirty_clients",
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
  const { plan: { own: { instances, clients } } } = reporting;
  return [
    ...instances.map(({ account, region, id, name, group, state, status, mark, ledger }) =>
      frame("dirty_instance", { account, region, id }, reporting, {
        event: { kind: "state", action: "dirty-instance" },
        cloud: { region, instance: { id, name } },
        // The session of a sender may have a person's name.
        groundskeeper: {
          dirty: {
            ...{ group, state, status, mark, ...ledger },
            hello: ledger?.hello ? { ...ledger.hello, sender: null } : null,
          },
        },
      })
    ),
    ...clients.map(({ account, region, unknown, ...counts }) =>
      frame("dirty_clients", { account, region, id: "" }, reporting, {
        event: { kind: "metric", action: "dirty-clients" },
        cloud: { region },
        groundskeeper: { clients: { ...counts, unknown } },
      })
    ),
  ];
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
