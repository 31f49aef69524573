import { denoHost } from "./shell/deno_host.ts";
import { main } from "./shell/groundskeeper.ts";

if (import.meta.main) Deno.exit(await main(denoHost(Deno.args)));
