import { instanceIdOf } from "../core/aws/arn.ts";
import type { Job, Recorded } from "../core/job.ts";
import { UNBOUNDED } from "../core/limits/limits.ts";
import * as plain from "../core/plain_job.ts";
import type { ReadStore, Write } from "../core/store/store.ts";
import { sumOf } from "../core/sum_of.ts";
import { instanceSchema, type ObservedInstance, readInstances } from "./instances.ts";
import { CLEARANCES, type TagRow, TAGS, UNSETTLED } from "./ledger.ts";
import { dirtyNeeds } from "./needs.ts";
import { changeSchema, type DirtyChange, type DirtyTypes, plan } from "./plan.ts";
import { dirtyDocuments, dirtySheet } from "./documents.ts";
import { explain, locate } from "./present/explain.ts";
import { dirtyFindings } from "./present/findings.ts";
import { accountName, dirtyPage, dirtyText } from "./present/page.ts";
import { unsettledId } from "./record.ts";
import { readEntry, readLedger } from "./standing.ts";

/** Whether the tag is as the change leaves it. */
const shows = ({ after }: DirtyChange, { mark }: ObservedInstance) => mark === after.value;

/** Records who was on an instance. A run shows that, and writes or removes tags. */
export const dirtyJob: Job<DirtyTypes> = {
  ...plain.plainJob,
  name: "dirty",
  needs: dirtyNeeds,
  roleOf: ({ kind }) => kind === "clear" ? "clear" : "mark",
  // The values of tags differ, so that each is a call of its own.
  batching: ({ kind }) => ({ key: kind, together: 100, perWrite: 1 }),
  partSchema: plain.partSchema(instanceSchema),
  kindOf: ({ action }) => action === "ec2:DeleteTags" ? "clear" : "tag",
  changeSchema,
  // A tag shows what the ledger has. Limits are for what is replaced.
  limits: () => UNBOUNDED,
  countsAs: () => null,
  observeAccount: (account, observing) =>
    plain.eachRegion((session, region) => readInstances(session, region, observing.config.tag))(
      account,
      observing,
    ),
  earlier: readLedger,
  plan,
  applier: (session, region, { config: { tag } }) =>
    Promise.resolve(plain.plainApplier<DirtyChange, ObservedInstance>({
      read: (arns) => readInstances(session, region, tag, arns.map(instanceIdOf)),
      stands: ({ mark }, { before }) => mark === before.mark,
      shows,
      write: async ({ target, before, after }, abortSignal) => {
        const sdk = await import("@aws-sdk/client-ec2");
        const client = session.client(sdk.EC2Client, region);
        const Resources = [instanceIdOf(target)];
        // With its value, so that a tag that a new login has got is not removed.
        const Tags = [{ Key: after.key, Value: after.value ?? before.mark ?? undefined }];
        return await (after.value === null
          ? client.send(new sdk.DeleteTagsCommand({ Resources, Tags }), { abortSignal })
          : client.send(new sdk.CreateTagsCommand({ Resources, Tags }), { abortSignal }));
      },
    })),
  // Nobody else may write or remove the tag.
  settle: ({ change }, observed) => plain.plainSettle(change, observed, shows),
  rowsFor,
  withdrawn,
  documentParts: (own) => ({ keys: { ...own } }),
  documents: dirtyDocuments,
  accountName,
  findings: dirtyFindings,
  sheet: dirtySheet,
  page: dirtyPage,
  text: dirtyText,
  locate,
  explain,
  summary: ({ coverage: { planned, proven }, own: { clients }, changes }) => ({
    coverage: { planned, proven },
    running: sumOf(clients, ({ running }) => running),
    dirty: sumOf(clients, ({ dirty }) => dirty),
    clean: sumOf(clients, ({ clean }) => clean),
    unknown: sumOf(clients, ({ running, dirty, clean }) => running - dirty - clean),
    changes: changes.length,
  }),
  metrics: ({ dirty, unknown }) => ({ Dirty: Number(dirty), Unknown: Number(unknown) }),
};

/** What the ledger has of a tag that is written or removed, and what is left to `serve`. */
function rowsFor({ change, entry }: Recorded<DirtyChange>): Write[] {
  const { account, region, target, before: { mark, marks, doubts } } = change;
  const { outcome, intended_at: at, principal } = entry;
  const id = instanceIdOf(target);
  const openId = unsettledId({ account, region, id }, "tag");
  const settled = UNSETTLED.write(openId, undefined);
  const open = UNSETTLED.write(openId, { since: at });
  const tag = (value: string, state: TagRow["state"]) =>
    TAGS.of(account).write(id, { value, state, at, detail: "" });
  if (change.kind === "tag") {
    if (outcome === null) return [tag(change.after.value, "pending"), open];
    return outcome === "done" ? [tag(change.after.value, "written"), settled] : [];
  }
  // From now on, a login that marks the instance has its tag written again.
  if (outcome === null) return [tag(mark ?? "", "removed"), settled];
  // Before that, one may have found the tag there: what is dirty gets it again.
  if (outcome !== "done") return mark === null ? [open] : [tag(mark, "written"), open];
  const row = { at, reason: change.reason, by: principal, marks, doubts, value: mark };
  return [CLEARANCES.of(account).write(id, row), open];
}

/** Clearances of instances on which something has happened since they were planned. */
async function withdrawn(
  store: ReadStore,
  changes: readonly DirtyChange[],
): Promise<ReadonlyMap<string, string>> {
  const why = new Map<string, string>();
  const clearances = changes.filter(({ kind }) => kind === "clear");
  for (const { id, account, region, target, before } of clearances) {
    const instance = { account, region, id: instanceIdOf(target) };
    const { row, tag } = await readEntry(store, account, instance.id);
    if ((row?.marks ?? 0) !== before.marks || (row?.doubts ?? 0) !== before.doubts) {
      why.set(id, "Somebody was on the instance since this was planned");
    }
    // A tag that comes after its removal would stay.
    const isOpen = await UNSETTLED.get(store, unsettledId(instance, "tag")) !== undefined;
    if (isOpen && tag?.state === "pending") why.set(id, "serve is writing its tag: clear it later");
  }
  return why;
}
