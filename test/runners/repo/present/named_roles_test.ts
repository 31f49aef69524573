import assert from "assert";
import fc from "fast-check";
import { anyPlan } from "../../../jobs/repo_texts.ts";
import { generated } from "../../core/properties.ts";
import { told } from "./plan_fixture.ts";

Deno.test("every role of a small plan that would lose something is named", () =>
  fc.assert(
    fc.property(anyPlan, (plan) => {
      const text = told(plan, { width: 100 });
      const [, would = ""] = /\n(Would[^]*?)\n\n[A-Z]/.exec(text) ?? [];
      const lines = would.split("\n").filter((line) => / (prod|data) /.test(line));
      assert.equal(lines.length, plan.changes.length);
    }),
    { seed: 20_261_122, numRuns: generated(100) },
  ));
