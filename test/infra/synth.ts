import { ROOT } from "../architecture/module_graph.ts";

/** What a synthesis left. */
export type Synthesized = {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
};

/** What a synthesis is started with. */
type How = {
  /** The deno.json by which packages are found, from the project's root. */
  readonly packages?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
};

/**
 * Runs `infra/main.ts` in a process of its own, under its permission set, with the output in a
 * folder of the caller's. The packages must be installed.
 *
 * @param outdir where the output goes, which need not be there yet
 */
export async function synthesis(
  outdir: string,
  { packages = "infra/deno.json", args = [], env = {} }: How = {},
): Promise<Synthesized> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-q",
      "--cached-only",
      "--no-prompt",
      `--config=${packages}`,
      "-P=synth",
      `--allow-write=${outdir}`,
      "infra/main.ts",
      ...args,
    ],
    cwd: ROOT,
    env: { ...env, CDKTF_OUTDIR: outdir },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** A folder with a configuration and what was made of it. */
export type Output = AsyncDisposable & {
  /** The folder itself. */
  readonly folder: string;
  readonly outdir: string;
  /** The stacks by name, as Terraform reads them. */
  readonly stacks: Readonly<Record<string, Stack>>;
  /** What the synthesis told. */
  readonly told: string;
};

/** A stack as JSON; a resource's arguments by its type and its name. */
export type Stack = {
  readonly provider: { readonly aws: readonly Readonly<Record<string, unknown>>[] };
  readonly resource: Readonly<Record<string, Readonly<Record<string, Arguments>>>>;
  readonly terraform: Readonly<Record<string, unknown>>;
};
export type Arguments = Readonly<Record<string, unknown>>;

/**
 * Synthesizes a configuration in a temporary folder.
 *
 * @throws Error with what it said, if that fails
 */
export async function synthesized(content: unknown, how: How = {}): Promise<Output> {
  const folder = await Deno.makeTempDir({ prefix: "groundskeeper-infra-" });
  const outdir = `${folder}/cdktf.out`;
  const config = `${folder}/groundskeeper.json`;
  await Deno.writeTextFile(config, JSON.stringify(content));
  const { code, stderr } = await synthesis(outdir, { ...how, args: ["--config", config] });
  if (code !== 0) throw new Error(`The synthesis ended with ${code}: ${stderr}`);
  return {
    folder,
    outdir,
    stacks: stacksIn(outdir),
    told: stderr,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** The stacks in an output by name, in the order of their names. */
export function stacksIn(outdir: string): Record<string, Stack> {
  const names = [...Deno.readDirSync(`${outdir}/stacks`)].map(({ name }) => name).sort();
  return Object.fromEntries(names.map((name) => [
    name,
    JSON.parse(Deno.readTextFileSync(`${outdir}/stacks/${name}/cdk.tf.json`)) as Stack,
  ]));
}
