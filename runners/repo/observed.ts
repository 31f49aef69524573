import * as z from "zod";
import { isJsonObject, type Json } from "../core/json.ts";

/** Why something could not be read. */
const failure = z.strictObject({ reason: z.string(), detail: z.string() });

/** Values by name: zod's record leaves out a key "__proto__", which a tag or a policy may have. */
export const mapSchema = <Value>(value: z.ZodType<Value>, of: string) =>
  z.custom<{ readonly [name: string]: Value }>(
    (map) => isJsonObject(map) && Object.values(map).every((one) => value.safeParse(one).success),
    `must be an object of ${of}`,
  );
const texts = mapSchema(z.string(), "strings");

/**
 * What IAM's last accessed data says of one service (IAM API Reference,
 * GetServiceLastAccessedDetails). A service that is listed without a date was not used for as long
 * as AWS tracks it; of one that is not listed nothing is known.
 */
const serviceAccess = z.strictObject({
  /** The last attempt, RFC 3339; null: none within the tracking period. */
  lastUsed: z.string().nullable(),
  region: z.string().nullable(),
  /**
   * Each action that AWS tracks, with its last attempt; null: the report has no list, since it is
   * at service level, or AWS tracks none of the service's actions.
   */
  actions: z.record(z.string(), z.string().nullable()).nullable(),
});

/** A complete report: every page of a finished job of IAM, or Aardvark's rows about a role. */
const evidence = z.strictObject({
  source: z.enum(["iam", "aardvark"]),
  level: z.enum(["service", "action"]),
  /** When AWS completed it, RFC 3339. */
  completedAt: z.string(),
  /** By namespace as IAM writes it: `s3`. */
  services: mapSchema(serviceAccess, "what IAM says of each service"),
});

/** A managed policy that is attached to a role. */
const managedPolicy = z.strictObject({
  arn: z.string(),
  name: z.string(),
  /** How many users, groups and roles it is attached to. */
  attachments: z.int(),
  /** How many users and roles it is the permissions boundary of; absent: IAM did not say. */
  boundaries: z.int().exactOptional(),
  /** The version that is in force: `v3`. */
  version: z.string(),
  /** All its versions, with when each was created. */
  versions: z.record(z.string(), z.string()),
  /** The text in force; null: it could not be read. */
  document: z.string().nullable(),
  /** The texts of all its versions; only if one of them is to be put in force. */
  documents: z.record(z.string(), z.string()).exactOptional(),
});

const role = z.strictObject({
  /** `AROA…`: IAM never gives an ID again, not even to a role of the same name. */
  roleId: z.string(),
  arn: z.string(),
  name: z.string(),
  path: z.string(),
  created: z.string(),
  /** When its credentials were last used; null: not within IAM's tracking period. */
  lastUsed: z.string().nullable(),
  description: z.string(),
  tags: texts,
  /** Its trust policy, as text. */
  trust: z.string(),
  /** The ARN of its permissions boundary. */
  boundary: z.string().nullable(),
  /** The text that IAM keeps of each inline policy, by name. */
  inline: texts,
  /** ARNs of attached managed policies. Their texts are in `managed` of the account. */
  attached: z.array(z.string()),
  instanceProfiles: z.array(z.string()),
  /** What IAM says of its use, or why that is not completely known. */
  evidence: z.union([evidence, failure]),
  /** Why nothing may be concluded of it: IAM lists it, or a policy of it, twice and differently. */
  doubt: failure.exactOptional(),
});

/** A call, in CloudTrail, that AWS denied to a role from which permissions were removed lately. */
const denial = z.strictObject({
  account: z.string(),
  region: z.string(),
  eventId: z.string(),
  /** `eventTime`, RFC 3339, to the second. */
  at: z.string(),
  /** `eventSource`: `sqs.amazonaws.com`. */
  source: z.string(),
  /** `eventName`: the name of the API's operation, which is mostly that of the action. */
  name: z.string(),
  code: z.string(),
  /** What the service says of it; it often names the action, and why it was denied. */
  message: z.string(),
  /** The role whose session made the call. */
  roleArn: z.string(),
  /** The role's ID, if the event has it. */
  roleId: z.string().nullable(),
  /** The ARN that made the call, with the name of its session. */
  principal: z.string().nullable(),
});

/** A part of CloudTrail's history that was not read, or not as far back as it should be. */
const unseen = z.strictObject({
  account: z.string(),
  region: z.string(),
  source: z.string(),
  reason: z.string(),
  detail: z.string(),
});

/** What CloudTrail says of the roles of an account that were changed lately. */
const watch = z.strictObject({
  /** How many of them were watched. */
  roles: z.int(),
  denials: z.array(denial),
  unseen: z.array(unseen),
});

/** What the job observes of an account: plain data, as it can be stored and planned from again. */
export const accountSchema = z.strictObject({
  id: z.string(),
  name: z.string().nullable(),
  partition: z.string(),
  /** Why the account could not be read; then there is nothing else of it. */
  failure: failure.nullable(),
  /** When its reading began, RFC 3339: a change that was recorded after this is newer. */
  at: z.string(),
  /** All roles of the account are here; false: only those that were asked for. */
  whole: z.boolean(),
  roles: z.array(role),
  /** The managed policies that are attached to the roles, by ARN. */
  managed: z.record(z.string(), managedPolicy),
  /** Absent: nothing was changed there lately, or the run does not ask CloudTrail. */
  watch: z.exactOptional(watch),
});

export type ObservedAccount = z.infer<typeof accountSchema>;
export type ObservedRole = z.infer<typeof role>;
export type ManagedPolicy = z.infer<typeof managedPolicy>;
export type Evidence = z.infer<typeof evidence>;
export type ServiceAccess = z.infer<typeof serviceAccess>;
export type ObservedDenial = z.infer<typeof denial>;
export type Unseen = z.infer<typeof unseen>;
export type ObservedWatch = z.infer<typeof watch>;
export type Failure = z.infer<typeof failure>;

/** Instead of the evidence of a role that has nothing to lose: IAM was not asked for it. */
export const NOT_ASKED: Failure = {
  reason: "not-asked",
  detail: "The role has no policy that could lose anything, so nobody asked when it was used",
};

/**
 * What was observed of an account, without the instants of the answers. IAM makes its report for the
 * run that asks, so that its instant is no fact; the instant of Aardvark's rows is one.
 */
export function withoutAnswerTimes({ at: _begun, roles, ...account }: ObservedAccount): Json {
  return {
    ...account,
    roles: roles.map(({ evidence, ...role }) => ({
      ...role,
      evidence: "source" in evidence && evidence.source === "iam"
        ? { ...evidence, completedAt: null }
        : evidence,
    })),
  };
}
