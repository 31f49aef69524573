import { ROOT } from "../architecture/module_graph.ts";
import { ALL, ONE, THREE } from "../infra/installations.ts";
import { stacksIn } from "../infra/synth.ts";
import { installInfra } from "../tasks/install_packages.ts";
import type { Benchmark, Contender, Goal, Result } from "./benchmark.ts";
import { partOf } from "./beside.ts";

/** What a synthesis wrote. */
type InfraTold = { readonly stacks: number; readonly kib: number };
type InfraResult = Result<InfraTold>;

/** As many as a configuration may name. */
const ACCOUNTS = 50;

/** The smallest program of CDKTF: what its packages alone take. */
const FLOOR = `
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic/index.js";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { App, TerraformStack } from "cdktf";
const app = new App({ outdir: Deno.env.get("CDKTF_OUTDIR") });
const stack = new TerraformStack(app, "hub");
new AwsProvider(stack, "aws", { region: "us-east-1" });
new SnsTopic(stack, "topic", { name: "topic" });
app.synth();
`;

/** The synthesis of infra: one account, as many as may be named, and a StackSet for all. */
export async function infraBenchmark(
  onProgress: (sentence: string) => void,
): Promise<Benchmark<InfraTold>> {
  onProgress("Installing CDKTF and the bindings of the provider");
  await installInfra();
  await using stack = new AsyncDisposableStack();
  const directory = await Deno.makeTempDir({ prefix: "groundskeeper-bench-" });
  stack.defer(() => Deno.remove(directory, { recursive: true }));
  const accounts = Array.from({ length: ACCOUNTS }, (_, at) => ({ id: String(200000000000 + at) }));
  const fifty = { ...THREE, organization: { ...THREE.organization, accounts } };
  const floor = `${directory}/floor.ts`;
  await Deno.writeTextFile(floor, FLOOR);
  const contenders = [
    synthesis("CDKTF alone", directory, [floor]),
    await infra("1 account", directory, ONE),
    await infra(`${ACCOUNTS} accounts`, directory, fifty),
    await infra("StackSet", directory, ALL),
  ];
  const owned = stack.move();
  return {
    name: "infra",
    about: "deno task synth without the look for packages, beside CDKTF with one resource",
    rounds: 5,
    contenders,
    columns: [
      { title: "stacks", align: "right", cell: ({ stacks }) => String(stacks) },
      { title: "KiB", align: "right", cell: ({ kib }) => kib.toFixed(0) },
    ],
    goals,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function infra(
  name: string,
  directory: string,
  content: object,
): Promise<Contender<InfraTold>> {
  const config = `${directory}/${name}.json`;
  await Deno.writeTextFile(config, JSON.stringify(content));
  return synthesis(name, directory, [`${ROOT}infra/main.ts`, "--config", config]);
}

function synthesis(
  name: string,
  directory: string,
  program: readonly string[],
): Contender<InfraTold> {
  const outdir = `${directory}/${name}`;
  return {
    name,
    program: () =>
      Promise.resolve({
        command: [
          ...[Deno.execPath(), "run", "-q", "--cached-only", "--no-prompt"],
          ...[`--config=${ROOT}infra/deno.json`, "-P=synth", `--allow-write=${outdir}`],
          ...program,
        ],
        cwd: ROOT,
        env: { CDKTF_OUTDIR: outdir },
        exitCodes: [0],
      }),
    told: () => {
      const stacks = Object.values(stacksIn(outdir));
      const bytes = stacks.reduce((sum, stack) => sum + JSON.stringify(stack).length, 0);
      return Promise.resolve({ stacks: stacks.length, kib: bytes / 1_024 });
    },
  };
}

function goals([floor, one, fifty, set]: readonly InfraResult[]): readonly Goal[] {
  const beside = (own: InfraResult, wall: number, memory: number) =>
    [
      partOf(floor!, own, "wall time", "wallMs", wall),
      partOf(floor!, own, "memory", "peakMib", memory),
    ].map(({ text, reached }) => ({ text: `${own.contender}: ${text}`, reached }));
  return [...beside(one!, 3, 2), ...beside(fifty!, 4, 3), ...beside(set!, 3, 2)];
}
