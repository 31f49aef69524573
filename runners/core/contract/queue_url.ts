/** Scheme and host, account, name. A FIFO queue's name ends in `.fifo`. */
export const QUEUE_URL = /^https?:\/\/([\w.:[\]-]+)\/(\d{12})\/([\w-]{1,80}(?:\.fifo)?)$/;

/** A queue as its URL names it. */
export type Queue = {
  readonly url: string;
  readonly account: string;
  readonly name: string;
  /** Null where the host does not say it, as that of a local AWS. */
  readonly region: string | null;
};

/**
 * Reads a queue's URL: `https://sqs.us-east-1.amazonaws.com/111111111111/commands`, and those of
 * other partitions, FIPS and VPC endpoints (SQS Developer Guide, "Queue and message identifiers").
 *
 * @throws RangeError when the text names no queue; the configuration has refused it before
 */
export function queueOf(url: string): Queue {
  const match = QUEUE_URL.exec(url);
  if (!match) throw new RangeError(`"${url}" is not the URL of a queue`);
  const [, host = "", account = "", name = ""] = match;
  const region = host.split(".").find((label) => /^[a-z]{2,4}(-[a-z]+)+-\d$/.test(label));
  return { url, account, name, region: region ?? null };
}

/** The ARN of the queue of a URL, with `{partition}` as policies have it; `*` if it names no Region. */
export function queueArn(url: string): string {
  const { account, name, region } = queueOf(url);
  return `arn:{partition}:sqs:${region ?? "*"}:${account}:${name}`;
}
