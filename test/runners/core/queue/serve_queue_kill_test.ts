import { MemoryStore } from "../../../../runners/adapters/memory/memory_store.ts";
import { RETENTION_MS } from "../../../../runners/core/store/store.ts";
import { serveKilledAtEveryCall, SERVING } from "./killed_serving.ts";

Deno.test("killed at any call and started again, every message is done and answered", async () => {
  const time = { now: () => SERVING.now(), retentionMs: RETENTION_MS };
  await serveKilledAtEveryCall(() => Promise.resolve(new MemoryStore(undefined, time)));
});
