import * as z from "zod";
import { filePath, literal } from "../core/config/literal.ts";
import { LEVELS } from "../core/attest/levels.ts";
import { accountId, countBound, duration } from "../core/config/values.ts";
import { KEY_SHA256, OWN_EVENT } from "../core/contract/login.ts";
import { QUEUE_URL } from "../core/contract/queue_url.ts";
import { isModulePath, pluginName } from "../core/plugin/module.ts";

/** What happens on an instance, as the ledger knows it. `hello` is none: an instance has booted. */
export const EVENTS = [
  "session_open",
  "console_login",
  "ssm_session",
  "instance_connect",
  "serial_console",
  "ssm_command",
  "user_data",
] as const;

const eventName = z.union([
  z.enum(EVENTS),
  z.string().regex(OWN_EVENT, "must be x- and up to 40 of a-z0-9-"),
]);

const queueUrl = z.string().regex(QUEUE_URL, "must be the URL of a queue").nullable().default(null);

const exact = (what: string) => literal(z.string().min(1), `name one ${what}`);

/** All that an entry names must match; an event that matches is recorded and marks nothing. */
const ignored = z.strictObject({
  user: exact("user").exactOptional(),
  keySha256: z.string().regex(
    KEY_SHA256,
    "must be the fingerprint of a key as ssh-keygen -l prints it, SHA256:…",
  ).exactOptional(),
  principalArn: z.string().regex(
    /^arn:aws(-[a-z]+)*:(iam|sts)::\d{12}:[\w+=,.@/-]+$/,
    "must be the ARN of a role, a role session or a user",
  ).exactOptional(),
  document: exact("SSM document").exactOptional(),
}).refine(
  (entry) => Object.keys(entry).length > 0,
  "must name user, keySha256, principalArn or document",
);

/** The settings of the job `dirty`. Everything has a default. */
export const dirtySchema = z.strictObject({
  // EC2 user guide, "Tag restrictions".
  tag: z.string().regex(
    /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+@-]{1,128}$/u,
    'must be the key of a tag, without wildcards, and not begin with "aws:"',
  ).nullable().default("dirty").meta({
    description: "The key of the tag that a dirty instance gets; null: the ledger alone",
  }),
  queueUrl: queueUrl.meta({ description: "The queue that instances send their logins to" }),
  eventsQueueUrl: queueUrl.meta({ description: "The queue that EventBridge sends events to" }),
  require: z.enum(LEVELS).default("verified").meta({
    description: "How well it must be proven who sent an event for the event to mark the instance",
  }),
  people: z.enum(["keep", "omit"]).default("keep").meta({
    description: "Whether names and addresses of people are stored",
  }),
  events: z.strictObject({
    mark: z.array(eventName).default([
      "session_open",
      "console_login",
      "ssm_session",
      "instance_connect",
      "serial_console",
    ]).meta({ description: "The events that mark an instance; the others are only recorded" }),
  }).prefault({}),
  ignore: z.array(ignored).default([]).meta({
    description: "Events that are recorded and mark nothing, such as those of a deployment",
  }),
  auditors: z.array(filePath).default([]).meta({
    description: "Paths of modules that are told of each mark",
  }),
  act: z.strictObject({
    enforce: z.strictObject({
      accounts: z.array(accountId).default([]),
      groups: z.array(z.string().min(1).max(255)).default([]),
    }).prefault({}).meta({ description: "Where dirty instances are replaced. Empty: nowhere" }),
    allowSingle: z.boolean().default(false),
    grace: duration.default("4h"),
    maxGrace: duration.default("24h"),
    perGroup: z.int().min(0).default(1),
    perAccount: z.int().min(0).default(1),
  }).prefault({}).meta({ description: "The replacement of dirty instances" }),
  limits: z.strictObject({
    perRun: countBound(10),
    rollingDay: countBound(20),
  }).prefault({}).meta({ description: "How many instances may be replaced" }),
});

export type DirtyConfig = z.infer<typeof dirtySchema>;

/** Contradictions between settings, as sentences that begin with a path. */
export function dirtyContradictions(config: DirtyConfig): string[] {
  const { queueUrl, eventsQueueUrl, auditors, act: { enforce } } = config;
  const names = auditors.map(pluginName);
  return [
    queueUrl !== null && queueUrl === eventsQueueUrl &&
    "dirty.eventsQueueUrl must be another queue than dirty.queueUrl: who may send to it differs",
    enforce.accounts.length + enforce.groups.length > 0 &&
    "dirty.act.enforce names what to replace, and this version replaces no instance",
    ...Object.entries({ queueUrl, eventsQueueUrl }).map(([name, url]) =>
      url?.endsWith(".fifo") === true &&
      `dirty.${name} must be a standard queue: SQS takes no message of a FIFO queue without a group, ` +
        "and neither the client nor EventBridge names one"
    ),
    ...auditors.flatMap((path, at) => [
      !isModulePath(path) &&
      `dirty.auditors[${at}] must be the path of a module, such as "./page.ts", found "${path}"`,
      names.indexOf(names[at]!) < at &&
      `dirty.auditors[${at}] names ${names[at]} a second time`,
    ]),
  ].filter((sentence) => sentence !== false);
}
