/** The partition that a Region belongs to. */
export function partitionOfRegion(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** What the names of AWS's hosts end with in the partition of a Region. */
export function dnsSuffix(region: string): string {
  return partitionOfRegion(region) === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
}

/**
 * The ARN of a queue as client and server both make it: an audience names it, and each character counts.
 *
 * @param defaultRegion of a queue whose URL names none, as that of a local AWS
 */
export function queueArnIn(
  { account, name, region }: {
    readonly account: string;
    readonly name: string;
    readonly region: string | null;
  },
  defaultRegion: string,
): string {
  const own = region ?? defaultRegion;
  return `arn:${partitionOfRegion(own)}:sqs:${own}:${account}:${name}`;
}
