import type { PlanDocument } from "../../runners/core/plan/document.ts";
import { ROOT } from "../architecture/module_graph.ts";
import { auditWorld, groupsOf } from "../e2e/audit_world.ts";
import type { Benchmark } from "./benchmark.ts";

/** An audit plan over five accounts × two regions × 150 instances. */
export async function auditPlanBenchmark(): Promise<Benchmark> {
  const world = await auditWorld({ groups: groupsOf(135, 15), accounts: 5 });
  const { proxy } = world.aws;
  return {
    name: "audit-plan",
    about: "audit plan over 5 accounts × 2 regions × 150 instances, a tenth without owner",
    contenders: [{
      name: "groundskeeper",
      program: () => {
        proxy.clearCalls();
        return Promise.resolve({
          command: [
            Deno.execPath(),
            "run",
            "-q",
            "--cached-only",
            `--config=${ROOT}deno.json`,
            "-P=audit",
            `${ROOT}runners/main.ts`,
            "audit",
            "plan",
            "--json",
          ],
          cwd: world.directory,
          env: { ...world.aws.environment, INIT_CWD: world.directory },
          exitCodes: [0],
        });
      },
      told: (stdout) => {
        const { findings, totals } = JSON.parse(stdout) as PlanDocument & { findings: unknown[] };
        return {
          calls: proxy.calls.length,
          found: `${findings.length} of ${totals.examined} break the rules`,
        };
      },
    }],
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}
