import { partitionOfRegion, queueArnIn } from "../contract/partition.ts";
import { queueOf } from "../contract/queue_url.ts";

export { partitionOfRegion };

/** An ARN in its parts. Never pasted together with a partition that was guessed. */
export type Arn = {
  /** `aws`, `aws-cn` or `aws-us-gov`. */
  readonly partition: string;
  readonly service: string;
  /** Empty for global services. */
  readonly region: string;
  /** Twelve digits, `aws`, or empty. */
  readonly account: string;
  /** What stands after the account, with its type and path: `role/team/app`. */
  readonly resource: string;
};

const ARN = /^arn:(aws(?:-[a-z]+)*):([a-z0-9-]+):([a-z0-9-]*):(\d{12}|aws|):(.+)$/;

/** Reads an ARN. @throws RangeError when the text is none */
export function parseArn(text: string): Arn {
  const match = ARN.exec(text);
  if (!match) throw new RangeError(`"${text}" is not an ARN`);
  const [, partition = "", service = "", region = "", account = "", resource = ""] = match;
  return { partition, service, region, account, resource };
}

export function isArn(text: string): boolean {
  return ARN.test(text);
}

export function formatArn(arn: Arn): string {
  return `arn:${arn.partition}:${arn.service}:${arn.region}:${arn.account}:${arn.resource}`;
}

/** An instance ID as EC2 gives it out: 8 or 17 hexadecimal digits. */
export const INSTANCE_ID = /^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;

export function instanceArn(
  partition: string,
  region: string,
  account: string,
  id: string,
): string {
  return formatArn({ partition, service: "ec2", region, account, resource: `instance/${id}` });
}

/**
 * The ID of the instance that an ARN names: the reverse of `instanceArn`.
 *
 * @throws RangeError when the text is no ARN
 */
export function instanceIdOf(arn: string): string {
  return parseArn(arn).resource.replace(/^instance\//, "");
}

/** The ARN of a role; `name` may hold a path. */
export function roleArn(partition: string, account: string, name: string): string {
  return formatArn({ partition, service: "iam", region: "", account, resource: `role/${name}` });
}

/** The ARN that a client makes of the URL of its queue. */
export function queueArnOf(url: string, defaultRegion: string): string {
  return queueArnIn(queueOf(url), defaultRegion);
}
