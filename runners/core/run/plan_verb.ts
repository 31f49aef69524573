import { isWritten, type NewFile } from "../files/write_files.ts";
import type { Json } from "../json.ts";
import { jsonPieces } from "../json_text.ts";
import { reservationsOf } from "../limits/reservations.ts";
import type { PlanDocument } from "../plan/document.ts";
import type { RunContext } from "./context.ts";
import { documentOf, judgeLimits, observe, planned } from "./make_plan.ts";
import { exitCodeOf, type VerbResult } from "./verb_result.ts";

/** Shows what `apply` would do. Leaves no trace but the files that the person names. */
export async function planVerb<Config, Observed extends Json, Earlier>(
  context: RunContext<Config, Observed, Earlier>,
): Promise<VerbResult> {
  const { job, config } = context;
  const store = context.openStoreToRead();
  try {
    const earlier = await job.earlier(store);
    const observation = await observe(context, { earlier });
    const { observed, now } = observation;
    const plan = await planned(context, { config, observed, earlier, now });
    const { reservations } = await reservationsOf(store, job.name);
    const judgement = judgeLimits(context, plan, reservations);
    const document = documentOf(context, observation, plan, judgement);
    const files = filesOf(context, document);
    // All of them or none: a diff of today beside a plan of yesterday would mislead.
    const stored = files.length === 0 ||
      await isWritten(() => context.writeFiles(files), context.log);
    const written = stored ? files.map(({ path }) => path) : [];
    const whole = observation.saved && stored && !job.unmet?.(document);
    return {
      plan: document,
      run: null,
      exitCode: exitCodeOf(document, null, whole),
      written,
      planFile: written[0] ?? null,
    };
  } finally {
    store.close();
  }
}

/** The plan's own file first, then what the job puts beside it. */
function filesOf<Config, Observed extends Json, Earlier>(
  { job, options: { outDirectory } }: RunContext<Config, Observed, Earlier>,
  document: PlanDocument,
): NewFile[] {
  if (outDirectory === null) return [];
  return [
    { path: `${outDirectory}/${job.name}-plan.json`, text: jsonPieces(document) },
    ...(job.planFiles?.(document) ?? []).map(({ path, text }) => ({
      path: `${outDirectory}/${path}`,
      text,
    })),
  ];
}
