import assert from "assert";
import type { Hook } from "../aws/faults.ts";
import { auditKillState } from "./audit_kill_state.ts";
import { killAtEveryCall } from "./kill_generator.ts";
import { inFile } from "./kill_store.ts";
import { ladderWorld } from "./ladder_kill_world.ts";
import { undoKillSubject } from "./undo_kill_world.ts";

Deno.test("an undo that is killed at any call, or loses any answer, converges in the next run", async () => {
  console.log(await killAtEveryCall(undoKillSubject(inFile)));
});

/** Where the run dies that is to be undone, and what it had stopped by then. */
const DEATHS = [
  { kind: "drop", hook: "beforeForward", stopped: false },
  { kind: "lose-answer", hook: "afterEffect", stopped: true },
] as const;

for (const { kind, hook, stopped } of DEATHS) {
  Deno.test(`a run that has died ${stopped ? "after" : "before"} it stopped anything is undone, and the next apply settles the rest`, async () => {
    const store = inFile();
    await using world = await ladderWorld(store);
    const child = Promise.withResolvers<Deno.ChildProcess>();
    const kill: Hook = async () => (await child.promise).kill("SIGKILL");
    const end = world.aws.proxy.onCall(({ action }) =>
      action === "ec2:StopInstances" ? { kind, [hook]: kill } : undefined
    );
    assert.equal((await world.run("audit apply --yes", { onSpawn: child.resolve })).code, 137);
    end();
    const states = async () => {
      const { instances } = await auditKillState(world, store);
      return ["due-a", "due-b"].map((name) => instances[`us-east-1/${name}`]?.state);
    };
    // Of the store nothing may be readable yet.
    const session = world.aws.proxy.calls.find(({ action }) => action === "sts:AssumeRole")!;
    const runId = session.parameters["RoleSessionName"]!.split("-").at(-1);
    const undo = await world.run(`audit apply --yes --undo-run ${runId}`);
    // The IDs of the instances decide whether the terminations came before the stops.
    const ended = /termination cannot be undone/.test(undo.stdout);
    assert.equal(undo.code, ended ? 3 : 0, undo.stderr);
    assert.deepEqual(await states(), ["running", "running"]);

    const { journal } = await auditKillState(world, store);
    assert.deepEqual(
      journal.filter(({ target }) => /due/.test(target)).map(({ deed, target, outcome }) =>
        `${deed} ${target.split("/").at(-1)} ${outcome}`
      ),
      stopped
        ? ["start due-a done", "stop due-a done", "start due-b done", "stop due-b done"]
        : ["stop due-a failed", "stop due-b failed"],
    );
    await world.run("audit apply --yes");
    const { open, unfinished } = await auditKillState(world, store);
    assert.deepEqual([open, unfinished], [0, []]);
  });
}
