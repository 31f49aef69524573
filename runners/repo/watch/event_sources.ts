/**
 * How CloudTrail names a service. Mostly it is the prefix of the service's actions before
 * `.amazonaws.com` (CloudTrail User Guide, "CloudTrail record contents", `eventSource`); these are
 * the exceptions that are known, by the prefix:
 *
 * - `cloudwatch`: the same page names it.
 * - `tag`: Resource Groups Tagging API, "Logging API calls with CloudTrail".
 * - `rds-data`: CloudTrail API Reference, EventSelector, `ExcludeManagementEventSources`.
 * - `application-autoscaling`: Application Auto Scaling User Guide, "Log API calls using CloudTrail".
 */
const EXCEPTIONS: ReadonlyMap<string, string> = new Map([
  ["cloudwatch", "monitoring"],
  ["tag", "tagging"],
  ["rds-data", "rdsdata"],
  ["application-autoscaling", "autoscaling"],
]);

const SUFFIX = ".amazonaws.com";

/** The value of `eventSource` in the events of a service: of `sqs` it is `sqs.amazonaws.com`. */
export function eventSourceOf(service: string): string {
  return `${EXCEPTIONS.get(service) ?? service}${SUFFIX}`;
}

/** The services whose events may have an `eventSource`, as IAM writes them. */
export function servicesOf(eventSource: string): string[] {
  if (!eventSource.endsWith(SUFFIX)) return [];
  const name = eventSource.slice(0, -SUFFIX.length);
  const named = [...EXCEPTIONS].filter(([, source]) => source === name).map(([service]) => service);
  return [name, ...named];
}
