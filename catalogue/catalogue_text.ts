/** A service as the package lists it. */
export interface Listed {
  /** What stands before the colon: `s3`. */
  readonly prefix: string;
  /** `Amazon S3`. */
  readonly name: string;
  readonly actions: readonly { readonly name: string; readonly accessLevel: string }[];
}

/** All services, and when they were so. */
export interface Listing {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  /** The package with its version. */
  readonly source: string;
  /** The same of AWS's managed policies, which name actions that the package does not list. */
  readonly managedPolicies: { readonly date: string; readonly source: string };
  readonly services: readonly Listed[];
}

/**
 * The catalogue as one compact file: a line for each service, with its actions by access level,
 * sorted, so that two days' catalogues can be compared with `diff`.
 *
 * @throws {Error} an action or a service is spelled in a way that the file cannot hold
 */
export function catalogueText({ date, source, managedPolicies, services }: Listing): string {
  const lines = [...services].sort((a, b) => compare(a.prefix, b.prefix)).map((service) =>
    `${JSON.stringify(service.prefix)}:${JSON.stringify(compactService(service))}`
  );
  return `{"date":${JSON.stringify(date)},"source":${JSON.stringify(source)},` +
    `"managedPolicies":${JSON.stringify(managedPolicies)},` +
    `"licence":"MIT, Copyright (c) 2024 Act Security; see NOTICE",` +
    `"services":{\n${lines.join(",\n")}\n}}\n`;
}

function compactService({ prefix, name, actions }: Listed): Record<string, string> {
  if (!/^[a-z0-9-]+$/.test(prefix)) throw new Error(`The service "${prefix}" is spelled strangely`);
  const levels = new Map<string, string[]>();
  for (const action of actions) {
    if (!/^[A-Za-z0-9-]+$/.test(action.name)) {
      throw new Error(`The action "${prefix}:${action.name}" is spelled strangely`);
    }
    levels.set(action.accessLevel, [...levels.get(action.accessLevel) ?? [], action.name]);
  }
  const sorted = [...levels].sort(([a], [b]) => compare(a, b)).map(([level, names]) =>
    [level, names.sort((a, b) => compare(a.toLowerCase(), b.toLowerCase())).join(" ")] as const
  );
  return { name, ...Object.fromEntries(sorted) };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
