import type { JournalEntry } from "../../../../runners/core/journal/entry.ts";
import { journalBetween } from "../../../../runners/core/journal/journal.ts";
import type { ReadStore } from "../../../../runners/core/store/store.ts";

/** All entries of a job, oldest first: tests are about the years of their clocks. */
export async function wholeJournal(store: ReadStore, job: string): Promise<JournalEntry[]> {
  const [from, to] = [new Date("2026-01-01T00:00:00Z"), new Date("2028-12-31T00:00:00Z")];
  return await Array.fromAsync(journalBetween(store, job, from, to));
}
