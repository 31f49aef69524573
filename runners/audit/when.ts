import { counted } from "../core/cli/words.ts";
import type { Conditions, When } from "./config.ts";
import { passingTag, tagText, testText } from "./passing_tag.ts";
import type { Tags } from "./tags.ts";

/** What the conditions of rules read of an instance. */
export type Whereabouts = {
  readonly account: string;
  /** The units that the account is in, among those that were asked about. */
  readonly units: readonly string[];
  /** The units that AWS Organizations was asked about. */
  readonly unitsAsked: readonly string[];
  // null: it is not known, or does not count.
  readonly region: string | null;
  readonly vpc: string | null;
  readonly tags: Tags | null;
};

/** Whether something holds, or why that is not known. */
type Holds = boolean | { readonly unknown: string };

/** Whether a rule applies. What is not known is neither: nothing is decided by it. */
export function applies(when: When, where: Whereabouts): Holds {
  const not = when.not === undefined ? [] : [negated(allHold(when.not, where))];
  return all([allHold(when, where), ...not]);
}

/** Whether it is for tags or a VPC that a rule does not apply: somebody can change these. */
export function isLeftOutByTags(when: When, where: Whereabouts): boolean {
  return applies(when, where) === false &&
    applies(when, { ...where, tags: null, vpc: null }) !== false;
}

function allHold({ accounts, units, regions, vpcs, tag }: Conditions, where: Whereabouts): Holds {
  return all([
    accounts?.includes(where.account) ?? true,
    units === undefined || isInUnit(units, where),
    regions === undefined || isAmong(regions, where.region, "its Region is not known"),
    vpcs === undefined || isAmong(vpcs, where.vpc, "DescribeInstances does not say its VPC"),
    tag === undefined || hasTag(tag, where),
  ]);
}

/** One that fails decides, whatever is not known of the others. */
function all(parts: readonly Holds[]): Holds {
  return parts.find((part) => part === false) ?? parts.find((part) => part !== true) ?? true;
}

function negated(holds: Holds): Holds {
  return typeof holds === "boolean" ? !holds : holds;
}

function isInUnit(wanted: readonly string[], { units, unitsAsked }: Whereabouts): Holds {
  if (wanted.some((unit) => units.includes(unit))) return true;
  const [unasked] = wanted.filter((unit) => !unitsAsked.includes(unit));
  return unasked === undefined
    ? false
    : { unknown: `AWS Organizations was not asked whether the account is in ${unasked}` };
}

function isAmong(wanted: readonly string[], found: string | null, unknown: string): Holds {
  return found === null ? { unknown } : wanted.includes(found);
}

/** A spelling of the tag neither costs an instance nor takes it out of a rule: nobody knows. */
function hasTag(tag: NonNullable<Conditions["tag"]>, { tags }: Whereabouts): Holds {
  if (tags === null) return { unknown: "its tags are not known" };
  const passing = passingTag(tag, tags);
  if (passing === undefined || passing.as === "written") return passing !== undefined;
  return { unknown: `its tag is written ${tagText(passing)}` };
}

/** The conditions in a few words: "in us-east-1 where env is prod (except in vpc-0…)". */
export function conditionText({ not, ...when }: When): string {
  const said = conditionsText(when);
  if (not === undefined) return said;
  const except = `except ${conditionsText(not)}`;
  return said === "" ? except : `${said} (${except})`;
}

/** Lists up to this long are written out. */
const NAMED = 3;

function conditionsText({ accounts, units, regions, vpcs, tag }: Conditions): string {
  const places = [[accounts, "account"], [units, "unit"], [regions, "region"], [
    vpcs,
    "VPC",
  ]] as const;
  return [
    ...places.flatMap(([list, noun]) =>
      list ? [`in ${list.length > NAMED ? counted(list.length, noun) : list.join("|")}`] : []
    ),
    ...(tag ? [`where ${testText(tag)}`] : []),
  ].join(" ");
}
