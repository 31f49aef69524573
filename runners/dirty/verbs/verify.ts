import { hashOf } from "../../core/plan/canonical.ts";
import { counted } from "../../core/cli/words.ts";

import { EXIT } from "../../core/errors.ts";
import type { Answer, Running } from "../../core/program.ts";
import type { Place } from "../../core/plan/change.ts";
import type { Parts } from "../../core/parts.ts";
import { observe } from "../../core/run/make_plan.ts";
import type { ReadStore, Store } from "../../core/store/store.ts";
import { listItems, type Text } from "../../core/text/sections.ts";
import type { DirtyConfig } from "../config.ts";
import { dirtyJob } from "../job.ts";
import { CLEARANCES, HEARD, INSTANCES, TAG_EVENT, TAGS, UNSETTLED } from "../ledger.ts";
import { markValue } from "../mark.ts";
import type { ObservedAccount } from "../observe.ts";
import { recordEvent, unsettledId, untilWritten } from "../record.ts";
import { type Entry, entryOf, isMarked, isThere, type Ledger } from "../standing.ts";

/** What differs between the ledger and an instance. */
export type Difference = Place & {
  readonly id: string;
  readonly what:
    /** It is dirty and has no tag, or another one: `serve` and `apply` write it. */
    | "tag-missing"
    /** It has the tag, and no row says why: that is an event which nobody has proven. */
    | "tag-unexplained"
    /** It was cleared, and its tag is still there. */
    | "tag-left"
    /** EC2 does not know it any more. */
    | "gone"
    /** EC2 knows it, and the ledger said that it was gone. */
    | "back";
  readonly mark: string | null;
};

/** EC2 may leave out an instance for some time (EC2 API Reference, "Eventual consistency"). */
const SETTLED_MS = 3_600_000;

/** What differs between the ledger and what was read. Of what was not read nothing is concluded. */
export function differencesOf(
  observed: Parts<ObservedAccount>,
  ledger: Ledger,
  { tag }: Pick<DirtyConfig, "tag">,
  now: Date,
): Difference[] {
  return [...observed].flatMap(({ id: account, regions }) => {
    const read = regions.filter(({ failure }) => failure === null);
    const there = new Map(
      read.flatMap(({ region, instances }) =>
        instances.filter(isThere).map((one) => [one.id, { region, mark: one.mark }] as const)
      ),
    );
    const isWhole = regions.length === read.length;
    const seen = [...there].map(([id, { region, mark }]) => (
      {
        account,
        region,
        id,
        mark,
        what: tag === null ? null : tagFault(entryOf(ledger, account, id), mark),
      }
    ));
    const rows = [...ledger.get(account) ?? []].map(([id, entry]) => (
      {
        account,
        region: entry.row?.region ?? "",
        id,
        mark: null,
        what: presence(entry, there.has(id), isWhole, now),
      }
    ));
    return [...seen, ...rows].filter((one): one is Difference => one.what !== null);
  });
}

function tagFault(entry: Entry, mark: string | null): Difference["what"] | null {
  if (isMarked(entry)) {
    return mark !== null && (entry.tag === undefined || entry.tag.value === mark)
      ? null
      : "tag-missing";
  }
  if (mark === null) return null;
  return entry.clearance?.value === mark ? "tag-left" : "tag-unexplained";
}

function presence(
  { row }: Entry,
  isListed: boolean,
  isWhole: boolean,
  now: Date,
): Difference["what"] | null {
  if (!row) return null;
  if (isListed) return row.gone_at === null ? null : "back";
  const at = Math.max(...[row.last?.at, row.hello?.at].map((one) => Date.parse(one ?? "1970")));
  return row.gone_at === null && isWhole && now.getTime() - at > SETTLED_MS ? "gone" : null;
}

/** `dirty verify`: compares the ledger with the instances, and records what differs. */
export async function verifyVerb(running: Running<DirtyConfig>): Promise<Answer> {
  const { config, clock, terminal } = running;
  const settings = { ...config, clear: null };
  const context = await running.context({ job: dirtyJob, config: settings });
  return await running.writing(async (store) => {
    const { observed, earlier, now } = await observe(context, store);
    terminal.progress.clear();
    const differences = differencesOf(observed, earlier, config, now);
    for (const one of differences) await recordDifference(store, config, one, clock.now());
    const unread = [...observed].flatMap(({ id, regions }) =>
      regions.flatMap(({ region, failure }) => failure ? [{ account: id, region, ...failure }] : [])
    );
    const unheard = config.eventsQueueUrl === null ? [] : await unheardOf(store, observed);
    return {
      text: textOf({ differences, unread, unheard }, running),
      json: { differences, unproven: unread, never_heard: unheard },
      exitCode: unread.length > 0 ? EXIT.partly : differences.length > 0 ? EXIT.found : EXIT.done,
    };
  });
}

/** Regions with running instances of which EventBridge has never sent an event. */
async function unheardOf(store: ReadStore, observed: Parts<ObservedAccount>): Promise<Place[]> {
  const heard = await HEARD.read(store);
  return [...observed].flatMap(({ id: account, regions }) =>
    regions.filter(({ instances }) => instances.some(({ state }) => state === "running"))
      .map(({ region }) => ({ account, region }))
      .filter(({ region }) => !heard.has(`${account}/${region}`))
  );
}

async function recordDifference(
  store: Store,
  config: DirtyConfig,
  { account, region, id, what, mark }: Difference,
  now: Date,
): Promise<void> {
  const at = now.toISOString();
  const place = { account, region, id };
  switch (what) {
    case "tag-unexplained": {
      const event = { id: `tag-${hashOf(mark).slice(7, 31)}`, event: TAG_EVENT, source: "tag", at };
      const who = {
        user: null,
        from: null,
        service: null,
        ssh: null,
        principalArn: null,
        roleArn: null,
        document: null,
      };
      const told = { ...event, instance: place, who, detail: { value: mark ?? "" } };
      const proof = { level: "claimed", verification: "done", sender: null } as const;
      await recordEvent(store, config, { told, ...proof, receivedAt: now });
      return;
    }
    case "tag-missing": {
      const known = (await TAGS.of(account).get(store, id))?.value;
      const value = known && known.state !== "removed" ? known.value : markValue(now, "ledger");
      await store.write([
        TAGS.of(account).write(id, { value, state: "pending", at, detail: "" }),
        UNSETTLED.write(unsettledId(place, "tag"), { since: at }),
      ]);
      return;
    }
    case "gone":
    case "back":
      return await notePresence(store, account, id, what === "gone" ? at : null);
    case "tag-left":
  }
}

/** Rows of an instance that is gone are kept for some time only. */
async function notePresence(store: Store, account: string, id: string, gone_at: string | null) {
  await untilWritten(store, async () => {
    const row = await INSTANCES.of(account).get(store, id);
    const clearance = await CLEARANCES.of(account).get(store, id);
    const tag = await TAGS.of(account).get(store, id);
    if (!row) return { rows: [], became: null };
    const { gone_at: _before, ...cleared } = clearance?.value ?? {};
    return {
      rows: [
        INSTANCES.of(account).write(id, { ...row.value, gone_at }, row.revision),
        ...clearance
          ? [
            CLEARANCES.of(account).write(
              id,
              { ...clearance.value, ...cleared, ...gone_at === null ? {} : { gone_at } },
              clearance.revision,
            ),
          ]
          : [],
        ...tag && gone_at !== null
          ? [
            TAGS.of(account).write(
              id,
              { ...tag.value, state: "gone" as const, at: gone_at },
              tag.revision,
            ),
          ]
          : [],
      ],
      became: null,
    };
  });
}

const WORDS: Readonly<Record<Difference["what"], string>> = {
  "tag-missing": "dirty, and without the tag: serve or apply writes it",
  "tag-unexplained": "has the tag, and the ledger had no event: recorded, as claimed",
  "tag-left": "was cleared, and still has the tag: clear it again",
  gone: "is not known to EC2 any more: its rows are kept for 90 days",
  back: "is known to EC2 after all",
};

function textOf(
  { differences, unread, unheard }: {
    readonly differences: readonly Difference[];
    readonly unread: readonly (Place & { readonly detail: string })[];
    readonly unheard: readonly Place[];
  },
  { terminal }: Running<DirtyConfig>,
): Text {
  const found = differences.filter(({ what }) => what.startsWith("tag"));
  return [
    [listItems(unread, ({ account, region, detail }) => ({
      name: ["not read", `${account} ${region}`],
      tone: "strong",
      blocks: [detail],
    }))],
    [
      differences.length === 0
        ? "The ledger and the tags are the same in what was read."
        : { heading: counted(differences.length, "difference") },
      listItems(differences, ({ account, region, id, what }) => ({
        name: [id, `${account} ${region}`],
        blocks: [WORDS[what]],
      })),
    ],
    unheard.length === 0 ? [] : [
      "EventBridge has never sent an event of these, which have running instances. Its rules need a " +
      "trail in each Region:",
      listItems(unheard, ({ account, region }) => ({ name: [account, region] })),
    ],
    found.some(({ what }) => what === "tag-missing")
      ? [{ next: "To write the missing tags:", command: terminal.command("dirty apply") }]
      : [],
  ];
}
