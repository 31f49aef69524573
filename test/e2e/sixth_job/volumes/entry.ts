import type { JobEntry } from "../../../../runners/core/program.ts";
import { part, type VolumesConfig } from "./needs.ts";

/** Marks EBS volumes that no instance uses. */
export const volumes: JobEntry<VolumesConfig> = {
  ...part,
  summary: "mark EBS volumes that no instance uses",
  example: "groundskeeper volumes plan",
  explains: {
    argument: "<id>",
    description: "a volume ID",
    example: "groundskeeper volumes explain vol-0123456789abcdef0",
  },
  load: async () => (await import("./program.ts")).program,
};
