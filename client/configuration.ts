import { dnsSuffix } from "../runners/core/contract/partition.ts";
import { type Queue, queueOf } from "../runners/core/contract/queue_url.ts";
import { DEFAULT_SPOOL } from "./spool.ts";

/** Standard queues at SQS's endpoints, FIPS and VPC endpoints included (AWS General Reference). */
const SQS_URL =
  /^https:\/\/(?:sqs(?:-fips)?|vpce-[a-z0-9-]+\.sqs)\.([a-z]{2,4}(?:-[a-z]+)+-\d)(?:\.vpce)?\.([a-z.]+)\/\d+\/[\w-]+$/;

/** Web servers of this machine. */
const LOOPBACK = /^https?:\/\/(127\.0\.0\.1|\[::1\]|localhost)(:\d+)?$/;

export type Configuration = {
  readonly queueUrl: Queue;
  readonly helloQueueUrl: Queue | null;
  /** An absolute path. */
  readonly spool: string;
  /** Origins of this machine that answer in place of AWS's, for trying it. */
  readonly endpoints: { readonly metadata?: string; readonly sqs?: string; readonly sts?: string };
};

/**
 * Reads client.json. It says who gets the credentials, so that it is believed only if root or the
 * user that the program runs as is its owner, and nobody else can write it. @throws Error
 */
export function readConfiguration(path = "/etc/groundskeeper/client.json"): Configuration {
  try {
    const { uid, mode } = Deno.statSync(path);
    const isSafe = (uid === 0 || uid === Deno.uid()) && ((mode ?? 0) & 0o022) === 0;
    if (!isSafe) throw new RangeError("others can write it; its owner must be root, its mode 0644");
    return checked(JSON.parse(Deno.readTextFileSync(path)));
  } catch (error) {
    const fault = `Cannot use ${path}: ${(error as Error).message}. ` +
      '"groundskeeper-client install" shows a right one';
    throw new Error(fault, { cause: error });
  }
}

/** @throws RangeError with the setting that is wrong */
function checked(value: unknown): Configuration {
  const { queueUrl, helloQueueUrl, spool = DEFAULT_SPOOL, endpoints, ...rest } = Object(value);
  const { metadata, sqs, sts, ...others } = Object(endpoints);
  const [unknown] = Object.keys({ ...rest, ...others });
  if (unknown !== undefined) throw new RangeError(`"${unknown}" is not a setting`);
  for (const origin of [metadata, sqs, sts].filter((one) => one !== undefined)) {
    if (URL.parse(origin)?.origin === origin && LOOPBACK.test(origin)) continue;
    throw new RangeError(`the endpoint "${origin}" is not an origin of this machine`);
  }
  if (!/^(\/[\w-][\w.-]*)+$/.test(spool)) throw new RangeError("spool is not an absolute path");
  const queue = (url: unknown) => queueAt(String(url), sqs !== undefined);
  const hello = (helloQueueUrl ?? null) === null ? null : queue(helloQueueUrl);
  return { queueUrl: queue(queueUrl), helloQueueUrl: hello, spool, endpoints: Object(endpoints) };
}

/**
 * A queue by its URL. Its host gets the credentials: it must be SQS's, or, if `local`, one of this
 * machine. @throws RangeError where it is another one
 */
export function queueAt(url: string, local: boolean): Queue {
  const [, region = "", suffix] = SQS_URL.exec(url) ?? [];
  const isLocal = local && LOOPBACK.test(URL.parse(url)?.origin ?? "");
  if (suffix === dnsSuffix(region) || isLocal) return queueOf(url);
  throw new RangeError(`"${url}" is not https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`);
}
