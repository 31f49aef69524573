import { instanceIdOf } from "../../core/aws/arn.ts";
import { counted } from "../../core/cli/words.ts";
import { EXIT } from "../../core/errors.ts";
import { hashOf } from "../../core/plan/canonical.ts";
import { untilWritten } from "../../core/store/until_written.ts";
import type { Answer, Running } from "../../core/program.ts";
import type { Place } from "../../core/plan/change.ts";
import type { Planned } from "../../core/plan/document.ts";
import { observeAndPlan } from "../../core/run/make_plan.ts";
import type { ReadStore, Store } from "../../core/store/store.ts";
import { listItems, type Section, type Text } from "../../core/text/sections.ts";
import type { DirtyConfig } from "../config.ts";
import { isThere } from "../instances.ts";
import { dirtyJob } from "../job.ts";
import { CLEARANCES, HEARD, INSTANCES, TAG_EVENT, TAGS, UNSETTLED } from "../ledger.ts";
import type { DirtyTypes } from "../plan.ts";
import { recordEvent, unsettledId } from "../record.ts";
import type { Ledger } from "../standing.ts";
import { NOBODY } from "../told.ts";

/** What differs between the ledger and an instance, by stable codes. */
export type Difference = Place & { readonly id: string; readonly what: keyof typeof WORDS };

const WORDS = {
  "tag-missing": "is dirty, and does not have the ledger's tag: serve and apply write it",
  "tag-unexplained": "has the tag, and the ledger had no event: one is recorded, as claimed",
  "tag-left": "was cleared, and still has the tag: clear it again",
  gone: "is not known to EC2 any more: its rows are kept for 90 days",
  back: "is known to EC2 after all",
} as const;

/** EC2 may leave out an instance for some time (EC2 API Reference, "Eventual consistency"). */
const SETTLED_MS = 3_600_000;

/** `dirty verify`: compares the ledger with the instances, and records what differs. */
export async function verifyVerb(running: Running<DirtyConfig>): Promise<Answer> {
  const { config, clock, terminal } = running;
  const context = await running.context({ job: dirtyJob, config: { ...config, clear: null } });
  return await running.writing(async (store) => {
    const { planning: { observed, earlier }, judged } = await observeAndPlan(context, store);
    terminal.progress.clear();
    const now = clock.now();
    const { coverage: { unproven }, changes, spared } = judged;
    const tags = [
      ...changes.map((one) => ({ ...one, what: "tag-missing" as const })),
      ...spared.map((one) => ({ ...one, what: one.reason as Difference["what"] })),
    ].map(({ account, region, target, what }) => (
      { account, region, id: instanceIdOf(target), what }
    ));
    const differences = [
      ...tags,
      ...[...observed].flatMap((part) => presence(part, earlier, now)),
    ];
    for (const one of tags) await recordTag(store, config, one, judged, now);
    for (const one of differences) await notePresence(store, one, now);
    const unheard = config.eventsQueueUrl === null ? [] : await unheardOf(store, observed);
    return {
      text: textOf(differences, unproven, unheard, running),
      json: { differences, unproven, never_heard: unheard },
      exitCode: unproven.length > 0 ? EXIT.partly : differences.length > 0 ? EXIT.found : EXIT.done,
    };
  });
}

/** Instances that EC2 knows no longer, or again. Of an account that was not read completely, none. */
function presence(
  { id: account, regions }: DirtyTypes["Part"],
  ledger: Ledger,
  now: Date,
): Difference[] {
  if (regions.some(({ failure }) => failure)) return [];
  const there = new Set(
    regions.flatMap(({ things }) => things.filter(isThere).map(({ id }) => id)),
  );
  return [...ledger.get(account) ?? []].flatMap(([id, { row }]): Difference[] => {
    if (!row || there.has(id) === (row.gone_at === null)) return [];
    const latest = Math.max(Date.parse(row.last?.at ?? "0"), Date.parse(row.hello?.at ?? "0"));
    const isYoung = now.getTime() - latest < SETTLED_MS;
    if (isYoung && !there.has(id)) return [];
    return [{ account, region: row.region, id, what: there.has(id) ? "back" : "gone" }];
  });
}

/** Regions with running instances of which EventBridge has never sent an event. */
async function unheardOf(
  store: ReadStore,
  observed: Iterable<DirtyTypes["Part"]>,
): Promise<Place[]> {
  const heard = await HEARD.read(store);
  return [...observed].flatMap(({ id: account, regions }) =>
    regions.filter(({ things }) => things.some(({ state }) => state === "running"))
      .map(({ region }) => ({ account, region }))
      .filter(({ region }) => !heard.has(`${account}/${region}`))
  );
}

/** A tag that is missing is written again; one that nobody has explained is an event. */
async function recordTag(
  store: Store,
  config: DirtyConfig,
  place: Difference,
  { changes, own: { instances } }: Pick<Planned<DirtyTypes>, "changes" | "own">,
  now: Date,
): Promise<void> {
  const { account, id, what } = place;
  const at = now.toISOString();
  if (what === "tag-missing") {
    const value = changes.find(({ target }) => target.endsWith(`/${id}`))?.after.value;
    if (!value) return;
    await store.write([
      TAGS.of(account).write(id, { value, state: "pending", at, detail: "" }),
      UNSETTLED.write(unsettledId(place, "tag"), { since: at }),
    ]);
  }
  if (what === "tag-unexplained") {
    const value = instances.find((one) => one.id === id)?.mark ?? "";
    const told = {
      id: `tag-${hashOf(value).slice("sha256:".length, 31)}`,
      event: TAG_EVENT,
      source: "tag",
      at,
      instance: place,
      who: NOBODY,
      detail: { value },
    };
    const proof = { level: "claimed", verification: "done", sender: null } as const;
    await recordEvent(store, config, { told, ...proof, receivedAt: now });
  }
}

/** The rows of an instance that is gone are kept for some time only. */
async function notePresence(
  store: Store,
  { account, id, what }: Difference,
  now: Date,
): Promise<void> {
  if (what !== "gone" && what !== "back") return;
  const at = now.toISOString();
  const gone_at = what === "gone" ? at : null;
  await untilWritten(store, async () => {
    const row = await INSTANCES.of(account).get(store, id);
    const clearance = await CLEARANCES.of(account).get(store, id);
    const tag = await TAGS.of(account).get(store, id);
    const gone = { ...tag?.value!, state: "gone" as const, at };
    return {
      rows: [
        ...row ? [INSTANCES.of(account).write(id, { ...row.value, gone_at }, row.revision)] : [],
        ...clearance
          ? [CLEARANCES.of(account).write(id, { ...clearance.value, gone_at }, clearance.revision)]
          : [],
        ...tag && gone_at !== null ? [TAGS.of(account).write(id, gone, tag.revision)] : [],
      ],
      became: null,
    };
  });
}

function textOf(
  differences: readonly Difference[],
  unproven: readonly (Place & { readonly detail: string })[],
  unheard: readonly Place[],
  { terminal }: Running<DirtyConfig>,
): Text {
  const found: Section = [
    { heading: counted(differences.length, "difference") },
    listItems(differences, ({ account, region, id, what }) => ({
      name: [id, `${account} ${region}`],
      blocks: [`It ${WORDS[what]}`],
    })),
  ];
  return [
    [listItems(unproven, ({ account, region, detail }) => ({
      name: ["not read", `${account} ${region}`],
      tone: "strong",
      blocks: [detail],
    }))],
    differences.length > 0 ? found : ["The ledger and the tags are the same in all that was read."],
    unheard.length === 0 ? [] : [
      "EventBridge has never sent an event from these, which have running instances. Either there was " +
      "none, or the rule or the trail is missing there:",
      listItems(unheard, ({ account, region }) => ({ name: [account, region] })),
    ],
    differences.some(({ what }) => what === "tag-missing")
      ? [{ next: "To write the missing tags:", command: terminal.command("dirty apply") }]
      : [],
  ];
}
