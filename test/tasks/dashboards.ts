import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { CHANGES_DASHBOARD } from "../../reports/kibana/changes_dashboard.ts";
import { ndjson, savedObjects } from "../../reports/kibana/saved_objects.ts";
import type { Dashboard } from "../../runners/core/report/dashboard.ts";
import { compareText } from "../../runners/core/plan/canonical.ts";
import { JOBS } from "../../runners/jobs.ts";

/** The dashboards of all jobs, and that of the changes of all, by their IDs. */
export async function allDashboards(): Promise<Dashboard[]> {
  const own = await Promise.all(JOBS.map(({ dashboard }) => dashboard?.()));
  return [CHANGES_DASHBOARD, ...own.filter((dashboard) => dashboard !== undefined)]
    .sort((a, b) => compareText(a.id, b.id));
}

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
  const objects = savedObjects(await allDashboards());
  await Deno.mkdir(dirname(file), { recursive: true });
  await Deno.writeTextFile(file, ndjson(objects));
  const dashboards = objects.filter(({ type }) => type === "dashboard").length;
  console.log(
    `${out} has ${dashboards} dashboards and ${objects.length - dashboards} data views.\n` +
      "Import it in Kibana: Stack Management, Saved Objects, Import. docs/kibana.md says more.",
  );
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    console.error(`Cannot write the dashboards: ${error instanceof Error ? error.message : error}`);
    Deno.exit(2);
  }
}
