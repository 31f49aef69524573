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
 * Asked in the caller's own Region. If a policy denies that, or the account has not enabled it, the
 * partition's first Region is asked.
 *
 * @param except the ones to leave out
 * @throws IncompleteAnswerError where it lists none, AwsAccessError where a policy denies the question
 */
export async function enabledRegions(
  session: Session,
  except: readonly string[] = [],
): Promise<string[]> {
  const { EC2Client, DescribeRegionsCommand } = await import("@aws-sdk/client-ec2");
  const asked = [...new Set([session.region, globalRegion(session.partition)])];
  const ask = async (region: string) =>
    await session.client(EC2Client, region).send(new DescribeRegionsCommand({}), session.reading);
  const [own = "", other] = asked;
  const { Regions } = await ask(own).catch(async (error: unknown) => {
    const isElsewhere = ["denied-by-policy", "region-not-enabled"].includes(
      failureOf(error).reason,
    );
    if (other === undefined || !isElsewhere) throw error;
    return await ask(other);
  }).catch((error: unknown) => {
    const { reason, detail } = failureOf(error);
    if (reason !== "denied-by-policy") throw error;
    throw new AwsAccessError(
      reason,
      `${detail} in ${asked.join(" and ")}, which ${asked.length === 1 ? "is" : "are"} asked ` +
        "which Regions there are: set AWS_REGION to a Region that the policy allows, or name the " +
        'Regions that you use: "organization": {"regions": ["us-west-2"]}',
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
