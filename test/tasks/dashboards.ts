import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ndjson, savedObjects } from "../../reports/kibana/saved_objects.ts";

/** `deno task dashboards [--out FILE]`: writes what Kibana imports. */
async function main(args: string[]): Promise<void> {
  const { values: { out, help } } = parseArgs({
    args,
    options: {
      out: { type: "string", default: "out/dashboards.ndjson" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (help) return console.log("Usage: deno task dashboards [--out FILE]");
  // A task starts in the folder of the project; the person may stand elsewhere.
  const file = resolve(Deno.env.get("INIT_CWD") ?? ".", out);
  const objects = savedObjects();
  await Deno.mkdir(dirname(file), { recursive: true });
  await Deno.writeTextFile(file, ndjson(objects));
  const dashboards = objects.filter(({ type }) => type === "dashboard").length;
  console.log(
    `${out} has ${dashboards} dashboards and ${objects.length - dashboards} data views.\n` +
      "Import it in Kibana: Stack Management, Saved Objects, Import. docs/kibana.md says more.",
  );
}

try {
  await main(Deno.args);
} catch (error) {
  console.error(`Cannot write the dashboards: ${error instanceof Error ? error.message : error}`);
  Deno.exit(2);
}
