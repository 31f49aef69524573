/** The partition that a Region belongs to. */
export function partitionOfRegion(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** What the names of AWS's hosts end with in the partition of a Region. */
export function dnsSuffix(region: string): string {
  return partitionOfRegion(region) === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
}
