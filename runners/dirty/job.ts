import { instanceIdOf } from "../core/aws/arn.ts";
import type { Session } from "../core/aws/session.ts";
import type { Applier, Job, Recorded, Settlement } from "../core/job.ts";
import { UNBOUNDED } from "../core/limits/limits.ts";
import type { ReadStore, Write } from "../core/store/store.ts";
import { sumOf } from "../core/sum_of.ts";
import { describeInstances } from "./instances.ts";
import { CLEARANCES, INSTANCES, type TagRow, TAGS, UNSETTLED } from "./ledger.ts";
import { dirtyNeeds } from "./needs.ts";
import { observeAccount, partSchema } from "./observe.ts";
import { changeSchema, type DirtyChange, type DirtyTypes, plan } from "./plan.ts";
import { dirtyDocuments, dirtySheet } from "./present/documents.ts";
import { explain, locate, targetsOf } from "./present/explain.ts";
import { dirtyPage } from "./present/page.ts";
import { dirtyText } from "./present/text.ts";
import { unsettledId } from "./record.ts";
import { readLedger } from "./standing.ts";

/** EC2 filters take 200 values; the values of tags differ, so that each is a call of its own. */
const BATCH = { together: 100, perWrite: 1 } as const;

/** Records who was on an instance; here it shows that, and writes or removes tags. */
export const dirtyJob: Job<DirtyTypes> = {
  name: "dirty",
  needs: dirtyNeeds,
  roleOf: ({ kind }) => kind === "clear" ? "clear" : "mark",
  batching: ({ kind }) => ({ key: kind, ...BATCH }),
  partSchema,
  withoutAnswerTimes: (part) => part,
  kindOf: ({ action }) => action === "ec2:DeleteTags" ? "clear" : "tag",
  changeSchema,
  // A tag shows what the ledger has, and a clearance is one. Limits are for what is replaced.
  limits: () => UNBOUNDED,
  countsAs: () => null,
  observeAccount,
  earlier: readLedger,
  plan,
  observationRows: () => [],
  applier: (session, region) => Promise.resolve(applierOf(session, region)),
  settle,
  rowsFor,
  withdrawn,
  documentParts: (own) => ({ keys: { ...own } }),
  documents: dirtyDocuments,
  sheet: dirtySheet,
  page: dirtyPage,
  text: dirtyText,
  locate,
  targetsOf,
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

function applierOf(session: Session, region: string): Applier<DirtyChange> {
  const marksOf = async (changes: readonly DirtyChange[], signal?: AbortSignal) => {
    const [{ after }] = changes as [DirtyChange];
    const ids = changes.map(({ target }) => instanceIdOf(target));
    const found = await describeInstances(session, region, after.key, ids, signal);
    return new Map(found.map(({ id, mark }) => [id, mark]));
  };
  return {
    recheck: async (changes) => {
      const marks = await marksOf(changes);
      return new Map(
        changes.filter(({ target, before }) => marks.get(instanceIdOf(target)) !== before.mark)
          .map(({ id }) => [id, "Its tag is not as it was planned, or the instance is gone"]),
      );
    },
    write: async ([change], abortSignal) => {
      const { target, before, after } = change!;
      const { CreateTagsCommand, DeleteTagsCommand, EC2Client } = await import(
        "@aws-sdk/client-ec2"
      );
      const client = session.client(EC2Client, region);
      const Resources = [instanceIdOf(target)];
      // With its value, so that a tag that a new login has got stays.
      const Value = after.value ?? before.mark ?? undefined;
      const Tags = [{ Key: after.key, Value }];
      const { $metadata } = after.value === null
        ? await client.send(new DeleteTagsCommand({ Resources, Tags }), { abortSignal })
        : await client.send(new CreateTagsCommand({ Resources, Tags }), { abortSignal });
      return { requestId: $metadata.requestId ?? null };
    },
    takeBack: () => Promise.resolve(),
    readBack: async (changes, signal) => {
      const marks = await marksOf(changes, signal);
      return new Map(
        changes.filter(({ target, after }) => marks.get(instanceIdOf(target)) === after.value)
          .map(({ id }) => [id, {}]),
      );
    },
  };
}

/** Judges an intent without outcome: nobody else may write or remove the tag. */
function settle(
  { change: { account, region, target, before, after } }: Recorded<DirtyChange>,
  observed: Parameters<Job<DirtyTypes>["settle"]>[1],
): Settlement {
  const place = observed.of(account)?.regions.find((one) => one.region === region);
  if (!place || place.failure) return { verdict: "unread" };
  const instance = place.instances.find(({ id }) => id === instanceIdOf(target));
  if (!instance) return { verdict: "unknown", detail: "The instance is gone" };
  if (instance.mark === after.value) return { verdict: "done" };
  return instance.mark === before.mark
    ? { verdict: "noEffect" }
    : { verdict: "unknown", detail: "The instance has another tag than the run announced" };
}

/** What the ledger has of a tag that is written or removed. */
function rowsFor({ change, entry }: Recorded<DirtyChange>): Write[] {
  const { account, region, target, before } = change;
  const { outcome, intended_at: at, principal } = entry;
  const id = instanceIdOf(target);
  const settled = UNSETTLED.write(unsettledId({ account, region, id }, "tag"), undefined);
  const tag = (value: string, state: TagRow["state"]) =>
    TAGS.of(account).write(id, { value, state, at, detail: "" });
  if (change.kind === "tag") {
    return outcome === "done" ? [tag(change.after.value, "written"), settled] : [];
  }
  // From now on a login that marks the instance has its tag written again.
  if (outcome === null) return [tag(before.mark ?? "", "removed"), settled];
  if (outcome !== "done") return before.mark === null ? [] : [tag(before.mark, "written")];
  const { marks, doubts, mark: value } = before;
  const row = { at, reason: change.reason, by: principal, marks, doubts, value };
  return [CLEARANCES.of(account).write(id, row)];
}

/** Clearances of instances on which something has happened since they were planned. */
async function withdrawn(
  store: ReadStore,
  changes: readonly DirtyChange[],
): Promise<ReadonlyMap<string, string>> {
  const why = new Map<string, string>();
  for (const { id, kind, account, target, before } of changes) {
    if (kind !== "clear") continue;
    const row = await INSTANCES.of(account).get(store, instanceIdOf(target));
    const isAsPlanned = (row?.value.marks ?? 0) === before.marks &&
      (row?.value.doubts ?? 0) === before.doubts;
    if (!isAsPlanned) why.set(id, "Somebody was on the instance since this was planned");
  }
  return why;
}
