import * as z from "zod";
import type { JobEntry } from "../../../../runners/core/program.ts";
import { volumesNeeds } from "./needs.ts";

export const volumesSchema = z.strictObject({
  perRun: z.int().min(0).default(10).meta({ description: "How many volumes a run may mark" }),
});
export type VolumesConfig = z.output<typeof volumesSchema>;

/** Marks EBS volumes that no instance uses. */
export const volumes: JobEntry<VolumesConfig> = {
  name: "volumes",
  summary: "mark EBS volumes that no instance uses",
  example: "groundskeeper volumes plan",
  explains: {
    argument: "<id>",
    description: "a volume ID",
    example: "groundskeeper volumes explain vol-0123456789abcdef0",
  },
  schema: volumesSchema,
  needs: volumesNeeds,
  load: async () => (await import("./program.ts")).program,
};
