import { main } from "../../runners/shell/groundskeeper.ts";
import { denoHost } from "../../runners/shell/deno_host.ts";
import { testHost } from "./test_host.ts";

/** The program with another clock and shorter waits, for tests and the demo. */
Deno.exit(await main(testHost(denoHost(Deno.args))));
