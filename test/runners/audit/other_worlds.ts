import { partsOf } from "../../../runners/core/parts.ts";
import type { AuditConfig } from "../../../runners/audit/config.ts";
import type { ObservedInstance, ObservedRegion } from "../../../runners/audit/observed.ts";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import type { Tags } from "../../../runners/audit/tags.ts";

/** The same planning in a world, or by a configuration, that is a little different. */
type Other = (planning: AuditPlanning) => AuditPlanning;

/** With other settings. */
export function withConfig(part: (config: AuditConfig) => Partial<AuditConfig>): Other {
  return (planning) => ({
    ...planning,
    config: { ...planning.config, ...part(planning.config) },
  });
}

/** With other regions. */
export function withRegions(
  planning: AuditPlanning,
  change: (region: ObservedRegion, place: string) => ObservedRegion,
): AuditPlanning {
  const accounts = [...planning.observed].map((account) => ({
    ...account,
    regions: account.regions.map((region) => change(region, `${account.id}/${region.region}`)),
  }));
  return { ...planning, observed: partsOf(accounts) };
}

/** With other instances, the canaries as they are. */
export function withInstances(
  planning: AuditPlanning,
  change: (instance: ObservedInstance, rowId: string) => ObservedInstance,
): AuditPlanning {
  return withRegions(planning, (region, place) => {
    const canary = planning.earlier.canaries.get(place)?.instance_id;
    return {
      ...region,
      instances: region.instances.map((one) =>
        one.id === canary ? one : change(one, `${place}/${one.id}`)
      ),
    };
  });
}

/** With other tags in both sources, the canaries as they are. */
export function withTags(
  planning: AuditPlanning,
  change: (tags: Tags, rowId: string) => Tags,
): AuditPlanning {
  const first = withInstances(
    planning,
    (instance, rowId) => ({ ...instance, tags: { ...change(instance.tags, rowId) } }),
  );
  return withRegions(first, (region, place) => {
    const canary = planning.earlier.canaries.get(place)?.instance_id;
    return {
      ...region,
      secondSource: region.secondSource && {
        ...region.secondSource,
        tags: Object.fromEntries(
          Object.entries(region.secondSource.tags).map(([id, tags]) => [
            id,
            id === canary ? tags : { ...change(tags, `${place}/${id}`) },
          ]),
        ),
      },
    };
  });
}

/** A world where every answer is believed: nothing failed, both sources agree, without canaries. */
export function believing(
  planning: AuditPlanning,
  mode: AuditConfig["canary"]["mode"] = "off",
): AuditPlanning {
  const agreeing = withRegions(planning, (region) => ({
    ...region,
    failure: null,
    secondSource: {
      asked: region.instances.length === 0 ? "all" : region.instances.map(({ id }) => id),
      tags: Object.fromEntries(region.instances.map(({ id, tags }) => [id, tags])),
      at: region.at,
    },
  }));
  return {
    ...withConfig(({ canary }) => ({ canary: { ...canary, mode } }))(agreeing),
    earlier: { ...planning.earlier, levels: new Map() },
  };
}
