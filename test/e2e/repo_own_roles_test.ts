import assert from "assert";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import { halfUsed, repoWorld } from "./repo_world.ts";

Deno.test("under a pattern of one's own none of the program's own roles loses anything", async () => {
  await using world = await repoWorld({
    roles: [halfUsed("acme-repo-apply"), halfUsed("acme-audit-observe"), halfUsed("app")],
    organization: { roles: "acme-{job}-{role}" },
  });
  const plan = await world.json<PlanDocument>("repo plan");
  assert.deepEqual(plan.changes.map(({ target }) => target), [world.arn("app")]);
  assert.deepEqual(
    plan.spared.map(({ target, reason }) => [target, reason]),
    ["acme-audit-observe", "acme-repo-apply"].map((name) => [world.arn(name), "groundskeeper"]),
  );
  const printed = await world.run("permissions repo --role apply");
  assert.match(printed.stdout, /"arn:aws:iam::\*:role\/\*\/acme-repo-apply"/);
});
