import { REGIONS } from "../aws/region_names.ts";
import { dnsSuffix, partitionOfRegion } from "../contract/partition.ts";

/** An endpoint of STS. */
export type StsEndpoint = {
  /** The Region that the scope of a signature for it names. */
  readonly region: string;
  readonly partition: string;
};

/** The Regions with a FIPS endpoint of its own; those of GovCloud have one for both. */
const WITH_FIPS = ["us-east-1", "us-east-2", "us-west-1", "us-west-2"];

/**
 * Every endpoint that a proof may name, by its complete URL (AWS General Reference, "AWS Security Token
 * Service endpoints and quotas").
 */
export const STS_ENDPOINTS: ReadonlyMap<string, StsEndpoint> = new Map([
  ["https://sts.amazonaws.com/", endpointIn("us-east-1")],
  ...[...REGIONS].map((region) => entry("sts", region)),
  ...WITH_FIPS.map((region) => entry("sts-fips", region)),
]);

function entry(service: string, region: string): [string, StsEndpoint] {
  return [`https://${service}.${region}.${dnsSuffix(region)}/`, endpointIn(region)];
}

function endpointIn(region: string): StsEndpoint {
  return { region, partition: partitionOfRegion(region) };
}
