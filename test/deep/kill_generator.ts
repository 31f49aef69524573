import assert from "assert";
import type { Call } from "../aws/call_log.ts";
import type { Fault } from "../aws/faults.ts";
import type { Proxy } from "../aws/proxy.ts";
import type { Invocation, Ran } from "../e2e/command.ts";

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
  makeWorld(): Promise<KillWorld>;
}

/** How a call goes wrong. */
const MODES = ["killed before forwarding", "killed after the effect", "answer lost"] as const;
type Mode = typeof MODES[number];

/** What was tried, for the record. */
export interface KillReport {
  readonly calls: readonly string[];
  readonly cases: number;
}

/**
 * Learns the calls of an apply from a recorded run. Then, for every call and every mode, runs it in
 * a fresh world where that call goes wrong, runs it once more undisturbed, and expects the state to
 * be as if nothing had happened.
 *
 * @param isChosen leaves cases out, for a short run
 */
export async function killAtEveryCall(
  subject: KillSubject,
  isChosen: (index: number) => boolean = () => true,
): Promise<KillReport> {
  const { calls, state } = await recordedRun(subject);
  let cases = 0;
  for (const [index, name] of calls.entries()) {
    for (const [modeIndex, mode] of MODES.entries()) {
      if (!isChosen(index * MODES.length + modeIndex)) continue;
      cases++;
      await tryCase(
        subject,
        index,
        mode,
        state,
        `call ${index + 1} of ${calls.length}, ${name}: ${mode}`,
      );
    }
  }
  return { calls, cases };
}

async function recordedRun(
  subject: KillSubject,
): Promise<{ calls: readonly string[]; state: unknown }> {
  await using world = await subject.makeWorld();
  const { code, stderr } = await world.apply();
  assert.equal(code, 0, stderr);
  // Before the world is looked at, which makes calls of its own.
  const calls = world.proxy.calls.map(({ action }) => action);
  await world.assertWhole();
  return { calls, state: await world.state() };
}

async function tryCase(
  subject: KillSubject,
  index: number,
  mode: Mode,
  expected: unknown,
  name: string,
): Promise<void> {
  await using world = await subject.makeWorld();
  const child = Promise.withResolvers<Deno.ChildProcess>();
  let arrived = 0;
  const restore = world.proxy.onCall(async (call) =>
    arrived++ === index ? await faultOf(mode, call, child.promise) : undefined
  );
  const first = await world.apply({ onSpawn: child.resolve });
  restore();
  assert.ok(arrived > index, `${name}: the call was never made`);
  if (mode !== "answer lost") assert.equal(first.code, 137, `${name}: the process was not killed`);
  const second = await world.apply();
  assert.equal(second.code, 0, `${name}: the next run ended with ${second.code}\n${second.stderr}`);
  assert.deepEqual(await world.state(), expected, name);
}

/** SIGKILL to the real process: nothing inside of it has a say. */
function faultOf(mode: Mode, _call: Call, child: Promise<Deno.ChildProcess>): Fault {
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
  }
}
