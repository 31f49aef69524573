import { dirname } from "node:path";
import { ConfigError } from "../core/errors.ts";
import type { Host } from "../core/cli/host.ts";
import { fromPerson, type LoadedConfig } from "./config_file.ts";

/**
 * Names the volume that a container's image declares; it is set in containers alone. The image sets
 * it, since nobody who starts one can forget it then.
 */
const VOLUME = "GROUNDSKEEPER_CONTAINER_VOLUME";

/**
 * What is mounted, as proc(5) describes `/proc/self/mountinfo`. The entry point sets it: Deno reads
 * that file only with all permissions.
 */
const MOUNTS = "GROUNDSKEEPER_CONTAINER_MOUNTS";

/**
 * Refuses an SQLite store that would end with its container: the next run would know no mark, and no
 * limit would bind it.
 *
 * @throws ConfigError with what to do
 */
export async function refuseLostStore({ config, file }: LoadedConfig, host: Host): Promise<void> {
  const volume = host.env(VOLUME);
  const { store } = config;
  if (volume === undefined || store.kind !== "sqlite") return;
  const folder = dirname(await resolved(fromPerson(store.path, host.directory)));
  const reason = lostWithContainer(folder, volume, host.env(MOUNTS) ?? "");
  if (reason === null) return;
  throw new ConfigError([
    `${
      file ?? "The configuration"
    }: store.path: "${store.path}" is ${reason}, and is lost when the ` +
    `container ends. Mount a volume on a folder of its own, such as ${volume}/store, and name the ` +
    'file there; or set store.kind to "dynamodb"',
  ]);
}

/**
 * Why what is written to a folder is lost with the container.
 *
 * @param folder its path, absolute and without links
 * @param volume where the image declares a volume. If nobody mounts one there, the engine makes one
 * that has no name, which nobody finds again; the two look the same from inside
 * @param mounts what `/proc/self/mountinfo` has
 * @returns null: it is on a mount of its own
 */
export function lostWithContainer(folder: string, volume: string, mounts: string): string | null {
  // Of two mounts on one folder the later one is seen.
  const [mount] = mounts.split("\n").map(mountOf).reverse()
    .filter(({ point }) => point !== "" && `${folder}/`.startsWith(point.replace(/\/?$/, "/")))
    .sort((a, b) => b.point.length - a.point.length);
  if (!mount || mount.point === "/") return "in the container's own file system";
  if (mount.point === volume) return `in the volume ${volume} of the image`;
  return ["tmpfs", "ramfs"].includes(mount.type) ? "in memory" : null;
}

/** A line such as `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw`. */
function mountOf(line: string): { readonly point: string; readonly type: string } {
  const [before = "", after = ""] = line.split(" - ");
  // Space, tab, line feed and backslash stand there in octal digits.
  const point = (before.split(" ")[4] ?? "").replaceAll(
    /\\([0-7]{3})/g,
    (_, digits: string) => String.fromCharCode(parseInt(digits, 8)),
  );
  return { point, type: after.split(" ")[0]! };
}

/** The path without links, as far as it is there. */
async function resolved(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const above = dirname(path);
    return above === path ? path : `${await resolved(above)}${path.slice(above.length)}`;
  }
}
