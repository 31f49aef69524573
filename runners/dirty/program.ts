import type { JobProgram } from "../core/program.ts";
import { rejectedVerb } from "../core/queue/rejected_verb.ts";
import type { DirtyConfig } from "./config.ts";
import { dirtyJob } from "./job.ts";

/** The verbs of the job `dirty`. */
export const program: JobProgram<DirtyConfig> = {
  run: async (running) => {
    const { request: { verb }, config, print } = running;
    switch (verb) {
      case "serve":
        return await (await import("./serve.ts")).dirtyServe(running);
      case "list":
        return print(await (await import("./verbs/list.ts")).listVerb(running));
      case "show":
        return print(await (await import("./verbs/list.ts")).showVerb(running));
      case "verify":
        return print(await (await import("./verbs/verify.ts")).verifyVerb(running));
      case "clear":
        return await (await import("./verbs/clear.ts")).clearVerb(running);
      case "rejected":
        return print(await rejectedVerb(running));
    }
    const work = { job: dirtyJob, config: { ...config, clear: null }, hashed: config };
    return await running.verb(await running.context(work));
  },
};
