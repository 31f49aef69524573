import { counted, dayText, numberText } from "../cli/words.ts";
import type { MailConfig } from "../config/reports.ts";
import { DAY_MS } from "../duration.ts";
import { compareText } from "../plan/canonical.ts";
import type { Place } from "../plan/change.ts";
import { type Day, type DayEntry, type DayOfJob, type DayRun, SOON_MS } from "./day.ts";
import { breakerText, shortName } from "./run_words.ts";
import type { Ending, Upcoming } from "./stored.ts";
import type { Section, Text } from "../text/sections.ts";
import { MOST_REFUSED } from "../run/end/refused_changes.ts";
import { type Recipient, recipientOf } from "./recipient.ts";

/** The mail of one recipient about one day. */
export type Digest = {
  readonly to: string;
  /** In UTC: `2026-11-30`. */
  readonly day: string;
  /** Printable ASCII. */
  readonly subject: string;
  /** How many things each section has: `{"stopped": 3, "refused": 1}`. */
  readonly counts: Readonly<Record<string, number>>;
  readonly tables: readonly DigestTable[];
  /** Its tables have all their rows: whoever shows them shows as many as there is room for. */
  readonly text: Text;
};

type DigestTable = {
  /** As in `counts`. */
  readonly section: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
};

export type DigestSettings = {
  readonly mail: Pick<MailConfig, "from" | "fallback" | "at">;
  /** From when what comes next is counted. */
  readonly now: Date;
  /** What an account is called; its ID where nobody knows. */
  readonly accountName: (id: string) => string;
  /** The command that shows all changes since the day. */
  readonly changesCommand: string;
};

/** A mail is sent for what ends or cannot be undone within this, also where nothing was done. */
const REMINDED_MS = 3 * DAY_MS;

/** In characters: what AWS says, and reasons that hold tags, may be long. */
const CELL_LENGTH = 300;

type SectionHead = {
  readonly title: string;
  readonly lead?: string;
  readonly columns: readonly string[];
};

const PLACE = ["Account", "Region", "Target"];

/** What was done, in this order; what other jobs did follows. */
const FIRST = ["terminated", "stopped", "marked"];

/** The sections behind what was done, in their order. */
const OTHERS: Readonly<Record<string, SectionHead>> = {
  refused: {
    title: "Would have been changed, but a limit refused it",
    lead: "A limit refuses all changes of a run. The next run tries again.",
    columns: [...PLACE, "Would", "Why", "Refused by"],
  },
  "not known": {
    title: "Not done, or not known to be done",
    lead:
      "A later run learns how a pending change ends. One that is unknown may have had its effect.",
    columns: [...PLACE, "Action", "Outcome", "Why"],
  },
  ended: {
    title: "Changes of earlier days that have ended",
    columns: [...PLACE, "Action", "Outcome", "Why"],
  },
  unproven: {
    title: "Not proven",
    lead: "Nothing is changed where it is not proven that AWS tells the truth.",
    columns: ["Job", "Account", "Region", "Reason", "Runs", "Detail"],
  },
  ending: { title: "Ends within 14 days", columns: ["When", "What"] },
  next: {
    title: "Comes next within 14 days, if nobody does anything",
    columns: ["When", ...PLACE, "What"],
  },
};

function headOf(section: string): SectionHead {
  const title = section.charAt(0).toUpperCase() + section.slice(1);
  return OTHERS[section] ?? { title, columns: [...PLACE, "Why", "What comes next"] };
}

function rankOf(section: string): number {
  const done = FIRST.indexOf(section);
  const other = Object.keys(OTHERS).indexOf(section);
  return done >= 0 ? done : FIRST.length + 1 + other;
}

/** One thing that is told, in the section that it stands in. */
type Told = {
  readonly section: string;
  readonly recipient: Recipient;
  /** Whether a mail is sent for it. Otherwise it stands in one that is sent for something else. */
  readonly isReason: boolean;
  readonly cells: readonly string[];
};

/**
 * The mails of a day, the fallback's last: what was done, counted from outcomes, by the owner of what
 * it was done to. Whoever has nothing to be told gets none. The fallback gets all that has no owner
 * with an address, and what is of no owner: refused runs, places that are not proven, missing runs.
 */
export function digestsOf(day: Day, settings: DigestSettings): Digest[] {
  const { fallback } = settings.mail;
  const told = day.jobs.flatMap((job) => toldOf(job, new Teller(day, settings)));
  const byRecipient = Map.groupBy(told, ({ recipient }) => recipient.to);
  const troubles = troublesOf(day);
  const due = new Set(told.filter(({ isReason }) => isReason).map(({ recipient }) => recipient.to));
  if (troubles.length > 0 || !isComplete(day)) due.add(fallback);
  const last = (to: string) => Number(to === fallback);
  return [...due].sort((a, b) => last(a) - last(b) || compareText(a, b)).map((to) => {
    const bySection = Map.groupBy(byRecipient.get(to) ?? [], ({ section }) => section);
    const sections = [...bySection].sort(([a], [b]) => rankOf(a) - rankOf(b));
    const counts = Object.fromEntries(sections.map(([name, own]) => [name, own.length]));
    const tables = sections.map(([name, own]) => tableOf(name, own));
    const isFallback = to === fallback;
    return {
      to,
      day: day.day,
      subject: subjectOf(day.day, [
        ...isFallback && !isComplete(day) ? ["coverage below 100 %"] : [],
        ...isFallback ? troubles.map(({ short }) => short) : [],
        ...said(counts),
      ]),
      counts,
      tables,
      text: [
        [{ heading: `What Groundskeeper did on ${longDay(day.day)} (UTC)` }],
        isFallback ? coverageSection(day) : [coverageLine(day)],
        isFallback ? troubles.map(({ text }) => ({ tone: "refused", text })) : [],
        ...tables.map(sectionOf),
        closing(isFallback, settings),
      ],
    };
  });
}

function toldOf(job: DayOfJob, teller: Teller): Told[] {
  const { entries, ended, upcoming } = job;
  const next = Map.groupBy(upcoming, ({ target }) => target);
  const isUndone = ({ outcome }: DayEntry) =>
    outcome === null || ["pending", "failed", "unknown"].includes(outcome);
  return [
    ...entries.filter(({ outcome }) => outcome === "done").map((one) =>
      teller.done(job.job, one, next.get(one.target)?.[0])
    ),
    ...refusedLast(job).map(([change, run]) =>
      teller.about("refused", change, [change.kind, change.reason, limitText(run)])
    ),
    ...entries.filter(isUndone).map((one) => teller.outcome("not known", one)),
    ...ended.map((one) => teller.outcome("ended", one)),
    ...teller.unproven(job),
    ...job.endings.flatMap((one) => teller.ending(one)),
    ...job.upcoming.flatMap((one) => teller.upcoming(one)),
  ];
}

/** Makes the rows of sections, each with whose mail it stands in. */
class Teller {
  constructor(private readonly day: Day, private readonly settings: DigestSettings) {}

  about(
    section: string,
    thing: Place & { readonly target: string },
    more: readonly string[],
    isReason = true,
  ): Told {
    const { account, region, target } = thing;
    const place = [this.settings.accountName(account), region, shortName(thing)];
    const recipient = this.#recipient(target);
    return { section, recipient, isReason, cells: [...place, ...more].map(cut) };
  }

  /** @param next what will happen to the same target */
  done(job: string, entry: DayEntry, next: Upcoming | undefined): Told {
    const section = FIRST.includes(entry.did) ? entry.did : `${job}: ${entry.did}`;
    const deadline = next ? `${this.#when(next.at)}: ${next.text}` : "";
    return this.about(section, entry, [entry.reason, deadline]);
  }

  outcome(section: string, entry: DayEntry): Told {
    const { action, outcome, error, reason } = entry;
    const more = [action, outcome ?? "no outcome recorded", error ? error.message : reason];
    return this.about(section, entry, more);
  }

  /** Each place and reason once, with how many runs have found it so. */
  unproven({ job, runs }: DayOfJob): Told[] {
    const { accountName, mail: { fallback } } = this.settings;
    const covering = runs.filter(({ coverage }) => coverage !== null).length;
    const places = runs.flatMap(({ unproven }) => unproven.places);
    const groups = Map.groupBy(
      places,
      ({ account, region, reason }) => [account, region, reason].join("/"),
    );
    return [...groups.values()].map((same) => {
      const { account, region, reason, detail } = same.at(-1)!;
      const found = `${same.length} of ${covering}`;
      return {
        section: "unproven",
        recipient: { to: fallback, why: null },
        isReason: true,
        cells: [job, accountName(account), region, reason, found, detail].map(cut),
      };
    });
  }

  /** To each owner of what it is about once; to the fallback if nobody knows what that is. */
  ending({ at, targets, text }: Ending): Told[] {
    const recipients = targets.length === 0
      ? [{ to: this.settings.mail.fallback, why: null }]
      : targets.map((target) => this.#recipient(target));
    return [...new Map(recipients.map((one) => [one.to, one])).values()].map((recipient) => ({
      section: "ending",
      recipient,
      isReason: this.#isWithin(at, REMINDED_MS),
      cells: [this.#when(at), cut(text)],
    }));
  }

  upcoming(one: Upcoming): Told[] {
    if (!this.#isWithin(one.at, SOON_MS)) return [];
    const isReason = one.isFinal === true && this.#isWithin(one.at, REMINDED_MS);
    const told = this.about("next", one, [one.text], isReason);
    const [account, region, target, text] = told.cells as [string, string, string, string];
    const named = one.name === null ? target : cut(`${one.name} (${target})`);
    return [{ ...told, cells: [this.#when(one.at), account, region, named, text] }];
  }

  #recipient(target: string): Recipient {
    return recipientOf(this.day.owners.get(target), this.settings.mail);
  }

  /** What is due already waits for a run. */
  #when(at: string): string {
    const { now } = this.settings;
    return Date.parse(at) <= now.getTime() ? "next apply" : dayText(new Date(at), now);
  }

  #isWithin(at: string, ms: number): boolean {
    return Date.parse(at) < this.settings.now.getTime() + ms;
  }
}

function cut(text: string): string {
  return text.length > CELL_LENGTH ? `${text.slice(0, CELL_LENGTH - 1)}…`.toWellFormed() : text;
}

/** Each change once, by the last run that was refused; not one that a run of the day has made. */
function refusedLast({ runs, entries }: DayOfJob) {
  const key = ({ target, action }: Pick<DayEntry, "target" | "action">) => `${action} ${target}`;
  const done = new Set(entries.filter(({ outcome }) => outcome === "done").map(key));
  return new Map(
    runs.flatMap((run) => run.refusedChanges.map((one) => [key(one), [one, run] as const] as const))
      .filter(([key]) => !done.has(key)),
  ).values().toArray();
}

function limitText({ refused }: DayRun): string {
  if (!refused) return "";
  const { limit, value, would, scope, detail } = refused;
  return detail === undefined
    ? `${limit} allows ${numberText(value)}, and the run would come to ${numberText(would)}` +
      (scope === null ? "" : ` in ${scope}`)
    : breakerText({ detail, value, would }, limit);
}

/** A table without the columns that are empty, with why it is the fallback's where that is so. */
function tableOf(section: string, told: readonly Told[]): DigestTable {
  const columns = [...headOf(section).columns, "Sent to you because"];
  const rows = told.map(({ cells, recipient: { why } }) => [...cells, why ?? ""]);
  const used = columns.map((_, column) => rows.some((row) => row[column] !== ""));
  const kept = (cells: readonly string[]) => cells.filter((_, column) => used[column]);
  return { section, columns: kept(columns), rows: rows.map(kept) };
}

function sectionOf({ section, columns, rows }: DigestTable): Section {
  const { title, lead = "" } = headOf(section);
  return [{ heading: `${title}: ${numberText(rows.length)}` }, lead, { columns, rows }];
}

/** Whether all that the runs of the day wanted to read is proven. */
function isComplete({ jobs }: Day): boolean {
  return jobs.every(({ runs }) => runs.every((run) => missingIn(run) === 0));
}

function missingIn({ coverage, unproven: { total } }: DayRun): number {
  return Math.max(total, coverage ? coverage.planned - coverage.empty - coverage.proven : 0);
}

/** "4 of 6 account-regions". */
function provenIn({ coverage }: DayRun): string {
  const { planned, proven, empty } = coverage!;
  return `${numberText(proven)} of ${counted(planned - empty, "account-region")}`;
}

/** Of each job that has read anything: how much its runs have proven, and whether all of it. */
function coverages({ jobs }: Day) {
  return jobs.flatMap(({ job, runs }) => {
    const read = runs.filter(({ coverage }) => coverage !== null);
    const last = read.at(-1);
    if (!last) return [];
    const short = read.filter((run) => missingIn(run) > 0);
    const each = read.length === 1 ? "the only run" : `each of ${counted(read.length, "run")}`;
    if (short.length === 0) {
      return [{ job, isShort: false, text: `${provenIn(last)} proven, in ${each}` }];
    }
    const worst = short.reduce((a, b) => missingIn(b) > missingIn(a) ? b : a);
    const text = `${short.length} of ${counted(read.length, "run")} did not prove all: at worst ` +
      `${provenIn(worst)}, in the last run ${provenIn(last)}`;
    return [{ job, isShort: true, text }];
  });
}

function coverageSection(day: Day): Section {
  const facts = coverages(day).map(({ job, text }) => [job, text] as const);
  return [
    { heading: "Coverage: what is proven" },
    facts.length === 0 ? "No run has read anything." : { facts },
  ];
}

/** Who owns a few instances needs to know only whether it was complete. */
function coverageLine(day: Day): string {
  const all = coverages(day);
  const short = all.filter(({ isShort }) => isShort);
  return all.length === 0
    ? "Coverage: no run has read anything."
    : short.length === 0
    ? "Coverage: all that was read is proven."
    : `Coverage of the day was below 100 %: ${
      short.map(({ job, text }) => `${job}: ${text}`).join("; ")
    }. Nothing is changed where it is not proven.`;
}

type Trouble = {
  /** For the subject. */
  readonly short: string;
  readonly text: string;
};

/** What is of no owner: days without a run, refused runs, runs that did not end. */
function troublesOf({ jobs }: Day): Trouble[] {
  if (jobs.every(({ runs }) => runs.length === 0)) {
    return [{ short: "no run", text: "No run of any job is recorded for this day." }];
  }
  return jobs.flatMap(({ job, runs, isMissing }): Trouble[] => {
    const refused = Map.groupBy(
      runs.filter((run) => run.refused),
      (run) => `${job} ${run.verb}: ${limitText(run)}`,
    );
    const cut = runs.filter(({ finished, died }) => finished === null || died).length;
    const before = "it has applied changes in the week before";
    return [
      ...isMissing
        ? [{
          short: `no run of ${job}`,
          text: `No run of ${job} is recorded for this day; ${before}.`,
        }]
        : [],
      ...[...refused].map(([why, same]) => (
        { short: `${job} refused by a limit`, text: refusedText(why, same) }
      )),
      ...cut > 0
        ? [{ short: `${job} cut off`, text: `${counted(cut, "run")} of ${job} did not finish.` }]
        : [],
    ];
  });
}

function refusedText(why: string, runs: readonly DayRun[]): string {
  const { refusedTotal } = runs.at(-1)!;
  const times = runs.length === 1 ? "Refused" : `Refused in ${counted(runs.length, "run")}`;
  const kept = refusedTotal > MOST_REFUSED
    ? ` The store has the first ${numberText(MOST_REFUSED)} of them.`
    : "";
  return `${times}: ${why}. ${counted(refusedTotal, "change")} planned, none made.${kept}`;
}

function closing(isFallback: boolean, { changesCommand }: DigestSettings): Section {
  const why = isFallback
    ? "You get this as reports.mail.fallback: for what has no owner with an address, and for what " +
      "has no owner at all."
    : "You get this because you are the owner by a tag or by CloudTrail.";
  return [
    { quiet: `${why} All is counted from outcomes.` },
    { next: "To see all changes since that day:", command: changesCommand },
  ];
}

/** What was done and found: what comes next is no news. */
function said(counts: Digest["counts"]): string[] {
  return Object.entries(counts).filter(([name]) => !["ending", "next"].includes(name))
    .map(([name, count]) => `${numberText(count)} ${name}`);
}

function subjectOf(day: string, all: readonly string[]): string {
  const text = `Groundskeeper ${day}: ${
    all.length === 0 ? "what comes next" : [...new Set(all)].join(", ")
  }`;
  return text.replaceAll(/[^ -~]/g, "?").slice(0, 150);
}

/** "Monday, 30 November 2026". */
function longDay(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  const weekday = date.toLocaleString("en", { weekday: "long", timeZone: "UTC" });
  const month = date.toLocaleString("en", { month: "long", timeZone: "UTC" });
  return `${weekday}, ${date.getUTCDate()} ${month} ${date.getUTCFullYear()}`;
}
