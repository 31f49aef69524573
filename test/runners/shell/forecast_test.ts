import assert from "assert";
import { openSqliteStore } from "../../../runners/adapters/sqlite/sqlite_store.ts";
import { systemClock } from "../../../runners/core/clock.ts";
import { DAY_MS } from "../../../runners/core/duration.ts";
import type { JobEntry } from "../../../runners/core/program.ts";
import type { Stored, Upcoming } from "../../../runners/core/report/stored.ts";
import { registerRun } from "../../../runners/core/run/run_register.ts";
import { JOBS } from "../../../runners/jobs.ts";
import { denoHost } from "../../../runners/shell/deno_host.ts";
import { main } from "../../../runners/shell/groundskeeper.ts";
import { AS_TEXT } from "../../snapshots.ts";

const NOW = new Date("2026-11-20T12:00:00.000Z");
const PROD = "111111111111";
const DATA = "222222222222";

const NOTHING: Stored = {
  upcoming: () => Promise.resolve([]),
  owners: () => Promise.resolve(new Map()),
  doneBy: () => null,
  ending: () => Promise.resolve([]),
};

function step(number: number, at: string, part: Partial<Upcoming> = {}): Upcoming {
  return {
    at,
    account: PROD,
    region: "us-east-1",
    action: "ec2:StopInstances",
    target: `arn:aws:ec2:us-east-1:${PROD}:instance/i-0000000000000000${number}`,
    name: `web-${number}`,
    text: "to be stopped: owner is missing",
    ...part,
  };
}

const STEPS = [
  step(1, "2026-11-20T12:00:00.000Z"),
  step(2, "2026-11-23T03:00:00.000Z"),
  step(3, "2026-11-23T03:00:05.000Z", {
    account: DATA,
    action: "ec2:TerminateInstances",
    text: "to be terminated, which cannot be undone: owner is missing; project is missing",
    isFinal: true,
  }),
];
const REMOVAL = step(0, "2026-11-23T02:00:00.000Z", {
  region: "global",
  action: "iam:PutRolePolicy",
  target: `arn:aws:iam::${PROD}:role/checkout-api`,
  name: "checkout-api",
  text: "to lose what is still unused of 61 scheduled permissions",
});

const JOBS_WITH_STEPS = withStored({
  audit: {
    ...NOTHING,
    upcoming: (_store, _config, _from, until) =>
      Promise.resolve(STEPS.filter(({ at }) => Date.parse(at) <= until.getTime())),
    ending: () =>
      Promise.resolve([
        {
          at: "2026-11-22T00:00:00.000Z",
          targets: [],
          text: "the exemption of account 111111111111 ends: sandbox",
        },
      ]),
  },
  repo: { ...NOTHING, upcoming: () => Promise.resolve([REMOVAL]) },
});

function withStored(stored: { readonly [job: string]: Stored }): readonly JobEntry[] {
  return JOBS.map((job): JobEntry => ({
    ...job,
    stored: () => Promise.resolve(stored[job.name] ?? NOTHING),
  }));
}

type Told = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** A run of the program where there may be a store. */
async function told(
  args: readonly string[],
  { runs = [], jobs = JOBS_WITH_STEPS, width = 100, store: hasStore = true }: {
    readonly runs?: readonly (readonly [job: string, agoMs: number, proven: number])[];
    readonly jobs?: readonly JobEntry[];
    readonly width?: number;
    readonly store?: boolean;
  } = {},
): Promise<Told> {
  const directory = await Deno.makeTempDir({ prefix: "groundskeeper-forecast-" });
  try {
    await Deno.writeTextFile(
      `${directory}/groundskeeper.json`,
      JSON.stringify({
        version: 1,
        organization: {
          accounts: [{ id: PROD, name: "prod" }, { id: DATA, name: "data" }],
          roles: "groundskeeper-{job}-{role}",
        },
        audit: { required: [{ key: "owner" }], canary: { mode: "off" } },
      }),
    );
    if (hasStore) {
      const store = openSqliteStore(`${directory}/groundskeeper.db`);
      for (const [job, agoMs, proven] of runs) {
        const started = new Date(NOW.getTime() - agoMs).toISOString();
        const run_id = `01JD${String(agoMs).padStart(22, "0")}`;
        const run = { run_id, job, verb: "report", slot: started, started };
        await using running = await registerRun(store, run, 15_000);
        await running.finish(new Date(started), 0, { coverage: { planned: 6, proven, empty: 0 } });
      }
      store.close();
    }
    const said = { stdout: "", stderr: "" };
    const output = (name: keyof typeof said) => ({
      isTerminal: false,
      width,
      write: (text: string) => void (said[name] += text),
      lost: () => null,
    });
    const code = await main({
      ...denoHost(args),
      env: () => undefined,
      directory,
      clock: { ...systemClock, now: () => NOW },
      stdout: output("stdout"),
      stderr: output("stderr"),
      command: "groundskeeper",
    }, jobs);
    return { code, ...said };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const PROVEN = [["audit", 3_600_000, 6], ["repo", 7_200_000, 6]] as const;

Deno.test("people see what comes on which day, and first how much of it is known", async (t) => {
  const runs = [["audit", 3_600_000, 5], ["repo", 3 * DAY_MS, 6]] as const;
  const wide = await told(["forecast"], { runs });
  assert.equal(wide.code, 0, wide.stderr);
  await t.assertSnapshot(wide.stdout, AS_TEXT);
  const narrow = await told(["forecast"], { runs, width: 60 });
  for (const line of narrow.stdout.split("\n")) assert.ok(line.length <= 60, line);
  await t.assertSnapshot(narrow.stdout, AS_TEXT);
});

Deno.test("where nothing is to come, the coverage is said all the same", async (t) => {
  const { stdout } = await told(["forecast", "--days", "1"], {
    runs: PROVEN,
    jobs: withStored({}),
  });
  await t.assertSnapshot(stdout, AS_TEXT);
});

Deno.test("a store without runs says that nothing is known, not that nothing comes", async () => {
  const { code, stdout } = await told(["forecast"], { jobs: withStored({}) });
  assert.equal(code, 0);
  assert.match(stdout, /No run has been recorded: nothing is known of what comes/);
  assert.match(stdout, /groundskeeper audit report\n$/);
});

Deno.test("without a store the forecast fails: an empty answer would look like nothing to come", async () => {
  const { code, stderr } = await told(["forecast"], { store: false });
  assert.equal(code, 1);
  assert.match(stderr, /There is no store/);
});

Deno.test("only whole days from 1 to 366 can be asked for", async () => {
  for (const days of ["0", "367", "1.5", "-3", "week", ""]) {
    const { code, stderr } = await told(["forecast", "--days", days], { runs: PROVEN });
    assert.equal(code, 2, days);
    assert.match(stderr, /from 1 to 366|argument missing/, days);
  }
  for (const days of ["1", "366"]) {
    assert.equal((await told(["forecast", "--days", days], { runs: PROVEN })).code, 0);
  }
});

Deno.test("programs get one document, sorted by time, with what its answer rests on", async () => {
  const { stdout } = await told(["forecast", "--json"], { runs: PROVEN });
  const document = JSON.parse(stdout);
  assert.equal(document.schema, "groundskeeper.forecast/1");
  assert.equal(document.as_of, NOW.toISOString());
  assert.equal(document.until, "2026-12-04T12:00:00.000Z");
  assert.deepEqual(
    document.jobs.map(({ job, last_run }: { job: string; last_run: unknown }) => [
      job,
      last_run,
    ]).filter(([, last]: unknown[]) => last !== null).length,
    2,
  );
  assert.deepEqual(
    document.upcoming.map((
      one: { at: string; job: string; is_final: boolean },
    ) => [one.at, one.job, one.is_final]),
    [
      ["2026-11-20T12:00:00.000Z", "audit", false],
      ["2026-11-23T02:00:00.000Z", "repo", false],
      ["2026-11-23T03:00:00.000Z", "audit", false],
      ["2026-11-23T03:00:05.000Z", "audit", true],
    ],
  );
  assert.equal(document.ending.length, 1);
});

Deno.test("one account can be asked about alone", async () => {
  const { stdout } = await told(["forecast", "--account", DATA, "--json"], { runs: PROVEN });
  const { upcoming, ending } = JSON.parse(stdout);
  assert.deepEqual(upcoming.map(({ account }: { account: string }) => account), [DATA]);
  assert.equal(ending.length, 1, "what names nothing may be about it");
});
