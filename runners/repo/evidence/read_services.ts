import type { ServiceLastAccessed, TrackedActionLastAccessed } from "@aws-sdk/client-iam";
import type { Evidence, ServiceAccess } from "../observed.ts";
import { refuseFuture, ReportError } from "./report_error.ts";

/** What IAM names services by: `s3`, `ec2messages`, `execute-api`. */
const NAMESPACE = /^[a-z0-9][a-z0-9-]*$/i;
const ACTION_NAME = /^[a-z0-9][\w:-]*$/i;

/**
 * The services of a whole report, by namespace.
 *
 * @throws ReportError where it contradicts itself, or cannot be read
 */
export function readServices(
  rows: readonly ServiceLastAccessed[],
  now: Date,
): Evidence["services"] {
  const services = new Map<string, ServiceAccess>();
  for (const row of rows) {
    const namespace = row.ServiceNamespace ?? "";
    if (!NAMESPACE.test(namespace)) {
      throw new ReportError("report-malformed", `A service is named "${namespace}"`);
    }
    const access = readService(row, namespace, now);
    const earlier = services.get(namespace);
    if (earlier && JSON.stringify(earlier) !== JSON.stringify(access)) {
      throw new ReportError(
        "report-contradicts",
        `${namespace} stands twice in the report, with different uses`,
      );
    }
    services.set(namespace, access);
  }
  return Object.fromEntries(services);
}

function readService(row: ServiceLastAccessed, namespace: string, now: Date): ServiceAccess {
  const actions = row.TrackedActionsLastAccessed;
  const used = instantText(row.LastAuthenticated, now, `The last use of ${namespace}`);
  const read = actions === undefined ? null : readActions(actions, namespace, now);
  const dates = [used, ...Object.values(read ?? {})].filter((date) => date !== null);
  return {
    // A use of an action is one of its service, whatever the service's own date says.
    lastUsed: dates.sort().at(-1) ?? null,
    region: row.LastAuthenticatedRegion ?? null,
    actions: read,
  };
}

function readActions(
  rows: readonly TrackedActionLastAccessed[],
  namespace: string,
  now: Date,
): NonNullable<ServiceAccess["actions"]> {
  const actions = new Map<string, string | null>();
  for (const { ActionName: name = "", LastAccessedTime } of rows) {
    if (!ACTION_NAME.test(name)) {
      throw new ReportError("report-malformed", `An action of ${namespace} is named "${name}"`);
    }
    const used = instantText(LastAccessedTime, now, `The last use of ${namespace}:${name}`);
    if (actions.has(name) && actions.get(name) !== used) {
      throw new ReportError(
        "report-contradicts",
        `${namespace}:${name} stands twice in the report, with different uses`,
      );
    }
    actions.set(name, used);
  }
  return Object.fromEntries(actions);
}

/** @throws ReportError when the date is none or in the future: never "not used" */
function instantText(date: Date | undefined, now: Date, what: string): string | null {
  if (date === undefined) return null;
  if (Number.isNaN(date.getTime())) throw new ReportError("report-malformed", `${what} is no date`);
  refuseFuture(date, now, what);
  return date.toISOString();
}
