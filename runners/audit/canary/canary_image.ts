import type { Session } from "../../core/aws/session.ts";
import { sumOf } from "../../core/sum_of.ts";
import type { CanaryImage } from "../observed.ts";

/**
 * Finds the image: an AMI by its ID, or the one that an SSM parameter names.
 *
 * @param image `ami-…`, or `ssm:` and the parameter's name
 * @throws Error when there is none, or it cannot be stopped (EC2 user guide, "Stop and start": only
 * an instance whose root device is an EBS volume can)
 */
export async function findImage(
  session: Session,
  region: string,
  image: string,
): Promise<CanaryImage> {
  const id = image.startsWith("ssm:")
    ? await imageInParameter(session, region, image.slice("ssm:".length))
    : image;
  const { EC2Client, DescribeImagesCommand } = await import("@aws-sdk/client-ec2");
  const client = session.client(EC2Client, region);
  const asked = new DescribeImagesCommand({ ImageIds: [id] });
  const { Images: [found] = [] } = await client.send(asked, session.reading);
  if (!found) throw new Error(`There is no image ${id} in ${region} (audit.canary.image)`);
  if (found.RootDeviceType !== "ebs") {
    throw new Error(
      `The image ${id} has no EBS root device, so that a canary could not be stopped`,
    );
  }
  return {
    id,
    instanceType: found.Architecture === "arm64" ? "t4g.nano" : "t3.nano",
    sizeGib: sumOf(found.BlockDeviceMappings ?? [], ({ Ebs }) => Ebs?.VolumeSize ?? 0),
  };
}

async function imageInParameter(session: Session, region: string, Name: string): Promise<string> {
  const { SSMClient, GetParameterCommand } = await import("@aws-sdk/client-ssm");
  const client = session.client(SSMClient, region);
  const { Parameter } = await client.send(new GetParameterCommand({ Name }), session.reading);
  const id = Parameter?.Value ?? "";
  if (!/^ami-[0-9a-f]+$/.test(id)) {
    throw new Error(`The parameter ${Name} in ${region} holds no image ID (audit.canary.image)`);
  }
  return id;
}
