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

/** How AWS spells its Regions, those that are to come as well. */
export const REGION_SHAPE = /^[a-z]{2,4}(-[a-z]+)+-\d$/;

/** Where a Region may lie in its geography, as AWS names it. */
const DIRECTION = /-(central|(north|south)?(east|west)|north|south)-[1-9]$/;

const GEOGRAPHIES = new Set([...REGIONS].map((region) => region.replace(DIRECTION, "")));

/**
 * What is wrong with the name of a Region: it has not the form of one, or is a known one that is
 * misspelled, with one letter wrong or letters in another order. Every other name is taken, since
 * AWS adds Regions after a release; if there is none, AWS says so. Answers the rest of a sentence,
 * with the Region that may be meant; null where nothing is wrong.
 */
export function unknownRegion(name: string): string | null {
  if (REGIONS.has(name) || isPlausible(name)) return null;
  const [near] = [...REGIONS].map((region) => ({
    region,
    distance: lettersOf(region) === lettersOf(name) ? 0 : leven(region, name),
  })).sort((a, b) => a.distance - b.distance);
  if (REGION_SHAPE.test(name) && near!.distance > 1) return null;
  return "is no Region of AWS that this version knows" +
    (near!.distance > 3 ? "" : `. Did you mean "${near!.region}"?`);
}

/** Whether AWS could name a Region so: a geography that has some, a direction, and a number. */
function isPlausible(name: string): boolean {
  return DIRECTION.test(name) && GEOGRAPHIES.has(name.replace(DIRECTION, ""));
}

/** Alike for names that differ in the order of their letters alone. */
function lettersOf(name: string): string {
  return [...name].sort().join("");
}
