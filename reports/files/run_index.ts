import { join } from "node:path";
import * as z from "zod";
import { counted, dayText, numberText } from "../../runners/core/cli/words.ts";
import { FileError, systemCodeOf } from "../../runners/core/files/file_error.ts";
import type { Chart, Figure, Page, PageSection } from "../../runners/core/report/page.ts";
import type { RunRecord } from "../../runners/core/report/sink.ts";
import { fallsShort } from "../../runners/core/run/run_document.ts";
import { type CellRow, tableRows } from "../../runners/core/text/sections.ts";
import { documentName } from "../html/render_page.ts";

/*
 * What the index says of each run stands in a small file of its own, `runs/JOB/RUN.json`: no run
 * reads the documents of others, and two runs at once write different files.
 */

/** Of how many runs of a job, the newest, the index tells. */
const NEWEST = 200;

const entrySchema = z.object({
  title: z.string(),
  slot: z.coerce.date(),
  /** Why a reader should look at it: it was refused, or is not complete. */
  notes: z.array(z.object({ tone: z.enum(["refused", "unproven"]), text: z.string() })),
  figures: z.array(z.object({
    label: z.string(),
    value: z.string(),
    detail: z.string().exactOptional(),
    state: z.enum(["good", "attention", "unproven", "neutral"]),
    how: z.string(),
    trend: z.object({
      title: z.string(),
      unit: z.enum(["percent", "count"]),
      value: z.number().nullable(),
    }).exactOptional(),
  })),
});
type Entry = z.infer<typeof entrySchema>;

/** A run of the index; of one whose file cannot be read only the name is known. */
type Listed = { readonly job: string; readonly runId: string; readonly entry: Entry | null };

/** The file of a run that the index is made from. */
export function entryFile(directory: string, record: RunRecord): { path: string; text: string } {
  const { job, runId, slot, page: { title, headline }, run } = record;
  const { coverage: { planned, unproven }, changes, refused } = run;
  const missed = changes.filter(fallsShort).length;
  const regions = `${numberText(unproven.length)} of ${counted(planned, "account-region")}`;
  const tried = `${numberText(missed)} of ${counted(changes.length, "change")}`;
  const notes = ([
    [refused !== null, "refused", "it was refused, and nothing was changed"],
    [unproven.length > 0, "unproven", `${regions} not proven`],
    [missed > 0, "refused", `${tried} not done`],
  ] as const).flatMap(([isSo, tone, text]) => isSo ? [{ tone, text }] : []);
  const figures = headline.map((figure) =>
    record.isShare && figure.trend ? { ...figure, trend: { ...figure.trend, value: null } } : figure
  );
  const entry: Entry = { title, slot, notes, figures };
  return {
    path: join(directory, "runs", job, `${runId}.json`),
    text: `${JSON.stringify(entry)}\n`,
  };
}

/** The runs of a job that have an entry, the newest first. */
export async function runsOf(directory: string, job: string): Promise<readonly string[]> {
  const names = await namesIn(directory, join("runs", job));
  return names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -5))
    .sort().reverse().slice(0, NEWEST);
}

/** The names of all runs in the index, to see whether another run has come. */
export async function allRuns(directory: string): Promise<readonly (readonly [string, string])[]> {
  const jobs = (await namesIn(directory, "runs")).toSorted();
  const runs = await Promise.all(jobs.map((job) => runsOf(directory, job)));
  return jobs.flatMap((job, i) => runs[i]!.map((runId) => [job, runId] as const));
}

async function namesIn(directory: string, folder: string): Promise<string[]> {
  const path = join(directory, folder);
  try {
    const entries = await Array.fromAsync(Deno.readDir(path));
    // Job and run stand in addresses, and what lies here may have been put here by anybody.
    return entries.map(({ name }) => name).filter((name) => /^[A-Za-z0-9][\w.-]*$/.test(name));
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCodeOf(error))) return [];
    throw new FileError(path, directory, error, false);
  }
}

/** The index of some runs, of each job the newest first. */
export async function indexPage(
  directory: string,
  runs: readonly (readonly [job: string, runId: string])[],
): Promise<Page> {
  const listed = await Promise.all(runs.map(async ([job, runId]): Promise<Listed> => {
    const entry = await readEntry(join(directory, "runs", job, `${runId}.json`));
    return { job, runId, entry };
  }));
  const slots = listed.flatMap(({ entry }) => entry ? [entry.slot.getTime()] : []);
  const jobs = [...Map.groupBy(listed, ({ job }) => job).values()];
  const latest = jobs.flatMap((own) => own.find(({ entry }) => entry !== null) ?? []);
  const asOf = new Date(Math.max(0, ...slots));
  const figure = (number: number) =>
    latest.flatMap(({ job, runId, entry }): Figure[] => {
      const { figures, slot } = entry!;
      // How old it is, in place of its detail: jobs run at different times.
      return figures.slice(number, number + 1).map((figure) => ({
        ...figure,
        label: `${job}: ${figure.label}`,
        detail: `run of ${dayText(slot, asOf)}`,
        file: documentName({ job, runId }),
      }));
    });
  return {
    title: "Runs of Groundskeeper",
    asOf,
    // Coverage of all jobs comes before any other figure.
    headline: [...figure(0), ...figure(1)],
    notices: latest.flatMap(({ job, entry }) =>
      entry!.notes.map(({ tone, text }) => ({ tone, text: `Last run of ${job}: ${text}.` }))
    ),
    sections: jobs.map(jobSection),
  };
}

async function readEntry(path: string): Promise<Entry | null> {
  try {
    return entrySchema.parse(JSON.parse(await Deno.readTextFile(path)));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
    // It was deleted, or is not a file that this user may read: the others are still told of.
    if (systemCodeOf(error) !== "") return null;
    throw error;
  }
}

/** What tells figures of a job apart over its runs: those of changes have several labels. */
function keyOf({ trend, label }: Entry["figures"][number]): string {
  return trend?.title ?? label;
}

function jobSection(runs: readonly Listed[]): PageSection {
  const known = runs.flatMap(({ entry }) => entry ?? []);
  const inTime = known.toSorted((a, b) => a.slot.getTime() - b.slot.getTime());
  const columns = new Map<string, string>();
  for (const figure of known.flatMap(({ figures }) => figures)) {
    if (!columns.has(keyOf(figure))) columns.set(keyOf(figure), figure.label);
  }
  return {
    title: runs[0]!.job,
    charts: (["percent", "count"] as const).flatMap((unit) => chartOf(inTime, unit)),
    columns: ["Slot", "What", ...columns.values(), "Look at"],
    ...tableRows(runs, ({ job, runId, entry }): CellRow => {
      const before = runs[runs.findIndex((run) => run.runId === runId) + 1];
      const link = {
        id: `${job}-${runId}`,
        after: before ? `${job}-${before.runId}` : null,
        file: `${job}-${runId}.html`,
      };
      if (!entry) return { cells: [runId, "its entry cannot be read"], tone: "unproven", link };
      return {
        cells: [
          { at: entry.slot },
          entry.title,
          ...[...columns].map(([key, title]) => {
            const figure = entry.figures.find((one) => keyOf(one) === key);
            if (!figure) return null;
            return figure.label === title ? figure.value : `${figure.label} ${figure.value}`;
          }),
          entry.notes.map(({ text }) => text),
        ],
        ...(entry.notes.length > 0 ? { tone: "unproven" } : {}),
        link,
      };
    }),
    rest: `${JSON.stringify("runs")} has them all`,
    empty: "No run was reported.",
  };
}

/** The trends of one unit as lines; null where a run did not know. */
function chartOf(entries: readonly Entry[], unit: "percent" | "count"): Chart[] {
  const trends = entries.map(({ figures }) =>
    new Map(
      figures.flatMap(({ trend }) => trend?.unit === unit ? [[trend.title, trend.value]] : []),
    )
  );
  const titles = [...new Set(trends.flatMap((one) => [...one.keys()]))];
  return titles.length === 0 ? [] : [{
    title: `${titles.join(", ")}${unit === "percent" ? ", in percent" : ""}, over the runs`,
    at: entries.map(({ slot }) => slot),
    lines: titles.map((title) => ({ title, values: trends.map((one) => one.get(title) ?? null) })),
  }];
}
