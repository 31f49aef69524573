import assert from "assert";
import pLimit from "p-limit";
import { messageOf } from "../../runners/core/errors.ts";
import type { Call } from "../aws/call_log.ts";
import type { Fault } from "../aws/faults.ts";
import type { Proxy } from "../aws/proxy.ts";
import type { Invocation, Ran } from "../e2e/command.ts";
import { comparable } from "./comparable.ts";
import { tableQuestion } from "./table_calls.ts";

/** A job's world that a killed run is tried in. A fresh one is made for every case. */
export interface KillWorld extends AsyncDisposable {
  readonly proxy: Proxy;
  /** Runs the job's apply as a real process. */
  apply(more?: Partial<Invocation>): Promise<Ran>;
  /**
   * What the accounts and the store hold, without what must differ from run to run: instants, ids.
   * Equal states mean that nothing had happened in between.
   */
  state(): Promise<unknown>;
  /** Throws unless everything that the job wants is there, so that an empty state is no success. */
  assertWhole(): Promise<void>;
}

/** A job, as the generator sees it. */
export interface KillSubject {
  readonly job: string;
  /** Default: all but "refused", after which the state of most jobs tells of it. */
  readonly modes?: readonly KillMode[];
  makeWorld(): Promise<KillWorld>;
}

/** How a call goes wrong. */
export type KillMode =
  | "killed before forwarding"
  | "killed after the effect"
  | "answer lost"
  /** AWS says that it is not allowed, and nothing happens. */
  | "refused";

const MODES: readonly KillMode[] = [
  "killed before forwarding",
  "killed after the effect",
  "answer lost",
];

/** How many cases run at once: mostly they wait, for a lease or for an answer. */
const AT_ONCE = 3;

/**
 * A call, told apart by what it asks: in which order they come is up to ids and to the network, and
 * both are others in every world.
 */
interface KnownCall {
  readonly action: string;
  readonly key: string;
  /** Which of the calls that ask the same, counted from 1. */
  readonly nth: number;
}

/** One thing that goes wrong. */
export interface KillCase {
  readonly call: KnownCall;
  readonly mode: KillMode;
}

/**
 * Learns the calls of an apply from a recorded run. Then, for every call and every mode, runs it in
 * a fresh world where that call goes wrong, runs it once more undisturbed, and expects the state to
 * be as if nothing had happened.
 *
 * @param isChosen leaves cases out, for a short run
 * @returns how much was tried, as a sentence
 * @throws AggregateError naming every case that did not converge
 */
export async function killAtEveryCall(
  subject: KillSubject,
  isChosen: (one: KillCase) => boolean = () => true,
): Promise<string> {
  const { calls, state } = await recordedRun(subject);
  const { modes = MODES } = subject;
  const cases = calls.flatMap((call) => modes.map((mode) => ({ call, mode }))).filter(isChosen);
  const limit = pLimit(AT_ONCE);
  const ended = await Promise.allSettled(
    cases.map((one) => limit(() => tryCase(subject, one, state))),
  );
  const failures = ended.flatMap((one, index) => {
    const { call: { key, nth }, mode } = cases[index]!;
    if (one.status === "fulfilled") return [];
    return [new Error(`${key} (${nth}): ${mode}: ${messageOf(one.reason)}`, { cause: one.reason })];
  });
  if (failures.length > 0) {
    throw new AggregateError(failures, failures.map(messageOf).join("\n\n"));
  }
  const actions = new Set(calls.map(({ action }) => action));
  return `${calls.length} calls, ${cases.length} cases: ${[...actions].join(", ")}`;
}

async function recordedRun(
  subject: KillSubject,
): Promise<{ calls: readonly KnownCall[]; state: unknown }> {
  await using world = await subject.makeWorld();
  const { code, stderr } = await world.apply();
  assert.equal(code, 0, stderr);
  // Before the world is looked at, which makes calls of its own.
  const known = recogniser();
  const calls = world.proxy.calls.map(known);
  await world.assertWhole();
  return { calls, state: await world.state() };
}

/** Tells the calls of one world apart as they arrive. */
function recogniser(): (call: Call) => KnownCall {
  const seen = new Map<string, number>();
  return (call) => {
    const { action } = call;
    const key = action.startsWith("dynamodb:") ? tableQuestion(call) : questionOf(call);
    const nth = (seen.get(key) ?? 0) + 1;
    seen.set(key, nth);
    return { action, key, nth };
  };
}

/** What a call asks, without what signs it. */
function questionOf({ action, region, parameters }: Call): string {
  const asked = Object.entries(parameters).filter(([name]) => !name.startsWith("X-Amz-"));
  return JSON.stringify(comparable([action, region, Object.fromEntries(asked)], new Map()));
}

async function tryCase(
  subject: KillSubject,
  { call: wanted, mode }: KillCase,
  expected: unknown,
): Promise<void> {
  await using world = await subject.makeWorld();
  const child = Promise.withResolvers<Deno.ChildProcess>();
  const known = recogniser();
  let arrived = false;
  const restore = world.proxy.onCall((call) => {
    const { key, nth } = known(call);
    if (key !== wanted.key || nth !== wanted.nth) return undefined;
    arrived = true;
    return faultOf(mode, child.promise);
  });
  const first = await world.apply({ onSpawn: child.resolve });
  restore();
  assert.ok(arrived, "the call was never made");
  const dies = mode !== "answer lost" && mode !== "refused";
  if (dies) assert.equal(first.code, 137, "the process was not killed");
  const second = await world.apply();
  assert.equal(second.code, 0, `the next run ended with ${second.code}\n${second.stderr}`);
  assert.deepEqual(await world.state(), expected);
}

/** SIGKILL to the real process: nothing inside of it has a say. */
function faultOf(mode: KillMode, child: Promise<Deno.ChildProcess>): Fault {
  const kill = async () => {
    const process = await child;
    process.kill("SIGKILL");
    await process.status;
  };
  switch (mode) {
    case "killed before forwarding":
      return { kind: "drop", beforeForward: kill };
    case "killed after the effect":
      return { kind: "lose-answer", afterEffect: kill };
    case "answer lost":
      return { kind: "lose-answer" };
    case "refused":
      return { kind: "error", code: "AccessDenied", status: 403 };
  }
}
