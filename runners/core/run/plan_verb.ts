import type { Json } from "../json.ts";
import { reservationsOf } from "../limits/reservations.ts";
import type { RunContext } from "./context.ts";
import { writeDocumentFile, writeTextFile } from "./document_file.ts";
import { documentOf, judgeLimits, observe } from "./survey.ts";
import { exitCodeOf, type VerbResult } from "./verb_result.ts";

/** Shows what `apply` would do. Leaves no trace but the files that the person names. */
export async function planVerb<Config, Observed extends Json, Earlier>(
  context: RunContext<Config, Observed, Earlier>,
): Promise<VerbResult> {
  const { job, config, options } = context;
  const store = context.openStoreToRead();
  try {
    const earlier = await job.earlier(store);
    const observation = await observe(context, { earlier });
    const { observed, now } = observation;
    const plan = job.plan({ config, observed, earlier, now });
    const { reservations } = await reservationsOf(store, job.name);
    const judgement = judgeLimits(context, plan, reservations);
    const document = documentOf(context, observation, plan, judgement);
    const planFile = options.outDirectory && `${options.outDirectory}/${job.name}-plan.json`;
    const beside = (planFile && job.planFiles?.(document)) || [];
    if (planFile) await writeDocumentFile(planFile, document);
    for (const { path, text } of beside) {
      await writeTextFile(`${options.outDirectory}/${path}`, text);
    }
    return {
      plan: document,
      run: null,
      exitCode: exitCodeOf(document, null, !job.unmet?.(document)),
      written: [
        ...(planFile ? [planFile] : []),
        ...beside.map(({ path }) => `${options.outDirectory}/${path}`),
      ],
      planFile,
    };
  } finally {
    store.close();
  }
}
