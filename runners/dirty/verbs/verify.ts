import { instanceIdOf } from "../../core/aws/arn.ts";
import type { NextCommand } from "../../core/cli/next_command.ts";
import { counted } from "../../core/cli/words.ts";
import { EXIT } from "../../core/errors.ts";
import { hashOf } from "../../core/plan/canonical.ts";
import type { Place } from "../../core/plan/change.ts";
import type { UnprovenRegion } from "../../core/plan/coverage.ts";
import type { Answer, Running } from "../../core/program.ts";
import { observeAndPlan } from "../../core/run/make_plan.ts";
import type { ReadStore, Store } from "../../core/store/store.ts";
import { untilWritten } from "../../core/store/until_written.ts";
import { listItems, type Text } from "../../core/text/sections.ts";
import type { DirtyConfig } from "../config.ts";
import { isThere } from "../instances.ts";
import { dirtyJob } from "../job.ts";
import { CLEARANCES, HEARD, INSTANCES, TAG_EVENT, TAGS, UNSETTLED } from "../ledger.ts";
import type { DirtyTypes } from "../plan.ts";
import { recordEvent, unsettledId } from "../record.ts";
import { isMarked, type Ledger, readEntry } from "../standing.ts";
import { NOBODY } from "../told.ts";

/** What differs between the ledger and an instance, by stable codes. */
export type Difference = Place & {
  readonly id: string;
  readonly what: keyof typeof WORDS;
  /** The tag that it should have, or has; null: that is not the matter. */
  readonly tag: string | null;
};

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
    const { coverage: { unproven }, changes, spared, own: { instances } } = judged;
    const missing = changes.map(({ account, region, target, after }) => (
      { account, region, id: instanceIdOf(target), what: "tag-missing" as const, tag: after.value }
    ));
    const unexplained = spared.map(({ account, region, target, reason }) => {
      const id = instanceIdOf(target);
      const tag = instances.find((one) => one.id === id)?.mark ?? null;
      return { account, region, id, what: reason as Difference["what"], tag };
    });
    const moved = [...observed].flatMap((part) => presence(part, earlier, now));
    const differences: Difference[] = [];
    for (const one of [...missing, ...unexplained, ...moved]) {
      if (await record(store, config, one, now)) differences.push(one);
    }
    const unheard = config.eventsQueueUrl === null ? [] : await unheardOf(store, observed);
    return {
      text: verifyText(differences, unproven, unheard, terminal.command),
      json: { differences, unproven, never_heard: unheard },
      exitCode: unproven.length > 0 ? EXIT.partly : differences.length > 0 ? EXIT.found : EXIT.done,
    };
  });
}

/** @param unheard where EventBridge has sent nothing */
export function verifyText(
  differences: readonly Difference[],
  unproven: readonly UnprovenRegion[],
  unheard: readonly Place[],
  command: NextCommand,
): Text {
  return [
    [listItems(unproven, ({ account, region, detail }) => ({
      name: ["not read", `${account} ${region}`],
      tone: "strong",
      blocks: [detail],
    }))],
    [
      differences.length === 0
        ? "The ledger and the tags are the same in all that was read."
        : { heading: counted(differences.length, "difference") },
      listItems(differences, ({ account, region, id, what }) => ({
        name: [id, `${account} ${region}`],
        blocks: [`It ${WORDS[what]}`],
      })),
    ],
    unheard.length === 0 ? [] : [
      "EventBridge has never sent an event from these, which have running instances. Either " +
      "there was none, or the rule or the trail is missing there:",
      listItems(unheard, ({ account, region }) => ({ name: [account, region] })),
    ],
    differences.some(({ what }) => what === "tag-missing")
      ? [{ next: "To write the missing tags:", command: command("dirty apply") }]
      : [],
  ];
}

/**
 * Instances that EC2 knows no longer, or again. Of an account or a Region that was not read completely,
 * none.
 */
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
    const latest = Math.max(Date.parse(row.latest ?? "0"), Date.parse(row.hello?.at ?? "0"));
    const what = there.has(id) ? "back" : "gone";
    const isRead = regions.some(({ region }) => region === row.region);
    const isGone = isRead && now.getTime() - latest >= SETTLED_MS;
    return what === "gone" && !isGone ? [] : [{ account, region: row.region, id, what, tag: null }];
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

/** @returns false: somebody has logged in since the ledger was read, and `serve` has written the tag */
async function record(
  store: Store,
  config: DirtyConfig,
  { what, tag, ...instance }: Difference,
  now: Date,
): Promise<boolean> {
  const at = now.toISOString();
  const { account, id } = instance;
  if (what === "tag-missing") {
    await store.write([UNSETTLED.write(unsettledId(instance, "tag"), { since: at })]);
  } else if (what === "tag-unexplained") {
    if (isMarked(await readEntry(store, account, id))) return false;
    const event = `tag-${hashOf(tag).slice("sha256:".length, 31)}`;
    const said = { event: TAG_EVENT, source: "tag", at, who: NOBODY, detail: { tag: tag ?? "" } };
    const proof = { level: "claimed", verification: "done", sender: null } as const;
    const told = { id: event, instance, ...said };
    await recordEvent(store, config, { told, ...proof, receivedAt: now });
  } else if (what !== "tag-left") {
    await notePresence(store, instance, what, at);
  }
  return true;
}

/** The rows of an instance that is gone are kept for some time only. One that is back has its tag again. */
async function notePresence(
  store: Store,
  instance: Pick<Difference, "account" | "region" | "id">,
  what: "gone" | "back",
  at: string,
): Promise<void> {
  const { account, id } = instance;
  const [gone_at, state] = what === "gone" ? [at, "gone"] as const : [null, "pending"] as const;
  await untilWritten(store, async () => {
    const row = await INSTANCES.of(account).get(store, id);
    const cleared = await CLEARANCES.of(account).get(store, id);
    const tag = await TAGS.of(account).get(store, id);
    const open = UNSETTLED.write(unsettledId(instance, "tag"), { since: at });
    const rows = [
      row && INSTANCES.of(account).write(id, { ...row.value, gone_at }, row.revision),
      cleared && CLEARANCES.of(account).write(id, { ...cleared.value, gone_at }, cleared.revision),
      tag && TAGS.of(account).write(id, { ...tag.value, state, at }, tag.revision),
      tag && what === "back" ? open : undefined,
    ].filter((write) => write !== undefined);
    return { rows, became: null };
  });
}
