import type { PlanDocument } from "../../runners/core/plan/document.ts";
import { ROOT } from "../architecture/module_graph.ts";
import { startLocalAws, upstreamVariable } from "../aws/local_aws.ts";
import { type AuditWorld, auditWorld, REGIONS } from "../e2e/audit_world.ts";
import { callsBeside, partOf } from "./beside.ts";
import type { Benchmark, Contender, Goal, Result } from "./benchmark.ts";
import { c7nOrg } from "./c7n_org.ts";
import { type AuditTold, GROUPS, sortFound, tellFound } from "./violators.ts";

type AuditResult = Result<AuditTold>;

const ACCOUNTS = 5;
/** What c7n-org starts by itself where there is one processor; its memory grows with them. */
const FEW_WORKERS = 4;

/**
 * An audit plan over five accounts × two regions × 150 instances, beside a report of Cloud
 * Custodian's on the same tags. No account is enforced: both only look.
 */
export async function auditPlanBenchmark(
  onProgress: (sentence: string) => void,
): Promise<Benchmark<AuditTold>> {
  await using stack = new AsyncDisposableStack();
  const aws = stack.use(await startLocalAws({ onProgress }));
  Deno.env.set(upstreamVariable, JSON.stringify(aws.upstream));
  const world = stack.use(
    await auditWorld({ groups: GROUPS, accounts: ACCOUNTS, enforced: [] }),
  );
  const contenders = [
    groundskeeper(world),
    await c7nOrg(world, { onProgress }),
    await c7nOrg(world, { workers: FEW_WORKERS, onProgress }),
  ];
  const owned = stack.move();
  return {
    name: "audit-plan",
    about: "audit plan over 5 accounts × 2 regions × 150 instances, of which 10 have no owner " +
      "and 5 an empty one",
    rounds: 5,
    contenders,
    columns: [
      { title: "calls", align: "right", cell: ({ calls }) => String(calls) },
      { title: "found", cell: ({ found }) => found },
    ],
    goals,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function groundskeeper(world: AuditWorld): Contender<AuditTold> {
  const { proxy, environment } = world.aws;
  return {
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
        env: { ...environment, INIT_CWD: world.directory },
        exitCodes: [0],
      });
    },
    told: (stdout) => {
      const { findings } = JSON.parse(stdout) as PlanDocument & { findings: { id: string }[] };
      const ids = new Set(findings.map(({ id }) => id));
      return Promise.resolve({
        calls: proxy.calls.length,
        ...tellFound(sortFound(world, ids)),
      });
    },
  };
}

/** What the audit shall reach beside c7n-org, and what its proofs may cost on top. */
function goals(results: readonly AuditResult[]): readonly Goal[] {
  const [ours, other, ...others] = results as readonly [
    AuditResult,
    AuditResult,
    ...AuditResult[],
  ];
  return [
    ...[other, ...others].flatMap((each) => [
      partOf(each, ours, "CPU", "cpuMs", 0.25),
      partOf(each, ours, "memory", "peakMib", 0.5),
    ]),
    callsBeside(other, ours, [
      { calls: ACCOUNTS * REGIONS.length, reason: "proofs, one for each region with candidates" },
      { calls: ACCOUNTS, reason: "identities, one for each account" },
      { calls: 1, reason: "for the caller" },
    ]),
    {
      text: `${ours.missed} missed or wrongly told, and ${other.missed} by ${other.contender}; ` +
        `wanted: 0`,
      reached: ours.missed === 0,
    },
  ];
}
