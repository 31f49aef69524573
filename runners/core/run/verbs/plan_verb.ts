import type { NewFile } from "../../files/write_files.ts";
import type { JobTypes } from "../../job_types.ts";
import { jsonPieces } from "../../json_text.ts";
import { planDocument, type Planned } from "../../plan/document.ts";
import { closing } from "../../store/store.ts";
import { unlessFaulty } from "../../unless_faulty.ts";
import type { RunContext } from "../context.ts";
import { observeAndPlan } from "../make_plan.ts";
import { exitCodeOfVerb, type VerbResult } from "../verb_result.ts";

/** Shows what `apply` would do. Leaves no trace but the files that the person names. */
export async function planVerb<T extends JobTypes>(
  context: RunContext<T>,
): Promise<VerbResult<T>> {
  const { job } = context;
  return await closing(await context.openStoreToRead(), async (store) => {
    const { observation, judged } = await observeAndPlan(context, store);
    const files = filesOf(context, judged);
    // All of them or none: a diff of today beside a plan of yesterday would mislead.
    const stored = files.length === 0 ||
      await unlessFaulty(() => context.writeFiles(files), context.log) !== null;
    const written = stored ? files.map(({ path }) => path) : [];
    const isComplete = observation.saved && stored && !job.unmet?.(judged);
    return {
      plan: judged,
      run: null,
      exitCode: exitCodeOfVerb(judged, null, isComplete),
      written,
      planFile: written[0] ?? null,
    };
  });
}

/** The plan's own file first, then what the job puts beside it. */
function filesOf<T extends JobTypes>(
  { job, options: { outDirectory } }: RunContext<T>,
  plan: Planned<T>,
): NewFile[] {
  if (outDirectory === null) return [];
  const text = jsonPieces(planDocument(plan, job.documentParts));
  return [{ path: `${job.name}-plan.json`, text }, ...job.planFiles?.(plan) ?? []]
    .map((file) => ({ ...file, path: `${outDirectory}/${file.path}` }));
}
