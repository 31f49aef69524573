import { dirname } from "node:path";
import { filesIn } from "../architecture/pages.ts";
import { ROOT } from "../architecture/module_graph.ts";
import { copied, instructionsIn, isInContext, variablesIn } from "./dockerfile.ts";

/** An image in a folder, which stands for its root. */
export type Image = {
  readonly root: string;
  /** Its variables, with their paths below `root`. */
  readonly env: Readonly<Record<string, string>>;
  readonly entryPoint: string;
  readonly volumes: readonly string[];
  /** Numbers of user and group, with a colon. */
  readonly user: string;
};

type Stage = { root: string; directory: string; env: Record<string, string>; path: string };

const run = async (program: string, args: readonly string[], more: Deno.CommandOptions = {}) => {
  const { success, stderr } = await new Deno.Command(program, { args: [...args], ...more })
    .output();
  if (!success) {
    throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  }
};

/**
 * Builds the image of container/Dockerfile as far as that goes without a container engine: each stage
 * is a folder on this machine, which stands for both base images; an absolute path of an instruction
 * lies in it. Packages come from the registry of npm, and nothing from the caches of this machine.
 *
 * @param folder where the stages are made
 */
export async function buildInFolder(folder: string): Promise<Image> {
  const ignore = await Deno.readTextFile(`${ROOT}.dockerignore`);
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  let left: Pick<Image, "entryPoint" | "volumes" | "user"> = {
    entryPoint: "",
    volumes: [],
    user: "",
  };
  const below = (path: string, { root, directory } = stage!) =>
    path.startsWith("/") ? `${root}${path}` : `${directory}/${path}`;
  for (const { name, text } of instructionsIn(await Deno.readTextFile(DOCKERFILE))) {
    switch (name) {
      case "ARG":
        break;
      case "FROM": {
        const [, as = "last"] = /^\S+(?: AS (\w+))?$/.exec(text)!;
        const root = `${folder}/${as}`;
        await Deno.mkdir(`${root}/usr/local/bin`, { recursive: true });
        stage = { root, directory: root, env: {}, path: `${root}/usr/local/bin` };
        stages.set(as, stage);
        break;
      }
      case "WORKDIR":
        stage!.directory = below(text);
        await Deno.mkdir(stage!.directory, { recursive: true });
        break;
      case "ENV":
        for (const [key, value] of Object.entries(variablesIn(text))) {
          stage!.env[key] = value.startsWith("/") ? below(value) : value;
        }
        break;
      case "COPY": {
        const { from, sources, to } = copied(text);
        if (from === undefined) await copyContext(ignore, sources, below(to));
        // A shell expands the patterns.
        else {await shell(`cp -r ${
            sources.map((path) => below(path, stages.get(from)!)).join(" ")
          } ${below(to)}`);}
        break;
      }
      case "RUN":
        await shell(text.replaceAll(/(?<=^|\s)\/[\w/.-]+/g, (path) => below(path)), stage!);
        break;
      case "USER":
        left = { ...left, user: text };
        break;
      case "VOLUME":
        left = { ...left, volumes: (JSON.parse(text) as string[]).map((path) => below(path)) };
        break;
      case "ENTRYPOINT":
        left = { ...left, entryPoint: below((JSON.parse(text) as string[])[0]!) };
        break;
      default:
        throw new Error(`The instruction ${name} is not known here`);
    }
  }
  const { root, env, path } = stage!;
  return { root, env: { ...env, PATH: `${path}:${Deno.env.get("PATH")}` }, ...left };
}

const DOCKERFILE = `${ROOT}container/Dockerfile`;

/** Copies files of the checkout, as far as they are in the context; the mode of a file stays. */
async function copyContext(ignore: string, sources: readonly string[], to: string): Promise<void> {
  for (const source of sources) {
    const { isFile } = await Deno.stat(`${ROOT}${source}`);
    const files = isFile ? [`${ROOT}${source}`] : filesIn(`${ROOT}${source}`);
    for (const file of files.filter((file) => isInContext(ignore, file.slice(ROOT.length)))) {
      const copy = isFile ? `${to}/${source}` : `${to}${file.slice(`${ROOT}${source}`.length)}`;
      await Deno.mkdir(dirname(copy), { recursive: true });
      await Deno.copyFile(file, copy);
    }
  }
}

async function shell(command: string, stage?: Stage): Promise<void> {
  // Only root gives files away.
  if (Deno.uid() !== 0 && command.includes("chown")) command = command.replace(/ && chown.*/, "");
  await run(
    "sh",
    ["-ec", command],
    stage && {
      cwd: stage.directory,
      clearEnv: true,
      env: {
        ...stage.env,
        PATH: `${stage.path}:${Deno.env.get("PATH")}`,
        HOME: stage.root,
        ...npmSettings(),
      },
    },
  );
}

/** How this machine reaches its registry. */
function npmSettings(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Deno.env.toObject()).filter(([name]) =>
      /^npm_config_|_proxy$|^NODE_EXTRA_CA_CERTS$/i.test(name)
    ),
  );
}
