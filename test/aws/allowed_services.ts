/**
 * The services that identity policies allow: what IAM lists in its last accessed data, used or not
 * (IAM user guide, "Refine permissions in AWS using last accessed information").
 */

import { loadCatalogue } from "../../runners/repo/catalogue/catalogue.ts";

/** All of AWS: a policy that allows everything allows every service that there is. */
const allServices: readonly string[] = [...loadCatalogue().services];

interface Statement {
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
}

/** The services, sorted; a document that is no policy allows none. */
export function allowedServices(documents: readonly string[]): string[] {
  return [...new Set(documents.flatMap((text) => statementsOf(text).flatMap(servicesOf)))].sort();
}

function statementsOf(text: string): readonly Statement[] {
  try {
    const { Statement = [] } = JSON.parse(text) as { Statement?: Statement | readonly Statement[] };
    return Array.isArray(Statement) ? Statement : [Statement as Statement];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function servicesOf({ Effect, Action, NotAction }: Statement): readonly string[] {
  if (Effect !== "Allow") return [];
  if (NotAction !== undefined) {
    // Only what leaves nothing of a service takes it out.
    const whole = listOf(NotAction).filter((pattern) => /(^|:)\*$/.test(pattern));
    return allServices.filter((service) => !whole.some((pattern) => covers(pattern, service)));
  }
  return listOf(Action).flatMap((pattern) => {
    const [service = ""] = pattern.toLowerCase().split(":");
    if (!/[*?]/.test(service)) return [service];
    return allServices.filter((one) => covers(pattern, one));
  });
}

function covers(pattern: string, service: string): boolean {
  const [glob = ""] = pattern.toLowerCase().split(":");
  const expression = glob.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*").replace(
    /\?/g,
    ".",
  );
  return new RegExp(`^${expression}$`).test(service);
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === "string" ? [value] : value;
}
