import { RETENTION_MS } from "../../runners/core/store/store.ts";
import { connectLocalAws } from "../aws/local_aws.ts";
import "../aws/start_shared_both.ts";
import { newTable, openAt } from "../runners/adapters/dynamodb_table.ts";
import { serveKilledAtEveryCall, SERVING } from "../runners/core/queue/killed_serving.ts";

Deno.test("killed at any call and started again with its store in a table, every message is done and answered", async () => {
  await using aws = await connectLocalAws({ services: { ministack: true } });
  const time = { now: () => SERVING.now(), retentionMs: RETENTION_MS };
  await serveKilledAtEveryCall(() => openAt(newTable(aws.endpoint), { time }));
});
