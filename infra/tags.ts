import type { InfraConfig } from "../runners/core/config/infra.ts";

/** IAM User Guide, "Tags for AWS Identity and Access Management resources"; other services take as many. */
const TAGS_MAX = 50;

/**
 * The tags of everything that is made: those of the configuration, and `project` unless it says one.
 * IAM does not tell keys apart by their case, and refuses a role with `project` and `Project`.
 */
export function tagsOf({ tags }: Pick<InfraConfig, "tags">): Readonly<Record<string, string>> {
  const hasProject = Object.keys(tags).some((key) => key.toLowerCase() === "project");
  return hasProject ? tags : { project: "groundskeeper", ...tags };
}

/** What IAM would refuse of the tags, as sentences. */
export function tagProblems(infra: Pick<InfraConfig, "tags">): string[] {
  const keys = Object.keys(tagsOf(infra));
  return [
    ...[...Map.groupBy(keys, (key) => key.toLowerCase()).values()]
      .filter(({ length }) => length > 1)
      .map((same) =>
        `infra.tags: ${same.join(" and ")} differ in their case alone: name one of them`
      ),
    ...keys.length > TAGS_MAX
      ? [`infra.tags: there would be ${keys.length} tags, and AWS takes ${TAGS_MAX}`]
      : [],
  ];
}
