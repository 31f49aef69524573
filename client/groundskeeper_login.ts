import { report } from "./report.ts";

/** `report` is for PAM: it prints nothing on stdout, and ends with 0 whatever is broken. */
async function main([verb, ...args]: readonly string[]): Promise<number> {
  const values = (name: string) => args.filter((_, at) => args[at - 1] === name);
  const config = values("--config").at(-1);
  if (verb === "report") {
    const reported = report(config, values("--event").at(-1), values("--detail"));
    await reported.catch((error) => console.error(String(error)));
    return 0;
  }
  if (verb === "hello" || verb === "drain") {
    // What sends is loaded where it is needed: a login does not wait for it.
    return await (await import("./drain.ts")).drain(config, verb === "hello");
  }
  console.error("Say what to do: groundskeeper-login report | drain | hello [--config FILE]");
  return 2;
}

const code = main(Deno.args).catch((error: Error) => {
  // An error of the client's own is for people; of any other kind, its origin counts.
  console.error(error.name === "Error" ? error.message : error);
  return 1;
});
Deno.exit(await code);
