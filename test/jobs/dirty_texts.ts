import fc from "fast-check";
import type { Failure } from "../../runners/core/aws/failure.ts";
import { PLAIN_COMMAND } from "../../runners/core/cli/next_command.ts";
import { textStyle } from "../../runners/core/cli/text_style.ts";
import { partsOf } from "../../runners/core/parts.ts";
import { plannedOf } from "../../runners/core/plan/document.ts";
import { type ChangeOutcome, withOutcomes } from "../../runners/core/run/run_document.ts";
import type { Text } from "../../runners/core/text/sections.ts";
import { terminalText } from "../../runners/core/text/terminal_text.ts";
import { dirtySchema } from "../../runners/dirty/config.ts";
import type { ObservedInstance } from "../../runners/dirty/instances.ts";
import { type EventRow, newInstance } from "../../runners/dirty/ledger.ts";
import { type DirtyTypes, plan as planOf } from "../../runners/dirty/plan.ts";
import { explain } from "../../runners/dirty/present/explain.ts";
import { dirtyText } from "../../runners/dirty/present/page.ts";
import type { Entry } from "../../runners/dirty/standing.ts";
import { NOBODY } from "../../runners/dirty/told.ts";
import { listText, showText } from "../../runners/dirty/verbs/list.ts";
import { verifyText } from "../../runners/dirty/verbs/verify.ts";
import type { JobTexts } from "./texts.ts";

const NOW = new Date("2026-11-20T21:00:00.000Z");
const EARLIER = "2026-11-18T09:00:00.000Z";
const ACCOUNT = "111111111111";
const REGION = "us-east-1";
const VALUE = "gk1:1795000000:pam";

const idOf = (number: number) => `i-${number.toString(16).padStart(17, "0")}`;

/** An instance, what the ledger has of it, and what happened on it. */
type Case = {
  readonly instance: ObservedInstance;
  readonly entry: Entry;
  readonly events: readonly EventRow[];
};

type World = {
  readonly cases: readonly Case[];
  readonly accountName: string;
  /** Why a second Region was not read. */
  readonly failure: Failure | null;
};

type CaseParts = {
  readonly number: number;
  /** Stands wherever a text from outside may stand. */
  readonly text: string;
  readonly marks: number;
  readonly doubts: number;
  readonly spoke: boolean;
  readonly cleared: boolean;
  readonly tag: string | null;
  readonly isGone: boolean;
};

function caseOf(parts: CaseParts): Case {
  const { number, text, marks, doubts, spoke, cleared, tag, isGone } = parts;
  const id = idOf(number);
  const mark = { id: text, event: text, source: text, at: EARLIER, level: "verified" } as const;
  const hello = {
    ...{ id: text, at: EARLIER, level: "verified" as const, sender: text },
    ...{ version: text, dropped: 0 },
  };
  return {
    instance: {
      arn: `arn:aws:ec2:${REGION}:${ACCOUNT}:instance/${id}`,
      ...{ id, state: "running", launched: "2026-11-01T00:00:00.000Z", name: text, group: text },
      ...{ profile: null, mark: tag },
    },
    entry: {
      row: {
        ...newInstance(REGION),
        ...{ events: marks + doubts, marks, doubts },
        since: marks > 0 ? mark : null,
        last: marks > 0 ? mark : null,
        hello: spoke ? hello : null,
        gone_at: isGone ? EARLIER : null,
      },
      clearance: cleared
        ? { at: EARLIER, reason: text, by: text, marks: 0, doubts: 0, value: VALUE }
        : undefined,
      tag: marks > 0 ? { value: VALUE, state: "forbidden", at: EARLIER, detail: text } : undefined,
    },
    events: Array.from({ length: marks + doubts }, (_, at) => eventOf(text, at < marks)),
  };
}

function eventOf(text: string, isProven: boolean): EventRow {
  return {
    ...{ event: text, source: text, region: REGION, at: EARLIER, received_at: EARLIER },
    level: isProven ? "verified" : "claimed",
    verification: isProven ? "done" : "refuted",
    ...{ sender: text, marking: true, counts: isProven ? "mark" : null, ignored: !isProven },
    who: {
      ...NOBODY,
      ...{ user: text, from: text, service: text, principalArn: text, document: text },
      ssh: {
        ...{ method: text, keyType: text, keySha256: text },
        certificate: { id: text, principals: [text, text] },
      },
    },
    detail: { [text]: text },
  };
}

const USUAL = {
  ...{ number: 1, text: "web", marks: 0, doubts: 0, spoke: true },
  ...{ cleared: false, tag: null, isGone: false },
};

function planningOf({ cases, accountName: name, failure }: World) {
  const regions = [
    { region: REGION, failure: null, things: cases.map(({ instance }) => instance) },
    ...failure ? [{ region: "eu-west-1", failure, things: [] }] : [],
  ];
  const ledger = new Map(cases.map(({ instance, entry }) => [instance.id, entry]));
  return {
    config: { ...dirtySchema.parse({}), clear: null },
    observed: partsOf([{ id: ACCOUNT, name, regions }]),
    earlier: new Map([[ACCOUNT, ledger]]),
    now: NOW,
  };
}

/** What people read of a world on a terminal, by the verbs that show texts from outside. */
function told(world: World, width = 100, outcome?: ChangeOutcome): string[] {
  const { cases, failure } = world;
  const planning = planningOf(world);
  const plan = plannedOf<DirtyTypes>({
    ...{ job: "dirty", plan: planOf(planning), observedHash: () => "sha256:observed" },
    ...{ configHash: "sha256:config", asOf: NOW, hypothetical: false },
    ...{ refused: null, limits: [], pending: [] },
  });
  const at = NOW.toISOString();
  const ended = new Map(outcome ? plan.changes.map(({ id }) => [id, outcome]) : []);
  const run = {
    ...{ run_id: "01JD0000000000000000000000", slot: at, started: at, finished: at },
    ...{ changes: withOutcomes<DirtyTypes>(plan.changes, ended), ownWrites: [], settled: [] },
  };
  const command = PLAIN_COMMAND;
  const rendered = {
    ...{ config: planning.config, plan, run: outcome ? run : null, command },
    ...{ settings: [], planFile: null, written: [], asking: false },
  };
  const place = { account: ACCOUNT, region: REGION };
  const unproven = failure ? [{ ...place, region: "eu-west-1", ...failure }] : [];
  const differences = cases.map(({ instance: { id } }) => (
    { ...place, id, what: "tag-missing" as const, tag: VALUE }
  ));
  const texts: Text[] = [
    dirtyText(rendered),
    verifyText({ differences, unproven, unheard: [place] }, command),
    verifyText({ differences: [], unproven, unheard: [] }, command),
    ...cases.flatMap(({ instance: { id }, entry, events }) => [
      showText({ id, ...place, entry, events, now: NOW }, command),
      explain({ subject: id, planning, plan, journal: [], command })!.text,
    ]),
  ];
  return texts.map((text) => shown(text, width));
}

function shown(text: Text, width: number): string {
  return terminalText(text, { style: textStyle({ color: false, width }), now: NOW });
}

/** The list of dirty instances. It has no text from outside. */
function listed({ cases }: World, width: number): string {
  const dirty = cases.map(({ instance: { id }, entry: { row, tag } }) => (
    { account: ACCOUNT, id, ...row!, tag: tag?.state ?? null }
  ));
  return shown(listText(dirty, PLAIN_COMMAND), width);
}

const HEALTHY: World = { cases: [], accountName: "prod", failure: null };
const LONG = "no ".repeat(60);

const WORLDS: readonly World[] = [
  HEALTHY,
  { ...HEALTHY, cases: [caseOf(USUAL)] },
  { ...HEALTHY, cases: [caseOf({ ...USUAL, spoke: false })] },
  { ...HEALTHY, cases: [caseOf({ ...USUAL, marks: 2, doubts: 1 })] },
  { ...HEALTHY, cases: [caseOf({ ...USUAL, marks: 1, isGone: true })] },
  { ...HEALTHY, cases: [caseOf({ ...USUAL, doubts: 1, tag: VALUE })] },
  { ...HEALTHY, cases: [caseOf({ ...USUAL, cleared: true, tag: VALUE })] },
  { ...HEALTHY, failure: { reason: "access-denied", detail: LONG } },
  {
    ...HEALTHY,
    cases: Array.from({ length: 30 }, (_, number) => (
      caseOf({ ...USUAL, number, text: LONG, marks: 1 + number % 3 })
    )),
  },
];

const anyCase = fc.record({
  text: fc.stringMatching(/^[a-z][a-z0-9 ._-]{0,30}[a-z]$/),
  marks: fc.nat(3),
  doubts: fc.nat(3),
  spoke: fc.boolean(),
  cleared: fc.boolean(),
  tag: fc.constantFrom(null, VALUE),
  isGone: fc.boolean(),
});

/** What is told where this text stands wherever one from outside may stand. */
function toldWith(text: string): string[] {
  const world = {
    cases: [caseOf({ ...USUAL, text, marks: 1, doubts: 1, cleared: true })],
    accountName: text,
    failure: { reason: text, detail: text },
  };
  const failed = { outcome: "failed", error: { code: text, message: text }, at: EARLIER } as const;
  return [...told(world), ...told(world, 100, failed)];
}

export const texts: JobTexts = {
  of: toldWith,
  stories: (width) => WORLDS.flatMap((world) => [listed(world, width), ...told(world, width)]),
  any: fc.array(anyCase, { maxLength: 6 }).map((all) => (width) =>
    told({ ...HEALTHY, cases: all.map((one, number) => caseOf({ ...one, number })) }, width)
  ),
};
