import { doctor } from "./doctor.ts";
import { installScript } from "./install.ts";

const [verb, ...args] = Deno.args;
if (verb === "install") {
  console.log(installScript(args.includes("--compiled")));
} else if (verb === "doctor") {
  const checks = await doctor(args.find((_, at) => args[at - 1] === "--config"));
  const lines = checks.map(({ name, state, detail }) =>
    `${state.padEnd(7)}  ${name.padEnd(16)}  ${detail}`
  );
  console.log(args.includes("--json") ? JSON.stringify({ checks }, null, 2) : lines.join("\n"));
  Deno.exit(checks.some(({ state }) => state === "fix") ? 1 : 0);
} else {
  console.error("Say what to do: groundskeeper-client doctor [--json] | install [--compiled]");
  Deno.exit(2);
}
