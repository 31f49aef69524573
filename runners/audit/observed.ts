import * as z from "zod";
import type { Failure } from "../core/aws/failure.ts";
import type { Account } from "../core/aws/session.ts";
import type { Json } from "../core/json.ts";
import { IMPORTS_NOT_ASKED } from "./imports.ts";
import { ownerSchema } from "./owners/owners.ts";

/** Why something could not be read. */
const failure = z.strictObject({ reason: z.string(), detail: z.string() });

/** zod's record leaves out a key "__proto__", which a tag may have. */
export const tagsSchema = z.custom<{ [key: string]: string }>(
  (value) =>
    value !== null && typeof value === "object" && !Array.isArray(value) &&
    Object.values(value).every((one) => typeof one === "string"),
  "must be an object of strings",
);

/** EC2 user guide, "Change instance termination protection" and "… stop protection". */
export const protectionSchema = z.strictObject({ termination: z.boolean(), stop: z.boolean() });

const instance = z.strictObject({
  id: z.string(),
  state: z.string(),
  type: z.string(),
  image: z.string(),
  zone: z.string(),
  /** When the primary network interface was attached, which a restart does not renew. */
  created: z.string(),
  /** When it was started last. */
  launched: z.string(),
  tags: tagsSchema,
  /** Absent where DescribeInstances does not say it. */
  vpc: z.string().exactOptional(),
  /** What would replace the instance if it were gone: "Auto Scaling group web". */
  managedBy: z.array(z.string()),
  /** "ebs" or "instance-store"; only the first can be stopped. */
  rootDevice: z.string().default("ebs"),
  /** null: on demand; else "spot" and the like. */
  lifecycle: z.string().nullable().default(null),
  /** null where it was not asked for, since no step is due, or could not be read. */
  protection: protectionSchema.nullable().default(null),
  /** Why the protection could not be read; absent where it was read, or was not asked. */
  protectionUnread: z.string().exactOptional(),
  /** How AWS says that its state has changed last. Read for an undo alone. */
  changed: z.strictObject({
    /** RFC 3339; null where AWS does not say it. */
    at: z.string().nullable(),
    /** StateReason: "Client.UserInitiatedShutdown", or empty. */
    code: z.string(),
    message: z.string(),
  }).exactOptional(),
  /** Why nothing may be concluded of it: its record is incomplete, or its copies differ. */
  doubt: failure.exactOptional(),
});

/** The image of a canary in one Region. */
export const canaryImageSchema = z.strictObject({
  id: z.string(),
  /** The smallest current type that runs it. */
  instanceType: z.enum(["t3.nano", "t4g.nano"]),
  /** The size of all its volumes, in GiB. */
  sizeGib: z.number(),
});

const region = z.strictObject({
  region: z.string(),
  /** Why the region could not be read; then there is nothing else of it. */
  failure: failure.nullable(),
  instances: z.array(instance),
  /** What DescribeTags says: of the instances it was asked about, or, asked about none, of all. */
  secondSource: z.strictObject({
    asked: z.union([z.literal("all"), z.array(z.string())]),
    tags: z.record(z.string(), tagsSchema),
    at: z.string(),
  }).nullable(),
  /**
   * Whether instance types have instance-store volumes, as far as it matters. Of a type that is not
   * listed it is not known; snapshots of earlier versions list none.
   */
  instanceStores: z.strictObject({
    types: z.record(z.string(), z.boolean()),
    /** Why types could not be read. */
    unread: z.string().exactOptional(),
  }).default({ types: {} }),
  /** Why it is not known which instances EC2 imports just now; null where it is known. */
  importsUnread: z.string().nullable().default(IMPORTS_NOT_ASKED.unread),
  /** Owners of instances whose tags name none, as far as they were looked up. */
  owners: z.array(z.strictObject({
    id: z.string(),
    owner: ownerSchema.nullable(),
    /** All sources were read: later runs need not ask again. */
    complete: z.boolean(),
  })).default([]),
  /** What a canary would be made of, or why that is not known; absent where none is to be made. */
  canaryImage: z.union([canaryImageSchema, failure]).exactOptional(),
  /** When DescribeInstances had answered in full. */
  at: z.string(),
});

/** A file of values that the configuration names, or why it could not be read. */
const list = z.union([
  z.strictObject({ file: z.string(), values: z.array(z.string()) }),
  z.strictObject({ file: z.string(), ...failure.shape }),
]);
export type ObservedList = z.infer<typeof list>;

/** What the audit observes of an account: plain data, as it can be stored and planned from again. */
export const accountSchema = z.strictObject({
  id: z.string(),
  name: z.string().nullable(),
  alias: z.string().nullable(),
  partition: z.string(),
  /** Why nothing of the account could be read. */
  failure: failure.nullable(),
  /** When it joined the organization, RFC 3339; null where nobody was asked. */
  joined: z.string().nullable().default(null),
  /** AWS Organizations was asked and did not say it; absent in all other cases. */
  joinedUnknown: z.literal(true).exactOptional(),
  /** Those of `unitsAsked` that it is in. */
  units: z.array(z.string()).default([]),
  /** The units that AWS Organizations was asked about; absent where it was not asked. */
  unitsAsked: z.array(z.string()).exactOptional(),
  /** The names of its IAM users; null where no rule asks for them. */
  users: z.union([z.strictObject({ names: z.array(z.string()) }), failure]).nullable(),
  /** The files that rules ask for; absent where none does. They are the same for all accounts. */
  lists: z.array(list).exactOptional(),
  regions: z.array(region),
});

export type ObservedAccount = z.infer<typeof accountSchema>;
export type ObservedRegion = z.infer<typeof region>;
export type ObservedInstance = z.infer<typeof instance>;
export type CanaryImage = z.infer<typeof canaryImageSchema>;
export type Protection = z.infer<typeof protectionSchema>;

/** A region that could not be read, and why. */
export function unreadRegion(name: string, failure: Failure, now: Date): ObservedRegion {
  const at = now.toISOString();
  return region.parse({ region: name, failure, instances: [], secondSource: null, at });
}

/** All regions that were observed, each with its account. */
export function* placesOf(accounts: Iterable<ObservedAccount>) {
  for (const account of accounts) {
    for (const region of account.regions) yield { account, region };
  }
}

/** What was observed of an account, without the moments at which the sources answered. */
export function withoutAnswerTimes({ regions, ...account }: ObservedAccount): Json {
  return {
    ...account,
    regions: regions.map(({ at: _answered, secondSource, ...region }) => ({
      ...region,
      secondSource: secondSource && { ...secondSource, at: null },
    })),
  };
}

/** An account of which nothing was read yet. @param asked the units that the configuration names */
export function unreadAccount(
  { id, name, joined, units, doubt }: Account,
  asked: Iterable<string>,
): ObservedAccount {
  return {
    ...{ id, name, alias: null, partition: "aws", joined: joined?.toISOString() ?? null },
    // Only an account that AWS Organizations has listed is ever in doubt.
    ...(doubt && !joined ? { joinedUnknown: true as const } : {}),
    units: [...units ?? []],
    ...(units ? { unitsAsked: [...asked] } : {}),
    ...{ failure: null, users: null, regions: [] },
  };
}

/** EC2 user guide, "Instance lifecycle": what does not come back. */
export const GONE_STATES: ReadonlySet<string> = new Set(["shutting-down", "terminated"]);

/** The states of an instance that has stopped, or is about to. */
export const STOPPED_STATES: ReadonlySet<string> = new Set(["stopping", "stopped"]);

/**
 * The state of an instance that has started. One that is "pending" may stop again: EC2 accepts a start
 * before it finds out that it may not use the key of a volume.
 */
export const STARTED_STATES: ReadonlySet<string> = new Set(["running"]);

/** A terminated instance is listed for about an hour (EC2 user guide, "Terminate instances"). */
export const LISTED_MS = 3_600_000;
