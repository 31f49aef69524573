import { join } from "node:path";
import { cacheFolder } from "../aws/cache_folder.ts";
import { withFileLock } from "../aws/file_lock.ts";
import { runTool } from "../aws/run_tool.ts";

/** The versions that are tried, each with the oldest Java that runs it. */
const JAVA = { "9.5.3": 21, "8.19.21": 17 } as const;

export type ElasticsearchVersion = keyof typeof JAVA;

/** A server of Elasticsearch's own build for integration tests, on this machine alone. */
export interface RunningElasticsearch extends AsyncDisposable {
  /** Such as `http://127.0.0.1:40000`. */
  readonly node: string;
}

/** Why a version cannot be tried here; undefined: it can. */
export function missingElasticsearch(version: ElasticsearchVersion): string | undefined {
  return javaFor(version) === undefined
    ? `Elasticsearch ${version} needs Java ${
      JAVA[version]
    } or newer, and no folder below ${JVMS} has it`
    : undefined;
}

/**
 * Starts a server without any index, and waits until it answers. It ends when it is disposed of, and
 * with this process.
 *
 * @throws Error with what is missing, or with the end of the server's log
 */
export async function startElasticsearch(
  { version = "9.5.3", deadlineMs = 180_000 }: {
    readonly version?: ElasticsearchVersion;
    readonly deadlineMs?: number;
  } = {},
): Promise<RunningElasticsearch> {
  const java = javaFor(version);
  if (java === undefined) throw new Error(`Cannot start it: ${missingElasticsearch(version)}`);
  const installed = await install(version);
  const folder = await Deno.makeTempDir({ prefix: "groundskeeper-elasticsearch-" });
  const port = freePort();
  const child = await spawnServer({ installed, folder, java, port });
  const stop = async () => {
    try {
      child.kill("SIGTERM");
    } catch (error) {
      // It has ended by itself.
      if (!(error instanceof TypeError)) throw error;
    }
    child.ref();
    await child.status;
    await Deno.remove(folder, { recursive: true });
  };
  const node = `http://127.0.0.1:${port}`;
  try {
    await healthy(node, child, deadlineMs);
  } catch (error) {
    const log = await Deno.readTextFile(join(folder, "logs", "rig.log")).catch(() => "no log");
    await stop();
    throw new Error(`Cannot start Elasticsearch ${version}: ${error}\n${log.slice(-4_000)}`, {
      cause: error,
    });
  }
  child.unref();
  return { node, [Symbol.asyncDispose]: stop };
}

/** Where Debian and Adoptium put theirs. */
const JVMS = "/usr/lib/jvm";

/** The home of the oldest Java that runs a version. */
function javaFor(version: ElasticsearchVersion): string | undefined {
  const homes = [...namesIn(JVMS)].flatMap((name) => {
    const major = Number(/(?:^|-)(?:1\.)?(\d+)(?:\.|-|$)/.exec(name)?.[1]);
    const home = join(JVMS, name);
    return major >= JAVA[version] && namesIn(join(home, "bin")).includes("java")
      ? [{ major, home }]
      : [];
  });
  return homes.sort((a, b) => a.major - b.major)[0]?.home;
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return [];
    }
    throw error;
  }
}

const UNPACK = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:unpack";

const PROJECT = "<project><modelVersion>4.0.0</modelVersion><groupId>groundskeeper</groupId>" +
  "<artifactId>rigs</artifactId><version>1</version></project>";

/** Maven unpacks the server into the cache, once. @returns its folder */
async function install(version: ElasticsearchVersion): Promise<string> {
  const room = join(cacheFolder(), "rigs");
  const folder = join(room, `elasticsearch-${version}`);
  await Deno.mkdir(room, { recursive: true });
  await withFileLock(`${folder}.lock`, async () => {
    if (namesIn(room).includes(`elasticsearch-${version}`)) return;
    const making = await Deno.makeTempDir({ dir: room });
    const what = "org.elasticsearch.distribution.integ-test-zip:elasticsearch";
    // Beside its project Maven notes what it has unpacked, and does not unpack it there again.
    const project = join(making, "pom.xml");
    await Deno.writeTextFile(project, PROJECT);
    const args = ["-B", "-q", "-f", project, UNPACK, `-Dartifact=${what}:${version}:zip`];
    const purpose = `install Elasticsearch ${version}`;
    await runTool(
      "mvn",
      [...args, `-DoutputDirectory=${making}`],
      purpose,
      "Is Maven Central there?",
    );
    // Named last, so that the folder is whole where it is there.
    await Deno.rename(join(making, `elasticsearch-${version}`), folder);
    await Deno.remove(making, { recursive: true });
  });
  return folder;
}

/** A user that owns nothing: Elasticsearch does not start as root. */
const NOBODY = 65_534;

async function spawnServer(
  { installed, folder, java, port }: {
    readonly installed: string;
    readonly folder: string;
    readonly java: string;
    readonly port: number;
  },
): Promise<Deno.ChildProcess> {
  // Its own copy: the other user need not be able to look into the cache.
  const home = join(folder, "home");
  await runTool("cp", ["-r", installed, home], "copy Elasticsearch", "Make room for it");
  const config = join(home, "config");
  await Deno.writeTextFile(join(config, "elasticsearch.yml"), settings(folder, port));
  const options = join(config, "jvm.options");
  const kept = (await Deno.readTextFile(options)).split("\n").filter((line) => !/Xlog/.test(line));
  await Deno.writeTextFile(options, kept.join("\n"));
  await Promise.all(["data", "logs", "tmp"].map((name) => Deno.mkdir(join(folder, name))));
  const isRoot = Deno.uid() === 0;
  if (isRoot) await runTool("chown", ["-R", `${NOBODY}:${NOBODY}`, folder], "give it away", "");
  const user = isRoot ? [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"] : [];
  return new Deno.Command("setpriv", {
    // The kernel stops it when this process ends, however that ends.
    args: [...user, "--pdeathsig=TERM", "--", join(home, "bin", "elasticsearch")],
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
      HOME: folder,
      ES_JAVA_HOME: java,
      ES_TMPDIR: join(folder, "tmp"),
      // A start in 7 seconds, with half of the memory.
      ES_JAVA_OPTS: "-Xms512m -Xmx512m -XX:-UseG1GC -XX:+UseSerialGC -XX:TieredStopAtLevel=1 " +
        "-XX:-AlwaysPreTouch",
    },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

function settings(folder: string, port: number): string {
  return [
    "cluster.name: rig",
    "node.name: rig",
    "discovery.type: single-node",
    "network.host: 127.0.0.1",
    `http.port: ${port}`,
    "transport.port: 0",
    `path.data: ${join(folder, "data")}`,
    `path.logs: ${join(folder, "logs")}`,
    "xpack.security.enabled: false",
    "cluster.routing.allocation.disk.threshold_enabled: false",
    "",
  ].join("\n");
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function healthy(node: string, child: Deno.ChildProcess, deadlineMs: number): Promise<void> {
  let ended = false;
  void child.status.then(() => ended = true);
  const until = performance.now() + deadlineMs;
  while (!ended && performance.now() < until) {
    try {
      const response = await fetch(`${node}/_cluster/health`);
      await response.body?.cancel();
      if (response.ok) return;
    } catch (error) {
      // Refused: it listens in a moment.
      if (!(error instanceof TypeError)) throw error;
    }
    await new Promise((later) => setTimeout(later, 200));
  }
  throw new Error(ended ? "it ended" : `it did not answer within ${deadlineMs} ms`);
}
