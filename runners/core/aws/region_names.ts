import leven from "leven";

/**
 * The Regions of AWS (AWS General Reference, "AWS service endpoints"; AWS GovCloud (US) and Amazon Web
 * Services in China have Regions of their own). A new one is added here.
 */
export const REGIONS: ReadonlySet<string> = new Set([
  "af-south-1",
  "ap-east-1",
  "ap-east-2",
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-northeast-3",
  "ap-south-1",
  "ap-south-2",
  "ap-southeast-1",
  "ap-southeast-2",
  "ap-southeast-3",
  "ap-southeast-4",
  "ap-southeast-5",
  "ap-southeast-6",
  "ap-southeast-7",
  "ca-central-1",
  "ca-west-1",
  "eu-central-1",
  "eu-central-2",
  "eu-north-1",
  "eu-south-1",
  "eu-south-2",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "il-central-1",
  "me-central-1",
  "me-south-1",
  "mx-central-1",
  "sa-east-1",
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
  "cn-north-1",
  "cn-northwest-1",
  "us-gov-east-1",
  "us-gov-west-1",
]);

/**
 * What is wrong with the name of a Region: no Region of AWS has it. Answers the rest of a sentence, with
 * the Region that may be meant; null where there is such a Region.
 */
export function unknownRegion(name: string): string | null {
  if (REGIONS.has(name)) return null;
  const [near] = [...REGIONS].map((region) => ({ region, distance: leven(region, name) }))
    .sort((a, b) => a.distance - b.distance);
  return "is no Region of AWS that this version knows" +
    (near!.distance > 3 ? "" : `. Did you mean "${near!.region}"?`);
}
