import assert from "assert";
import { fileSink } from "../../../../reports/files/file_sink.ts";
import { openSqliteStore } from "../../../../runners/adapters/sqlite/sqlite_store.ts";
import { GroundskeeperError, StoreError } from "../../../../runners/core/errors.ts";
import { writeFiles } from "../../../../runners/core/files/write_files.ts";
import type { JournalEntry } from "../../../../runners/core/journal/entry.ts";
import { createLog } from "../../../../runners/core/log/log.ts";
import { UNBOUNDED } from "../../../../runners/core/limits/limits.ts";
import { reservationsOf } from "../../../../runners/core/limits/reservations.ts";
import { SCHEMA } from "../../../../runners/core/contract/names.ts";
import { digestOf } from "../../../../runners/core/plan/document.ts";
import { notifying } from "../../../../runners/core/run/end/notifying.ts";
import { applyVerb } from "../../../../runners/core/run/verbs/apply_verb.ts";
import {
  type Ending,
  endingOf,
  exitCodeOfEnding,
} from "../../../../runners/core/run/end/notice.ts";
import { planVerb } from "../../../../runners/core/run/verbs/plan_verb.ts";
import { reportVerb } from "../../../../runners/core/run/verbs/report_verb.ts";
import { type RunRow, runsOf } from "../../../../runners/core/run/run_register.ts";
import type { Store } from "../../../../runners/core/store/store.ts";
import { faultyDisk } from "../files/faulty_disk.ts";
import { wholeJournal } from "../journal/whole_journal.ts";
import { ManualClock } from "../manual_clock.ts";
import type { FaultyRun } from "./faulty_runs.ts";
import { contextOf, type ScriptedContext } from "./run_context.ts";
import { pathOf, type ScriptedTypes, World } from "./scripted_job.ts";

const VERBS = { plan: planVerb, report: reportVerb, apply: applyVerb } as const;

/** What a run left. */
interface Left {
  readonly ending: Ending;
  /** The errors of the log. */
  readonly told: readonly string[];
  /** Something was asked to be written that was not. */
  readonly failed: boolean;
}

/** Changes how a run works, for mutants. */
export type Spoil = (context: ScriptedContext) => ScriptedContext;

/**
 * Makes a run that meets a fault, and asserts what must hold whatever fails: no change is without
 * its journal, nothing is named that is not there, earlier files are whole, the exit code says what
 * happened, the fault is told, and the next run finds everything settled.
 *
 * @returns whether the run came as far as its fault
 */
export async function faultyRun(run: FaultyRun, spoil: Spoil): Promise<boolean> {
  const folder = await Deno.makeTempDir({ prefix: "groundskeeper-faults-", ...inMemory() });
  try {
    const world = worldOf(run);
    if (run.earlier) writeEarlier(folder);
    const left = await runWith(run, world, folder, spoil);
    assertFiles(folder, run, left);
    const journal = await assertJournal(folder, world, left);
    await assertRecord(folder, run, left);
    assertExitCode(run, left);
    await assertSettledNext(folder, world, journal);
    return left.failed;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Thousands of stores: a disk would take most of the time to sync them. */
function inMemory(): { dir?: string } {
  try {
    return Deno.statSync("/dev/shm").isDirectory ? { dir: "/dev/shm" } : {};
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

function worldOf({ things, perWrite }: FaultyRun): World {
  const world = new World(
    Object.fromEntries(
      things.map((
        how,
        at,
      ) => [`${at % 2 === 0 ? "111111111111" : "222222222222"}/east/t${at}`, how]),
    ),
  );
  world.perWrite = perWrite;
  return world;
}

const NAMES = ["scripted-plan.json", "scripted-snapshot.json"];
const EARLIER = "of an earlier run";

function writeEarlier(folder: string): void {
  Deno.mkdirSync(`${folder}/out`);
  for (const name of NAMES) Deno.writeTextFileSync(`${folder}/out/${name}`, EARLIER);
}

async function runWith(
  { verb, snapshot, fault }: FaultyRun,
  world: World,
  folder: string,
  spoil: Spoil,
): Promise<Left> {
  const told: string[] = [];
  const disk = "disk" in fault ? fault.disk : { at: Infinity, what: "EIO", lasts: false } as const;
  const { disk: faulty, asked } = faultyDisk(disk);
  const calls = { count: 0, failed: false };
  const context = contextOf({
    world,
    path: `${folder}/groundskeeper.db`,
    clock: clock(),
    options: {
      outDirectory: `${folder}/out`,
      saveSnapshotDirectory: snapshot ? `${folder}/out` : null,
    },
    part: {
      writeFiles: (files) => writeFiles(faulty, files),
      sinks: [fileSink(`${folder}/out`, { disk: faulty, toolVersion: "0.0.0" })],
      openStore: () => Promise.try(faultyStore, `${folder}/groundskeeper.db`, fault, calls),
      log: createLog({
        write: (line) => void told.push(line),
        now: () => new Date(0),
        format: "json",
        level: "error",
      }),
    },
  });
  const spoilt = spoil(context);
  const ending = await endingOf(
    verb === "plan" ? planVerb(spoilt) : notifying<ScriptedTypes>(spoilt, verb, VERBS[verb]),
  );
  const onDisk = disk.what !== "short" && asked.length > disk.at &&
    (disk.what !== "nothing" || asked[disk.at] === "write" ||
      disk.lasts && asked.slice(disk.at).includes("write"));
  return { ending, told, failed: onDisk || calls.failed };
}

/** Waits for the lease of a dead run pass by themselves. */
function clock(): ManualClock {
  const flowing = new ManualClock();
  flowing.flowsUpToMs = 60_000;
  return flowing;
}

function faultyStore(
  path: string,
  fault: FaultyRun["fault"],
  calls: { count: number; failed: boolean },
): Store {
  const fails = () => {
    if (!("store" in fault)) return false;
    const now = calls.count++;
    const meets = now === fault.store.at || fault.store.lasts && now > fault.store.at;
    calls.failed ||= meets;
    return meets;
  };
  const full = () => new StoreError(`Cannot write to the store "${path}": the disk is full`);
  if (fails()) throw full();
  const store = openSqliteStore(path);
  const faulty = async <Result>(write: () => Promise<Result>): Promise<Result> => {
    if (!fails()) return await write();
    if ("store" in fault && fault.store.late) await write();
    throw full();
  };
  return {
    get: (kind, id) => store.get(kind, id),
    list: (kind, prefix) => store.list(kind, prefix),
    close: () => store.close(),
    write: (writes) => faulty(() => store.write(writes)),
    writeEach: (writes, signal) => faulty(() => store.writeEach(writes, signal)),
  };
}

/** Each file has its earlier or its new content, whole; what is named is there; nothing else is. */
function assertFiles(folder: string, { earlier, snapshot }: FaultyRun, left: Left): void {
  const { result } = left.ending;
  const out = `${folder}/out`;
  const names = [...filesIn(out), ...filesIn(`${out}/scripted-snapshot`)]
    .map((path) => path.slice(`${out}/`.length));
  for (const name of names) {
    const text = Deno.readTextFileSync(`${out}/${name}`);
    if (earlier && NAMES.includes(name) && text === EARLIER) continue;
    assert.ok(isWhole(name, text), `${name} is not whole: ${JSON.stringify(text)}`);
  }
  if (earlier) { for (const name of NAMES) assert.ok(names.includes(name), `${name} is gone`); }
  for (const path of result?.written ?? []) {
    const name = path.slice(`${out}/`.length);
    assert.ok(names.includes(name), `${name} is named, and not there`);
    assert.ok(Deno.readTextFileSync(path) !== EARLIER, `${name} is named, and an earlier one`);
  }
  if (result?.planFile) assert.ok(result.written.includes(result.planFile));
  if (!left.failed) {
    assert.equal(result?.written.length, result?.run ? 5 : 1);
    if (snapshot) assert.ok(isWhole(NAMES[1]!, Deno.readTextFileSync(`${out}/${NAMES[1]}`)));
  }
}

function filesIn(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder)).filter(({ isFile }) => isFile)
      .map(({ name }) => `${folder}/${name}`).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** A file of ours in its full length: it has its digest, or its end. */
function isWhole(path: string, text: string): boolean {
  if (path.endsWith(".json")) {
    try {
      const document = JSON.parse(text) as { digest: string; schema: string };
      // The digest of a part stands in the index; a run has none, since nothing is applied from it.
      return ([SCHEMA.part, SCHEMA.run] as string[]).includes(document.schema) ||
        document.digest === digestOf(document);
    } catch (error) {
      if (error instanceof SyntaxError) return false;
      throw error;
    }
  }
  if (path.endsWith(".html")) return text.endsWith("</html>\n");
  if (path.endsWith(".csv")) return text === "\ufeffa\r\n";
  return path.endsWith(".jsonl") && text.startsWith('{"_id":"run-1"') && text.endsWith("}\n");
}

/** Whatever was changed stands in the journal, and what a run says of it does not say more. */
async function assertJournal(
  folder: string,
  world: World,
  { ending: { result } }: Left,
): Promise<readonly JournalEntry[]> {
  const store = openSqliteStore(`${folder}/groundskeeper.db`);
  try {
    const journal = await wholeJournal(store, "scripted");
    const announcedPaths = journal.map(pathOf);
    const written = world.calls.filter((call) => call.startsWith("write "))
      .flatMap((call) => call.split(" ").slice(1));
    for (const path of written) {
      assert.ok(announcedPaths.includes(path), `${path} was changed without its journal`);
    }
    for (const change of [...result?.run?.changes ?? [], ...result?.run?.ownWrites ?? []]) {
      const entry = journal.find(({ change_id }) => change_id === change.id);
      if (change.outcome === "done") assert.equal(entry?.outcome, "done", "more was told than is");
      if (entry?.outcome === "done" && change.outcome !== "done") {
        // The store took it and said that it had not.
        assert.equal(change.error?.code, "not-journalled");
      }
      if (change.outcome === "skipped") assert.ok(!written.includes(pathOf(change)));
    }
    return journal;
  } finally {
    store.close();
  }
}

/** How a run ended stands in the store, or, where that fails, the fault is told. */
async function assertRecord(folder: string, { verb, fault }: FaultyRun, left: Left): Promise<void> {
  const { ending, told, failed } = left;
  if (ending.fault) {
    assert.ok(ending.thrown instanceof GroundskeeperError, `a defect: ${ending.fault.message}`);
  } else if (failed) {
    assert.match(
      told.join("\n"),
      "store" in fault ? /the disk is full/ : /"(Cannot write|The record could not be written)/,
    );
  }
  if (!failed) assert.deepEqual(told, []);
  if (verb === "plan" || "store" in fault) return;
  const store = openSqliteStore(`${folder}/groundskeeper.db`);
  try {
    const runs: RunRow[] = await Array.fromAsync(runsOf(store, "scripted"));
    assert.equal(runs.length, 1);
    assert.deepEqual([runs[0]?.exit_code, runs[0]?.finished !== null], [
      exitCodeOfEnding(ending),
      true,
    ]);
  } finally {
    store.close();
  }
}

/** 3 for a run that could not write all; 1 only where the store let it do nothing at all. */
function assertExitCode({ verb, fault }: FaultyRun, { ending, failed }: Left): void {
  const code = exitCodeOfEnding(ending);
  if (!failed) assert.equal(code, 0);
  else if ("disk" in fault || verb === "plan") assert.equal(code, 3);
  else assert.equal(code, ending.fault ? 1 : 3);
}

/** The next run, without any fault, closes what is open and reserved, and does what is left to do. */
async function assertSettledNext(
  folder: string,
  world: World,
  before: readonly JournalEntry[],
): Promise<void> {
  const next = contextOf({
    world,
    path: `${folder}/groundskeeper.db`,
    clock: clock(),
    part: { runId: "run-2" },
  });
  const { exitCode } = await applyVerb(next);
  assert.equal(exitCode, 0);
  const store = openSqliteStore(`${folder}/groundskeeper.db`);
  try {
    const journal = await wholeJournal(store, "scripted");
    assert.deepEqual(journal.filter(({ outcome }) => outcome === null), []);
    assert.ok(journal.length >= before.length);
    const { reservations } = await reservationsOf(store, "scripted", {
      limits: UNBOUNDED,
      share: false,
    });
    assert.deepEqual(reservations.filter(({ finished }) => !finished), []);
  } finally {
    store.close();
  }
  for (const things of Object.values(world.places)) {
    for (const value of Object.values(things)) assert.match(value, /^clean/);
  }
}
