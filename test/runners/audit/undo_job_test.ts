import assert from "assert";
import { auditWork } from "../../../runners/audit/job.ts";
import { undoJob } from "../../../runners/audit/undo/undo_job.ts";
import { configOf, DEV, PROD } from "./world.ts";

Deno.test("an account that has left the organization keeps no undo from being made", () => {
  const config = configOf({
    required: [{ key: "owner", when: { not: { accounts: [DEV] } } }],
    enforce: { accounts: { allExcept: [PROD] } },
  });
  assert.equal(auditWork.named(config).length, 2);
  const undo = undoJob({ runId: "01K00000000000000000000001", accounts: [], regions: [] });
  assert.deepEqual(undo.named?.(config) ?? [], []);
});
