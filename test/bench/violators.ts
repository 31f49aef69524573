import type { InstanceGroup } from "../aws/world.ts";
import { type AuditWorld, REGIONS } from "../e2e/audit_world.ts";

const DAY = 24 * 60;

/** How many of each sort there are in every account and region. */
const COUNTS = { compliant: 135, without: 10, empty: 5 } as const;

/** 150 instances, old enough for nobody's grace; what breaks the rules is the owner. */
export const GROUPS: readonly InstanceGroup[] = [
  group("compliant", { owner: "alice", project: "shop" }),
  group("without", { project: "shop" }),
  group("empty", { owner: "", project: "shop" }),
];

function group(name: keyof typeof COUNTS, tags: Readonly<Record<string, string>>): InstanceGroup {
  return { name, count: COUNTS[name], ageMinutes: 30 * DAY, tags: { Name: name, ...tags } };
}

/** What a run of an audit did, besides what it used. */
export interface AuditTold {
  /** How many API calls it made. */
  readonly calls: number;
  /** What it says that it found, in a few words. */
  readonly found: string;
  /** How much of what there was to find it did not find, or told wrongly. */
  readonly missed: number;
}

/** What a program found, beside what there is. */
export interface Found {
  /** Of the instances without an owner, and of those whose owner is empty. */
  readonly without: Part;
  readonly empty: Part;
  /** Instances that break no rule. */
  readonly wrongly: number;
}

interface Part {
  readonly found: number;
  readonly of: number;
}

/** Sorts what a program found. */
export function sortFound({ accounts, seeded }: AuditWorld, found: ReadonlySet<string>): Found {
  const part = (group: keyof typeof COUNTS): Part => {
    const ids = accounts.flatMap((account) =>
      REGIONS.flatMap((region) => seeded.instances(account, region, group))
    );
    return { found: ids.filter((id) => found.has(id)).length, of: ids.length };
  };
  const [without, empty] = [part("without"), part("empty")];
  return { without, empty, wrongly: found.size - without.found - empty.found };
}

/** What was found, in a few words, and how much was not. */
export function tellFound({ without, empty, wrongly }: Found): Pick<AuditTold, "found" | "missed"> {
  const parts = [
    `owner missing ${without.found} of ${without.of}`,
    `empty ${empty.found} of ${empty.of}`,
    ...(wrongly > 0 ? [`${wrongly} wrongly`] : []),
  ];
  return {
    found: parts.join(", "),
    missed: without.of - without.found + empty.of - empty.found + wrongly,
  };
}
