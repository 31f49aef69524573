import type { Listed } from "./catalogue_text.ts";

/** What stands in the place of an access level where nobody says one. */
export const ONLY_MANAGED = "only in managed policies";

/** The actions that AWS's managed policies name one by one. */
export interface ManagedNames {
  /** Of the policy that was changed last, `YYYY-MM-DD`. */
  readonly date: string;
  /** As AWS writes them, each once whatever its case; sorted. */
  readonly actions: readonly string[];
}

interface ManagedPolicy {
  readonly UpdateDate: string;
  readonly Document: { readonly Statement: Statement | readonly Statement[] };
}

type Statement = { readonly [element: string]: unknown };

/**
 * Reads the managed policies out of moto's `iam/aws_managed_policies.py`: one text of JSON between
 * triple quotes, as AWS's API answered it. Patterns are left out, since they say no name.
 *
 * @throws {Error} the file is not of that shape
 */
export function managedNames(python: string): ManagedNames {
  const [, json] = /aws_managed_policies_data = """\n([^\\]*?)"""/.exec(python) ?? [];
  if (json === undefined) throw new Error("The managed policies are not where moto keeps them");
  const policies = Object.values(JSON.parse(json) as Record<string, ManagedPolicy>);
  const names = policies.flatMap(({ Document }) => [Document.Statement].flat().flatMap(namesIn));
  const byLower = new Map<string, string>();
  for (const name of names.sort()) {
    if (!byLower.has(name.toLowerCase())) byLower.set(name.toLowerCase(), name);
  }
  return {
    date: policies.map(({ UpdateDate }) => UpdateDate.slice(0, 10)).sort().at(-1)!,
    actions: [...byLower.values()].sort(),
  };
}

function namesIn(statement: Statement): string[] {
  return [statement["Action"], statement["NotAction"]].flat().filter((one): one is string =>
    typeof one === "string" && !/[*?]/.test(one)
  );
}

/** The services, with the actions that only managed policies name besides. */
export function withManagedNames(
  services: readonly Listed[],
  { actions }: Pick<ManagedNames, "actions">,
): Listed[] {
  const byPrefix = new Map(
    services.map((one) => [one.prefix, { ...one, actions: [...one.actions] }]),
  );
  for (const action of actions) {
    const [prefix, name] = action.split(":") as [string, string];
    const key = prefix.toLowerCase();
    const service = byPrefix.get(key) ?? { prefix: key, name: key, actions: [] };
    byPrefix.set(key, service);
    if (service.actions.some((one) => one.name.toLowerCase() === name.toLowerCase())) continue;
    service.actions.push({ name, accessLevel: ONLY_MANAGED });
  }
  return [...byPrefix.values()];
}
