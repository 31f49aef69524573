import { doctor } from "./doctor.ts";
import { installScript } from "./install.ts";

async function main([verb, ...args]: readonly string[]): Promise<number> {
  if (verb === "install") {
    console.log(installScript(args.includes("--compiled")));
    return 0;
  }
  if (verb !== "doctor") {
    console.error("Say what to do: groundskeeper-client doctor [--json] | install [--compiled]");
    return 2;
  }
  const checks = await doctor(args.find((_, at) => args[at - 1] === "--config"));
  const lines = checks.map(({ name, state, detail }) =>
    `${state.padEnd(7)}  ${name.padEnd(16)}  ${detail}`
  );
  console.log(args.includes("--json") ? JSON.stringify({ checks }, null, 2) : lines.join("\n"));
  return checks.some(({ state }) => state === "fix") ? 1 : 0;
}

Deno.exit(await main(Deno.args));
