import { auditKillSubject } from "./audit_kill_world.ts";
import { killAtEveryCall } from "./kill_generator.ts";

Deno.test("an audit that is killed at any call, or loses any answer, converges in the next run", async () => {
  const { calls, cases } = await killAtEveryCall(auditKillSubject);
  console.log(`${calls.length} calls, ${cases} cases: ${[...new Set(calls)].join(", ")}`);
});
