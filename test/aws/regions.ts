/** Which regions an account has enabled, as DescribeRegions and ListRegions tell it. */

import { type Answer, jsonAnswer, xmlAnswer } from "./answer.ts";
import type { AwsRequest } from "./request.ts";

export interface Regions {
  readonly enabled: readonly string[];
  /** Known, but not opted in. */
  readonly notOptedIn: readonly string[];
}

/**
 * Answers the two calls that list regions; null for any other call.
 *
 * moto lists all regions of AWS always. Real AWS lists only the enabled ones unless `AllRegions`
 * is set (EC2 API reference, DescribeRegions).
 */
export function regionsAnswer(regions: Regions, request: AwsRequest): Answer | null {
  const { parameters } = request;
  if (request.action === "ec2:DescribeRegions") {
    const all = [
      ...regions.enabled.map((name) => ({ name, status: "opt-in-not-required" })),
      ...regions.notOptedIn.map((name) => ({ name, status: "not-opted-in" })),
    ];
    const names = valuesOf(parameters, /^RegionName\.\d+$/);
    const statuses = filterValues(parameters, "opt-in-status");
    const filtered = filterValues(parameters, "region-name");
    const items = all.filter(({ name, status }) =>
      (names.length > 0
        ? names.includes(name)
        : parameters["AllRegions"] === "true" || status !== "not-opted-in") &&
      (statuses === null || statuses.includes(status)) &&
      (filtered === null || filtered.includes(name))
    ).map(({ name, status }) =>
      `<item><regionName>${name}</regionName><regionEndpoint>ec2.${name}.amazonaws.com` +
      `</regionEndpoint><optInStatus>${status}</optInStatus></item>`
    );
    return xmlAnswer(
      `<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">` +
        `<regionInfo>${items.join("")}</regionInfo></DescribeRegionsResponse>`,
    );
  }
  if (request.action === "account:ListRegions") {
    // AWS Account Management reference, ListRegions.
    const wanted = parameters["RegionOptStatusContains"];
    const all = [
      ...regions.enabled.map((name) => [name, "ENABLED_BY_DEFAULT"] as const),
      ...regions.notOptedIn.map((name) => [name, "DISABLED"] as const),
    ];
    const listed = all.filter(([, status]) =>
      wanted === undefined || wanted.includes(`"${status}"`)
    );
    return jsonAnswer({
      Regions: listed.map(([RegionName, RegionOptStatus]) => ({ RegionName, RegionOptStatus })),
    });
  }
  return null;
}

function valuesOf(parameters: Readonly<Record<string, string>>, name: RegExp): string[] {
  return Object.entries(parameters).filter(([key]) => name.test(key)).map(([, value]) => value);
}

function filterValues(
  parameters: Readonly<Record<string, string>>,
  filter: string,
): string[] | null {
  const named = Object.entries(parameters)
    .find(([key, value]) => /^Filter\.\d+\.Name$/.test(key) && value === filter)?.[0];
  if (named === undefined) return null;
  const prefix = named.slice(0, -"Name".length) + "Value.";
  return Object.entries(parameters)
    .filter(([key]) => key.startsWith(prefix)).map(([, value]) => value);
}
