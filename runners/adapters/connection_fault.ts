import { messageOf } from "../core/errors.ts";

/**
 * Why `fetch` reached no host, as the end of a sentence. It repeats nothing of Deno's error, which has
 * the complete URL.
 */
export function connectionFault(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) {
    return 'the program has no permission to reach its host. "groundskeeper config check" ' +
      "prints the command with the permission";
  }
  const said = error instanceof Error ? `${error.message} ${messageOf(error.cause)}` : "";
  if (/dns error|invalid dns name/.test(said)) return "its host has no address";
  if (/certificate/i.test(said)) return "its certificate is not trusted";
  if (/connection refused/i.test(said)) return "its host refused the connection";
  return "the connection failed";
}
