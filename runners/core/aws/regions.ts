import { compareText } from "../plan/canonical.ts";
import { AwsAccessError } from "../errors.ts";
import { failureOf } from "./failure.ts";
import { IncompleteAnswerError, told } from "./paginate.ts";
import type { Session } from "./session.ts";

/** Where each partition's IAM answers (IAM, "Endpoints and quotas"). */
const GLOBAL: Record<string, string> = {
  aws: "us-east-1",
  "aws-cn": "cn-north-1",
  "aws-us-gov": "us-gov-west-1",
};

/** The region whose endpoint answers for what belongs to no region, in a partition. */
export function globalRegion(partition: string): string {
  return GLOBAL[partition] ?? "us-east-1";
}

/**
 * The regions that an account has enabled. DescribeRegions lists just these unless asked for all;
 * those that are `not-opted-in` are left out in any case.
 *
 * @param except the ones to leave out
 * @throws IncompleteAnswerError where it lists none, AwsAccessError where a policy denies the question
 */
export async function enabledRegions(
  session: Session,
  except: readonly string[] = [],
): Promise<string[]> {
  const { EC2Client, DescribeRegionsCommand } = await import("@aws-sdk/client-ec2");
  const region = globalRegion(session.partition);
  const client = session.client(EC2Client, region);
  const { Regions } = await client.send(new DescribeRegionsCommand({}), session.reading)
    .catch((error: unknown) => {
      const { reason, detail } = failureOf(error);
      if (reason !== "denied-by-policy") throw error;
      throw new AwsAccessError(
        reason,
        `${detail} in ${region}, which is asked which Regions there are: name the Regions that you ` +
          "use in organization.regions",
        { cause: error },
      );
    });
  const names = (Regions ?? []).filter((region) => region.OptInStatus !== "not-opted-in")
    .map(({ RegionName }) => told(RegionName, "ec2:DescribeRegions", "a Region", "RegionName"))
    .filter((name) => !except.includes(name));
  // No Region at all would read as an account without instances.
  if (names.length === 0) {
    throw new IncompleteAnswerError(
      "ec2:DescribeRegions answered without an enabled Region" +
        (except.length === 0 ? "" : " beside those that organization.regions leaves out"),
    );
  }
  return [...new Set(names)].sort(compareText);
}
