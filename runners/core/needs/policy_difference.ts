import type { Json, JsonObject } from "../json.ts";
import { canonicalJson } from "../contract/canonical_json.ts";
import { compareText } from "../plan/canonical.ts";

/** How the policy of a role differs from what its work needs: actions, sorted. */
export type PolicyDifference = {
  /** Needed and not allowed, on any resource. */
  readonly lacks: readonly string[];
  /** Allowed and not needed; patterns stand as the policy says them. */
  readonly tooMany: readonly string[];
  /** Needed and allowed, on other resources or under other conditions. */
  readonly differs: readonly string[];
  /** Denied on other resources or under other conditions than they should be, or not at all. */
  readonly denials: readonly string[];
};

/**
 * Compares the policies that a role has with the one that it needs. How statements are grouped and
 * ordered does not matter. What AWS would decide alike is told as different where it is said
 * differently: whoever deploys these policies does not write them anew.
 *
 * @param needed as `policyDocument` makes it
 * @param found the documents of the role's policies, as IAM has them
 */
export function policyDifference(
  needed: JsonObject,
  found: readonly JsonObject[],
): PolicyDifference {
  const wanted = grantsOf([needed]);
  const present = grantsOf(found);
  const sorted = (actions: Iterable<string>) => [...actions].sort(compareText);
  const [allows, has] = [wanted, present].map((grants) =>
    new Set(grants.filter(({ effect }) => effect === "Allow").map(({ action }) => action))
  ) as [Set<string>, Set<string>];
  const texts = (grants: readonly Grant[]) => new Set(grants.map((grant) => canonicalJson(grant)));
  const [want, is] = [texts(wanted), texts(present)];
  const other = [...want.symmetricDifference(is)].map((text) => JSON.parse(text) as Grant);
  const told = allows.symmetricDifference(has);
  const actionsOf = (grants: readonly Grant[]) => sorted(new Set(grants.map((one) => one.action)));
  return {
    lacks: sorted(allows.difference(has)),
    tooMany: sorted(has.difference(allows)),
    differs: actionsOf(
      other.filter(({ effect, action }) => effect === "Allow" && !told.has(action)),
    ),
    denials: actionsOf(other.filter(({ effect }) => effect === "Deny")),
  };
}

/** One action on one resource, under a condition. */
type Grant = {
  readonly effect: string;
  readonly action: string;
  readonly resource: string;
  readonly condition: Json;
};

function grantsOf(documents: readonly JsonObject[]): Grant[] {
  return documents.flatMap((document) => listOf(document["Statement"]) as JsonObject[])
    .flatMap((statement) => {
      const { Effect, Action, NotAction, Resource, NotResource, Condition = {} } = statement;
      const actions = Action === undefined
        ? listOf(NotAction).map((action) => `everything but ${action}`)
        : listOf(Action);
      const resources = Resource === undefined
        ? listOf(NotResource).map((resource) => `everything but ${resource}`)
        : listOf(Resource);
      return actions.flatMap((action) =>
        resources.map((resource) => ({
          effect: String(Effect),
          action: String(action),
          resource: String(resource),
          condition: withLists(Condition),
        }))
      );
    });
}

/** IAM takes a list with one value and the value alone for the same. */
function withLists(condition: Json): Json {
  return Object.fromEntries(
    Object.entries(condition as JsonObject).map(([operator, keys]) => [
      operator,
      Object.fromEntries(
        Object.entries(keys as JsonObject).map(([key, values]) => [
          key,
          listOf(values).map(String).sort(compareText),
        ]),
      ),
    ]),
  );
}

function listOf(value: Json | undefined): readonly Json[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}
