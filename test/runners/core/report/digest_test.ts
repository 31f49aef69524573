import assert from "assert";
import fc from "fast-check";
import { DAY_MS } from "../../../../runners/core/duration.ts";
import { visible } from "../../../../runners/core/text/wrap.ts";
import type { Outcome } from "../../../../runners/core/journal/entry.ts";
import type { Day, DayEntry, DayOfJob, DayRun } from "../../../../runners/core/report/day.ts";
import { type Digest, digestsOf } from "../../../../runners/core/report/digest.ts";
import { plainText } from "../../../../runners/core/text/terminal_text.ts";
import { FIXED, propertyTest } from "../properties.ts";

const DAY = "2026-11-30";
const NOW = new Date("2026-12-01T06:00:00Z");
const FALLBACK = "platform@example.com";
const SETTINGS = {
  mail: { from: "groundskeeper@example.com", fallback: FALLBACK, at: "example.com" },
  now: NOW,
  accountName: (id: string) => id === "111111111111" ? "prod" : id,
  changesCommand: `groundskeeper changes --since ${DAY}`,
};

function arn(index: number): string {
  return `arn:aws:ec2:us-east-1:111111111111:instance/i-${String(index).padStart(17, "0")}`;
}

function entryOf(index: number, did: string, outcome: Outcome | null): DayEntry {
  return {
    ...{ run_id: "run-1", plan_id: "p", change_id: `c-${index}`, job: "audit", did, outcome },
    ...{ account: "111111111111", region: "us-east-1", action: "ec2:StopInstances" },
    ...{ target: arn(index), reason: "no owner", before: {}, after: {}, principal: "arn:x" },
    ...{ aws_request_id: null, tool_version: "0", intended_at: `${DAY}T03:00:00.000Z` },
    finished_at: outcome === null ? null : `${DAY}T03:00:01.000Z`,
    error: outcome === "failed" ? { code: "AccessDenied", message: "not authorized" } : null,
  };
}

function runOf(more: Partial<DayRun> = {}): DayRun {
  return {
    ...{ run_id: "run-1", verb: "apply", slot: `${DAY}T03:00:00.000Z`, died: false },
    finished: `${DAY}T03:01:00.000Z`,
    coverage: { planned: 6, proven: 6, empty: 0 },
    unproven: { total: 0, places: [] },
    ...{ refused: null, refusedChanges: [], refusedTotal: 0 },
    ...more,
  };
}

function jobOf(more: Partial<DayOfJob> = {}): DayOfJob {
  return {
    ...{ job: "audit", runs: [runOf()], entries: [], ended: [], isMissing: false },
    ...{ upcoming: [], endings: [], ...more },
  };
}

function dayOf(jobs: readonly DayOfJob[], owners: Record<string, string> = {}): Day {
  const known = Object.entries(owners).map(([target, name]) => (
    [target, { name, source: "tag" }] as const
  ));
  return { day: DAY, jobs, owners: new Map(known) };
}

function textOf(digest: Digest | undefined): string {
  return plainText(digest?.text ?? [], NOW);
}

const REFUSAL = { limit: "limits.perRun.count", value: 10, would: 46, reserved: 0, scope: null };
const refusedChange = (index: number) => ({
  ...{ account: "111111111111", region: "us-east-1", target: arn(index), kind: "stop" },
  ...{ action: "ec2:StopInstances", reason: "no owner for 3 days" },
});

const mails = (day: Day) => digestsOf(day, SETTINGS);

Deno.test("a day on which nothing happened and all was proven has no mail", () => {
  assert.deepEqual(mails(dayOf([jobOf()])), []);
});

Deno.test("coverage below 100 % is told to the fallback, also when nothing happened, with each place", () => {
  const place = {
    ...{ account: "222222222222", region: "us-east-1", reason: "canary-absent" },
    detail: "the canary answered without its tags",
  };
  const short = runOf({
    coverage: { planned: 6, proven: 5, empty: 0 },
    unproven: { total: 1, places: [place] },
  });
  const [mail, ...others] = mails(dayOf([jobOf({ runs: [runOf(), short, runOf()] })]));
  assert.deepEqual(others, []);
  assert.equal(mail?.to, FALLBACK);
  assert.deepEqual(mail?.counts, { unproven: 1 });
  assert.match(mail!.subject, /coverage below 100 %/);
  const text = textOf(mail);
  assert.match(text, /1 of 3 runs did not prove all: at worst 5 of 6 account-regions/);
  assert.match(text, /in the last run 6 of 6\s+account-regions/);
  assert.match(text, /222222222222 +us-east-1 +canary-absent +1 of 3/);
  assert.ok(text.indexOf("at worst") < text.indexOf("Not proven"));
});

Deno.test("coverage comes first, and an owner is told in one line that it was not complete", () => {
  const runs = [runOf({ coverage: { planned: 6, proven: 5, empty: 0 } })];
  const day = dayOf([jobOf({ runs, entries: [entryOf(1, "stopped", "done")] })], {
    [arn(1)]: "alice",
  });
  const [alice, fallback] = mails(day);
  assert.deepEqual([alice?.to, fallback?.to], ["alice@example.com", FALLBACK]);
  const text = textOf(alice).replaceAll(/\s+/g, " ");
  assert.match(text, /Coverage of the day was below 100 %: audit: 1 of 1 run did not prove all/);
  assert.ok(text.indexOf("below 100 %") < text.indexOf("Stopped: 1"));
  assert.deepEqual(fallback?.counts, {});
});

Deno.test("what is empty in both sources could not be proven, and does not count", () => {
  const runs = [runOf({ coverage: { planned: 6, proven: 4, empty: 2 } })];
  assert.deepEqual(mails(dayOf([jobOf({ runs })])), []);
});

Deno.test("a day without a run is told, and a job that had applied changes before and did not run", () => {
  const [silent] = mails(dayOf([jobOf({ runs: [], isMissing: true })]));
  assert.match(textOf(silent), /No run of any job is recorded/);
  assert.doesNotMatch(textOf(silent), /No run of audit/);
  assert.equal(silent!.subject, "Groundskeeper 2026-11-30: no run");
  const [mail] = mails(dayOf([jobOf(), jobOf({ job: "repo", runs: [], isMissing: true })]));
  assert.match(textOf(mail), /No run of repo is recorded for this day/);
  assert.deepEqual(mails(dayOf([jobOf(), jobOf({ job: "repo", runs: [] })])), []);
});

Deno.test("a refused run is told with its limit and by how much, to owners and to the fallback", () => {
  const refused = runOf({
    refused: REFUSAL,
    refusedChanges: [refusedChange(1), refusedChange(2)],
    refusedTotal: 46,
  });
  // The same again an hour later: each change is told once.
  const day = dayOf([jobOf({ runs: [refused, refused] })], { [arn(1)]: "alice" });
  const [alice, fallback] = mails(day);
  assert.deepEqual([alice?.counts, fallback?.counts], [{ refused: 1 }, { refused: 1 }]);
  const words = (digest?: Digest) => textOf(digest).replaceAll(/\s+/g, " ");
  assert.match(
    words(alice),
    /stop .*limits\.perRun\.count allows 10, and the run would come to 46/,
  );
  assert.match(words(fallback), /Refused in 2 runs: audit apply: limits\.perRun\.count allows 10/);
  assert.match(words(fallback), /46 changes planned, none made/);
  assert.match(words(fallback), /owner unknown/);
});

Deno.test("a refused change that another run of the day has made is not told as refused", () => {
  const runs = [runOf({ refused: REFUSAL, refusedChanges: [refusedChange(1)], refusedTotal: 1 })];
  const day = dayOf([jobOf({ runs, entries: [entryOf(1, "stopped", "done")] })]);
  assert.deepEqual(mails(day)[0]?.counts, { stopped: 1 });
});

Deno.test("sections stand in the order of their weight, other jobs behind, and empty ones are left out", () => {
  const entries = [
    entryOf(1, "marked", "done"),
    entryOf(2, "terminated", "done"),
    entryOf(3, "stopped", "done"),
    entryOf(4, "stopped", "unknown"),
  ];
  const repo = jobOf({ job: "repo", entries: [entryOf(5, "permissions removed", "done")] });
  assert.deepEqual(Object.keys(mails(dayOf([repo, jobOf({ entries })]))[0]!.counts), [
    ...["terminated", "stopped", "marked", "repo: permissions removed", "not known"],
  ]);
});

Deno.test("what was marked has its deadline", () => {
  const upcoming = [{
    ...{ at: "2026-12-03T03:00:00.000Z", account: "111111111111", region: "us-east-1" },
    ...{ action: "ec2:StopInstances", target: arn(1), name: "web-3" },
    text: "to be stopped: no owner",
  }];
  const day = dayOf([jobOf({ upcoming, entries: [entryOf(1, "marked", "done")] })]);
  const text = textOf(mails(day)[0]).replaceAll(/\s+/g, " ");
  assert.match(text, /Marked: 1 .* 3 Dec 03:00: to be stopped: no owner/);
  assert.match(text, /3 Dec 03:00 prod us-east-1 web-3 \(instance\/i-0+1\)/);
});

Deno.test("what is due already comes with the next apply", () => {
  const upcoming = [{
    ...{ at: NOW.toISOString(), account: "111111111111", region: "us-east-1", name: null },
    ...{ action: "ec2:StopInstances", target: arn(1), text: "to be stopped: no owner" },
  }];
  const day = dayOf([jobOf({ upcoming, entries: [entryOf(1, "marked", "done")] })]);
  assert.match(textOf(mails(day)[0]), /^ {2}next apply +prod/m);
});

Deno.test("what comes next is no reason for a mail, but what cannot be undone within three days is", () => {
  const next = (days: number, isFinal: boolean) => ({
    at: new Date(NOW.getTime() + days * DAY_MS).toISOString(),
    ...{ account: "111111111111", region: "us-east-1", action: "ec2:TerminateInstances" },
    ...{ target: arn(1), name: null, text: "to be terminated", ...isFinal ? { isFinal } : {} },
  } as const);
  const sent = (days: number, isFinal: boolean) =>
    mails(dayOf([jobOf({ upcoming: [next(days, isFinal)] })])).length;
  assert.deepEqual([sent(2, true), sent(2, false), sent(4, true)], [1, 0, 0]);
});

Deno.test("an exemption that ends is told to the owners of its targets; one of unknown targets to the fallback", () => {
  const at = new Date(NOW.getTime() + 2 * DAY_MS).toISOString();
  const endings = [
    { at, targets: [arn(1), arn(2)], text: "an exemption ends: vendor image" },
    { at, targets: [], text: "an exemption ends: OPS-1" },
  ];
  const day = dayOf([jobOf({ endings })], { [arn(1)]: "alice", [arn(2)]: "alice" });
  assert.deepEqual(mails(day).map(({ to, counts }) => [to, counts]), [
    ["alice@example.com", { ending: 1 }],
    [FALLBACK, { ending: 1 }],
  ]);
});

Deno.test("a run that died is told to the fallback", () => {
  const runs = [runOf({ finished: null }), runOf({ died: true })];
  assert.match(textOf(mails(dayOf([jobOf({ runs })]))[0]), /2 runs of audit did not finish/);
});

const OWNERS = ["alice", "bob@example.com", "eve@attacker.example", undefined] as const;
const OUTCOMES = ["done", "pending", "failed", "unknown", "drifted", "skipped", null] as const;

const anyDay = fc.array(
  fc.record({
    owner: fc.constantFrom(...OWNERS),
    did: fc.constantFrom("terminated", "stopped", "marked", "cleared"),
    outcome: fc.constantFrom(...OUTCOMES),
  }),
  { maxLength: 30 },
);

propertyTest(
  "each thing that was done stands in exactly one mail, that of its owner, and nothing else is told as done",
  digestsOf,
  (subject) =>
    fc.assert(
      fc.property(anyDay, (things) => {
        const entries = things.map(({ did, outcome }, index) => entryOf(index, did, outcome));
        const owners = Object.fromEntries(
          things.flatMap(({ owner }, index) => owner ? [[arn(index), owner]] : []),
        );
        const digests = subject(dayOf([jobOf({ entries })], owners), SETTINGS);
        assert.equal(new Set(digests.map(({ to }) => to)).size, digests.length);
        const said = digests.flatMap(({ to, tables }) =>
          tables.flatMap(({ section, rows }) => rows.map((row) => `${to} ${section} ${row[2]}`))
        ).sort();
        const due = things.flatMap(({ owner, did, outcome }, index) => {
          const to = owner === "alice"
            ? "alice@example.com"
            : owner === "bob@example.com"
            ? owner
            : FALLBACK;
          const target = `instance/i-${String(index).padStart(17, "0")}`;
          if (outcome === "drifted" || outcome === "skipped") return [];
          const section = outcome !== "done"
            ? "not known"
            : did === "cleared"
            ? "audit: cleared"
            : did;
          return [`${to} ${section} ${target}`];
        }).sort();
        assert.deepEqual(said, due);
      }),
      FIXED,
    ),
  {
    "tells what is pending as done": (day, settings) =>
      digestsOf({
        ...day,
        jobs: day.jobs.map((job) => ({
          ...job,
          entries: job.entries.map((one) =>
            one.outcome === "pending" ? { ...one, outcome: "done" } : one
          ),
        })),
      }, settings),
    "leaves out what has no owner": (day, settings) =>
      digestsOf(day, settings).filter(({ to }) => to !== FALLBACK),
    "has two mails for one mailbox": (day, settings) => {
      const digests = digestsOf(day, settings);
      return [...digests, ...digests.slice(0, 1)];
    },
    "mixes up the owners": (day, settings) =>
      digestsOf({
        ...day,
        owners: new Map(
          [...day.owners].map((
            [target],
            index,
            all,
          ) => [target, all[(index + 1) % all.length]![1]]),
        ),
      }, settings),
  },
);

Deno.test("a subject is printable ASCII on one line, whatever a job says that it did", () => {
  const day = dayOf([
    jobOf({ entries: [entryOf(1, "stöpped\r\nBcc: x@attacker.example", "done")] }),
  ]);
  assert.match(mails(day)[0]!.subject, /^[ -~]{1,150}$/);
  assert.equal(visible(mails(day)[0]!.subject), mails(day)[0]!.subject);
});
