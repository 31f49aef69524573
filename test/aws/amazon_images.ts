/**
 * Amazon Linux images, as every region has them: the public parameters that name them, what
 * DescribeImages says of them, and what is launched from them. moto has the parameters of some
 * regions only, and no image that they name.
 */

import { createHash } from "node:crypto";

import { type Answer, jsonAnswer, xmlAnswer } from "./answer.ts";
import { partitionOfRegion } from "../../runners/core/aws/arn.ts";
import { protocolError } from "./protocol_error.ts";
import type { AwsRequest } from "./request.ts";

interface AmazonImage {
  readonly id: string;
  readonly variant: string;
  readonly architecture: string;
  /** Of the root volume, in GiB. */
  readonly size: number;
}

/** AL2023 user guide, "Using the latest AL2023 AMI" (Systems Manager parameter names). */
const tree = "/aws/service/ami-amazon-linux-latest/";

/** A canary takes the minimal image, for its smaller root volume. */
const variants = [
  { variant: "al2023-ami-kernel-default", size: 8 },
  { variant: "al2023-ami-minimal-kernel-default", size: 2 },
];
const rootDeviceName = "/dev/xvda";

function imagesOf(region: string): AmazonImage[] {
  return ["x86_64", "arm64"].flatMap((architecture) =>
    variants.map(({ variant, size }) => ({
      id: `ami-${hex(region, variant, architecture)}`,
      variant,
      architecture,
      size,
    }))
  );
}

/** Each region has its own IDs, always the same. */
function hex(...parts: readonly string[]): string {
  return createHash("sha256").update(parts.join(" ")).digest("hex").slice(0, 17);
}

/** Answers GetParameter for the name of such an image; null for any other call. */
export function imageParameter(request: AwsRequest): Answer | null {
  if (request.action !== "ssm:GetParameter") return null;
  const { region } = request;
  const name = request.parameters["Name"] ?? "";
  const image = imagesOf(region).find(({ variant, architecture }) =>
    name === `${tree}${variant}-${architecture}`
  );
  return image === undefined ? null : jsonAnswer({
    Parameter: {
      ARN: `arn:${partitionOfRegion(region)}:ssm:${region}::parameter${name}`,
      DataType: "text",
      LastModifiedDate: 1767225600,
      Name: name,
      Type: "String",
      Value: image.id,
      Version: 1,
    },
  });
}

/** Answers DescribeImages by the IDs of such images; null for any other call. */
export function describedImages(request: AwsRequest, requestId: string): Answer | null {
  if (request.action !== "ec2:DescribeImages") return null;
  const ids = Object.entries(request.parameters)
    .filter(([name]) => /^ImageId\.\d+$/.test(name)).map(([, id]) => id);
  if (ids.length === 0) return null;
  const images = imagesOf(request.region).filter(({ id }) => ids.includes(id));
  if (images.length === 0) return null;
  if (images.length < ids.length) {
    const message = `${request.action}: images of Amazon's and others in one call`;
    return protocolError("ec2", { code: "NotImplementedByLocalAws", message }, requestId);
  }
  return xmlAnswer(
    `<DescribeImagesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><imagesSet>` +
      `${images.map(imageItem).join("")}</imagesSet></DescribeImagesResponse>`,
  );
}

/** EC2 API reference, Image. */
function imageItem({ id, variant, architecture, size }: AmazonImage): string {
  const name = `${variant}-${architecture}`;
  return `<item><imageId>${id}</imageId><imageLocation>amazon/${name}</imageLocation>` +
    `<imageState>available</imageState><imageOwnerId>137112412989</imageOwnerId>` +
    `<creationDate>2026-01-01T00:00:00.000Z</creationDate><isPublic>true</isPublic>` +
    `<architecture>${architecture}</architecture><imageType>machine</imageType>` +
    `<imageOwnerAlias>amazon</imageOwnerAlias><name>${name}</name>` +
    `<rootDeviceType>ebs</rootDeviceType><rootDeviceName>${rootDeviceName}</rootDeviceName>` +
    `<blockDeviceMapping><item><deviceName>${rootDeviceName}</deviceName><ebs>` +
    `<snapshotId>snap-${id.slice("ami-".length)}</snapshotId><volumeSize>${size}</volumeSize>` +
    `<deleteOnTermination>true</deleteOnTermination><volumeType>gp3</volumeType>` +
    `<encrypted>false</encrypted></ebs></item></blockDeviceMapping>` +
    `<virtualizationType>hvm</virtualizationType><hypervisor>xen</hypervisor>` +
    `<enaSupport>true</enaSupport><imdsSupport>v2.0</imdsSupport></item>`;
}

/**
 * What a launch from such an image takes over from it: the root volume, where the call does not
 * say otherwise (EC2 user guide, "Block device mappings"). Null for any other call.
 */
export function launchedFromImage(request: AwsRequest): Record<string, string> | null {
  const { parameters } = request;
  const image = launchImage(request);
  if (image === undefined) return null;
  const names = Object.keys(parameters).filter((name) =>
    /^BlockDeviceMapping\.\d+\.DeviceName$/.test(name)
  );
  const device = names.find((name) => parameters[name] === rootDeviceName) ??
    `BlockDeviceMapping.${names.length + 1}.DeviceName`;
  const prefix = device.slice(0, -"DeviceName".length);
  const defaults: Record<string, string> = {
    [device]: rootDeviceName,
    [`${prefix}Ebs.VolumeSize`]: String(image.size),
    [`${prefix}Ebs.VolumeType`]: "gp3",
    [`${prefix}Ebs.DeleteOnTermination`]: "true",
  };
  return Object.fromEntries(Object.entries(defaults).filter(([name]) => !(name in parameters)));
}

/** The root device of what a call launches, where moto tells another one. */
export function launchedRootDevice(request: AwsRequest): string | undefined {
  return launchImage(request) && rootDeviceName;
}

function launchImage(request: AwsRequest): AmazonImage | undefined {
  if (request.action !== "ec2:RunInstances") return undefined;
  return imagesOf(request.region).find(({ id }) => id === request.parameters["ImageId"]);
}
