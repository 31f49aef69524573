import { auditKillSubject } from "./audit_kill_world.ts";
import { killAtEveryCall } from "./kill_generator.ts";
import { inFile } from "./kill_store.ts";
import { ladderKillSubject } from "./ladder_kill_world.ts";

Deno.test("an audit that is killed at any call, or loses any answer, converges in the next run", async () => {
  console.log(await killAtEveryCall(auditKillSubject(inFile)));
});

Deno.test("an audit that marks, stops, lifts, terminates and gives back converges too, wherever it is killed", async () => {
  console.log(await killAtEveryCall(ladderKillSubject(inFile)));
});
