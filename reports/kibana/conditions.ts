import type { JsonObject } from "../../runners/core/json.ts";
import type { Panel, Where } from "../../runners/core/report/dashboard.ts";

/** The conditions of a panel that its documents be of its type, and its own. */
export function conditionsOf({ of, where }: Panel): Where {
  return { doc_type: of, ...where };
}

/** Conditions in Kibana's query language. */
export function kqlOf(where: Where): string {
  return Object.entries(where).map(([field, value]) => {
    if (value === "*") return `${field}: *`;
    if (typeof value === "string") return `${field}: ${quoted(value)}`;
    if ("gte" in value) {
      return `${field} >= ${quoted(value.gte)} and ${field} < ${quoted(value.lt)}`;
    }
    return `${field}: (${value.map(quoted).join(" or ")})`;
  }).join(" and ");
}

function quoted(value: string): string {
  return `"${value.replaceAll(/["\\]/g, "\\$&")}"`;
}

/** Conditions as Elasticsearch's filters. */
export function filterOf(where: Where): JsonObject[] {
  return Object.entries(where).map(([field, value]): JsonObject => {
    if (value === "*") return { exists: { field } };
    if (typeof value === "string") return { term: { [field]: value } };
    return "gte" in value ? { range: { [field]: value } } : { terms: { [field]: value } };
  });
}
