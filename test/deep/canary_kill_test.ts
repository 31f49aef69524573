import { canaryKillSubject } from "./canary_kill_world.ts";
import { killAtEveryCall } from "./kill_generator.ts";
import { inFile } from "./kill_store.ts";

Deno.test("the making of canaries leaves one in each region, wherever it is killed", async () => {
  console.log(await killAtEveryCall(canaryKillSubject(inFile)));
});
