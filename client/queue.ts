import { partitionOfRegion } from "../runners/core/contract/partition.ts";

/** A queue as its URL names it. */
export type Queue = {
  readonly url: string;
  /** Absent where the host does not say it, as that of a local SQS. */
  readonly region?: string;
  readonly account: string;
  readonly name: string;
};

/** SQS's hosts: standard, FIPS and VPC endpoints (AWS General Reference, "Amazon SQS endpoints"). */
const SQS_HOST =
  /^(?:sqs(?:-fips)?|vpce-[a-z0-9-]+\.sqs)\.([a-z]{2,4}(?:-[a-z]+)+-\d)(?:\.vpce)?\.(.+)$/;

/** What the names of AWS's hosts end with in the partition of a Region. */
export function dnsSuffix(region: string): string {
  return partitionOfRegion(region) === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
}

/** Whether it is a web server of this machine. */
export function isLoopback({ protocol, hostname }: URL): boolean {
  return /^https?:$/.test(protocol) && /^(127\.0\.0\.1|\[::1\]|localhost)$/.test(hostname);
}

/**
 * Reads the URL of a standard queue. Its host must be SQS's, because it gets the credentials.
 *
 * @param local whether a host of this machine is as good
 * @throws RangeError where the text is no such URL
 */
export function queueAt(text: string, local: boolean): Queue {
  const [, host = "", account = "", name = ""] =
    /^https?:\/\/([\w.:[\]-]+)\/(\d{12})\/([\w-]{1,80})$/.exec(text) ?? [];
  const [, region, suffix] = SQS_HOST.exec(host) ?? [];
  if (region && suffix === dnsSuffix(region) && text.startsWith("https:")) {
    return { url: text, region, account, name };
  }
  if (local && name && isLoopback(new URL(text))) return { url: text, account, name };
  throw new RangeError(`"${text}" is not https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`);
}
