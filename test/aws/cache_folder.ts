import { join } from "node:path";

/** The folder that keeps what was installed. Throws an Error if no variable tells one. */
export function cacheFolder(env: (name: string) => string | undefined = Deno.env.get): string {
  const own = env("GROUNDSKEEPER_CACHE");
  if (own) return own;
  const shared = env("XDG_CACHE_HOME");
  if (shared) return join(shared, "groundskeeper");
  const home = env("HOME") ?? env("USERPROFILE");
  if (home) return join(home, ".cache", "groundskeeper");
  throw new Error(
    "Cannot find a cache folder: neither HOME nor XDG_CACHE_HOME is set. Set GROUNDSKEEPER_CACHE",
  );
}
