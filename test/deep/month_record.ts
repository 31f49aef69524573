import assert from "assert";
import { kindOf } from "../../runners/audit/ladder/audit_change.ts";
import { instanceIdOf } from "../../runners/core/aws/arn.ts";
import type { JournalEntry } from "../../runners/core/journal/entry.ts";
import { DAILY } from "./month_config.ts";
import type { Person } from "./month_people.ts";

const DAY_MS = 86_400_000;

/** What the journal says was done to an instance. */
export interface DoneDeed {
  readonly deed: string;
  readonly atMs: number;
  readonly entry: JournalEntry;
}

/**
 * What was done, by instance, oldest first, without the making of canaries; what failed or drifted
 * was not done.
 */
export function deedsById(journal: readonly JournalEntry[]): ReadonlyMap<string, DoneDeed[]> {
  const done = journal.filter(({ outcome, before }) =>
    (outcome === "done" || outcome === "unknown") && !("canary" in before)
  );
  const deeds = done.map((entry) => ({
    deed: kindOf(entry),
    atMs: Date.parse(entry.intended_at),
    entry,
  })).filter(({ deed }) => deed !== "stamp");
  return Map.groupBy(
    deeds.sort((a, b) => a.atMs - b.atMs),
    ({ entry }) => instanceIdOf(entry.target),
  );
}

/** Holds an instance's record against what its owner did. Answers what is wrong, as sentences. */
export function wrongInRecord(person: Person, deeds: readonly DoneDeed[]): string[] {
  const { behaviour, enforced, id } = person;
  const told = deeds.map(({ deed, atMs }) => `${deed} ${new Date(atMs).toISOString()}`).join(", ");
  const expected = enforced ? behaviour.journal : /^$/;
  const order = deeds.map(({ deed }) => deed).join(" ");
  const wrong = [
    ...expected.test(order) ? [] : [`expected ${expected}`],
    ...deeds.flatMap((deed, index) => tooEarly(deed, deeds.slice(0, index), behaviour.notBefore)),
  ];
  return wrong.map((one) => `${id}, whose owner ${behaviour.name}: ${one}; found: ${told || "-"}`);
}

/** Every step against the last mark before it, and a termination against the last stop too. */
function tooEarly(
  { deed, atMs }: DoneDeed,
  before: readonly DoneDeed[],
  notBefore: { readonly stop: number; readonly terminate: number } = { stop: 3, terminate: 14 },
): string[] {
  if (deed !== "stop" && deed !== "terminate") return [];
  const since = (what: string) => {
    const last = before.findLast((one) => one.deed === what);
    return last === undefined ? -Infinity : (atMs - last.atMs) / DAY_MS;
  };
  const problems: string[] = [];
  if (!(since("mark") >= notBefore[deed])) {
    problems.push(`${deed} ${since("mark")} days after its mark`);
  }
  if (deed === "terminate" && !(since("stop") >= 11)) {
    problems.push(`terminate ${since("stop")} days after its stop`);
  }
  return problems;
}

/** No 24 hours, wherever they begin, hold more than the configuration allows. */
export function assertBudgets(journal: readonly JournalEntry[]): void {
  const deeds = [...deedsById(journal).values()].flat().sort((a, b) => a.atMs - b.atMs);
  const counted = {
    all: deeds.filter(({ deed }) => ["mark", "stop", "terminate"].includes(deed)),
    stop: deeds.filter(({ deed }) => deed === "stop"),
    terminate: deeds.filter(({ deed }) => deed === "terminate"),
  };
  for (const [name, those] of Object.entries(counted)) {
    const limit = DAILY[name as keyof typeof DAILY];
    for (const { atMs } of those) {
      const inDay = those.filter((one) => one.atMs >= atMs && one.atMs < atMs + DAY_MS).length;
      assert.ok(
        inDay <= limit,
        `${inDay} of ${limit} (${name}) in the day from ${new Date(atMs).toISOString()} on`,
      );
    }
  }
}
