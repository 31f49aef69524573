/** The organization that the requests of the tables come from. */

export const ORGANIZATION = "o-acme123456";

/** The guards do not bind it. */
export const MANAGEMENT = "999999999999";

/** Where Groundskeeper runs. */
export const HUB = "111111111111";

/** An account that Groundskeeper works in. */
export const MEMBER = "222222222222";

/** An account of another organization. */
export const STRANGER = "888888888888";

/** The partitions, each with a Region. */
export const PARTITIONS = {
  "aws": "eu-central-1",
  "aws-cn": "cn-north-1",
  "aws-us-gov": "us-gov-west-1",
} as const;

export type Partition = keyof typeof PARTITIONS;

/** ARNs of IAM in a partition: of `role/NAME`, `user/NAME`, `policy/NAME` or `root`. */
export function iamArns(partition: string) {
  return (account: string, resource: string) => `arn:${partition}:iam::${account}:${resource}`;
}
