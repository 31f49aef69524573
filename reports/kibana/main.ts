import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { ndjson, savedObjects } from "./saved_objects.ts";

/** `deno task dashboards [--out FILE]`: writes what Kibana imports. */
async function main(args: readonly string[]): Promise<void> {
  const { values: { out } } = parseArgs({
    args: [...args],
    options: { out: { type: "string", default: "out/dashboards.ndjson" } },
  });
  const objects = savedObjects();
  await Deno.mkdir(dirname(out), { recursive: true });
  await Deno.writeTextFile(out, ndjson(objects));
  const dashboards = objects.filter(({ type }) => type === "dashboard").length;
  console.log(
    `${out} has ${dashboards} dashboards and ${objects.length - dashboards} data views.\n` +
      `Import it in Kibana: Stack Management, Saved Objects, Import. docs/kibana.md says more.`,
  );
}

if (import.meta.main) await main(Deno.args);
