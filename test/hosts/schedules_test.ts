import assert from "assert";
import type { RunNeed } from "../../runners/core/needs/needs.ts";
import { part as reports } from "../../reports/needs.ts";
import type { Needing } from "../../runners/core/needs/configured.ts";
import { JOBS } from "../../runners/jobs.ts";
import { ROOT } from "../architecture/module_graph.ts";

const UNITS = `${ROOT}hosts/systemd`;

type Run = {
  /** As the instance of the unit names it: `audit-report`. */
  readonly name: string;
  readonly command: string;
  readonly starts: RunNeed["starts"];
  /** It can change accounts. */
  readonly writes: boolean;
  /** A person decides whether it runs: it changes accounts, or needs a server that they name. */
  readonly isChosen: boolean;
};

const ALL: readonly Needing[] = [...JOBS, reports];

const RUNS: readonly Run[] = ALL.flatMap((job) => {
  const { roles, runs } = job.needs(undefined);
  return Object.values(runs).filter(({ starts }) => starts !== "by hand").map((run) => {
    const writes = run.roles.some((role) => roles[role]!.kind === "write");
    return {
      name: `${job.name}-${run.verbs.join()}`,
      command: `${job.name} ${run.verbs.join()}`,
      starts: run.starts,
      writes,
      isChosen: writes || job === reports,
    };
  });
});

/** What a schedule of EventBridge is for systemd and for cron; a rate begins at any time. */
function onHosts(starts: string): { readonly calendar: RegExp; readonly cron: RegExp } {
  if (starts === "rate(1 hour)") {
    return { calendar: /^\*:\d\d$/, cron: /^\d+ \* \* \* \*$/ };
  }
  if (starts === "rate(1 day)") {
    return { calendar: /^\d\d:\d\d$/, cron: /^\d+ \d+ \* \* \*$/ };
  }
  if (starts === "cron(0 6 * * ? *)") return { calendar: /^06:00$/, cron: /^0 6 \* \* \*$/ };
  const [, minute, hour] = /^cron\((\d+) (\d+) \? \* MON-FRI \*\)$/.exec(starts) ?? [];
  assert.ok(minute && hour, `Say here how hosts start what starts ${starts}`);
  return {
    calendar: new RegExp(`^Mon\\.\\.Fri ${hour.padStart(2, "0")}:${minute.padStart(2, "0")}$`),
    cron: new RegExp(`^${minute} ${hour} \\* \\* 1-5$`),
  };
}

const timed = RUNS.filter(({ starts }) => starts !== "service");
const services = RUNS.filter(({ starts }) => starts === "service");

Deno.test("each kind of run that starts by itself is one verb, as an instance of a unit can name it", () => {
  assert.ok(timed.length > 0 && services.length > 0);
  for (const { name } of RUNS) assert.match(name, /^[a-z]+-[a-z]+$/);
});

Deno.test("systemd has a timer or a service for each kind of run that starts by itself, and no other", () => {
  const names = [...Deno.readDirSync(UNITS)].map(({ name }) => name).sort();
  assert.deepEqual(
    names,
    [
      "groundskeeper@.service",
      ...timed.map(({ name }) => `groundskeeper@${name}.timer`),
      ...services.map(({ name }) => `groundskeeper@${name}.service.d`),
    ].sort(),
  );
});

for (const { name, starts, writes } of timed) {
  Deno.test(`the timer of ${name} starts it by ${starts}`, () => {
    const text = Deno.readTextFileSync(`${UNITS}/groundskeeper@${name}.timer`);
    assert.match(/^OnCalendar=(.*)$/m.exec(text)?.[1] ?? "", onHosts(starts).calendar);
    assert.match(text, /\n\[Install\]\nWantedBy=timers\.target\n$/);
    // What changes accounts runs when somebody is there, and is enabled by those who know what it does.
    assert.equal(/^Persistent=yes$/m.test(text), !writes);
    assert.equal(text.startsWith("# It changes accounts: enable it when "), writes);
  });
}

Deno.test("the crontab has a line for each kind of run; those that a person decides about are comments", () => {
  const lines = Deno.readTextFileSync(`${ROOT}hosts/crontab`).split("\n")
    .map((line) => /^(# )?((?:\S+ ){5})groundskeeper \S+entry_point\.sh (.+)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, comment, time, command]) => ({ isChosen: comment !== undefined, time, command }));
  const expected = RUNS.map(({ command, starts, isChosen }) => ({
    command: starts === "service" ? `${command} --once` : command,
    isChosen,
    time: starts === "service" ? /^\*\/\d+ \* \* \* \*$/ : onHosts(starts).cron,
  }));
  assert.equal(lines.length, expected.length);
  for (const { command, isChosen, time } of expected) {
    const line = lines.find((one) => one.command === command);
    assert.equal(line?.isChosen, isChosen, command);
    assert.match(line?.time?.trim() ?? "", time, command);
  }
});

Deno.test("the page enables what only reads, and leaves out what changes accounts", () => {
  const page = Deno.readTextFileSync(`${ROOT}docs/running.md`);
  const enabled = [...page.matchAll(/systemctl enable --now (.*)$/gm)]
    .flatMap(([, units]) => units!.split(" "));
  assert.deepEqual(
    enabled.sort(),
    timed.filter(({ writes }) => !writes).map(({ name }) => `groundskeeper@${name}.timer`).sort(),
  );
});
