import type { JobEntry } from "../core/program.ts";
import { REJECTED_VERB } from "../core/queue/rejected_verb.ts";
import type { DirtyConfig } from "./config.ts";
import { part } from "./needs.ts";

/** Its part of what `config init` writes. A test holds that it is right. */
const FIRST_CONFIG =
  `  // Instances that a person logged in to are dirty. "dirty serve" records the logins.
  "dirty": {
    "tag": "dirty",             // the tag that a dirty instance gets; null: none
    // "queueUrl": "https://sqs.us-east-1.amazonaws.com/111111111111/groundskeeper-logins",
    // "eventsQueueUrl": "https://sqs.us-east-1.amazonaws.com/111111111111/groundskeeper-events",
    "require": "verified",      // or "attested", "claimed": how well the sender must be proven
    "people": "keep",           // or "omit": names and addresses are not stored
    "ignore": [
      // { "user": "deploy" }   // recorded, and marks nothing
    ]
  }`;

const AN_INSTANCE = { argument: "<id>", description: "an instance ID" } as const;

/** The record of logins to instances. */
export const dirty: JobEntry<DirtyConfig> = {
  ...part,
  summary: "record who logged in to an instance, and mark the instance as dirty",
  example: "groundskeeper dirty plan",
  explains: { ...AN_INSTANCE, example: "groundskeeper dirty explain i-0123456789abcdef0" },
  verbs: [
    {
      name: "serve",
      summary: "record what the queues bring, and mark the instances",
      own: [{ flags: "--once", description: "handle what is there, and end" }],
    },
    { name: "list", summary: "list the instances that are dirty", scoped: true },
    {
      name: "show",
      summary: "show who was on an instance, from where, and by which proof",
      subject: AN_INSTANCE,
      example: "groundskeeper dirty show i-0123456789abcdef0",
    },
    {
      name: "verify",
      summary: "compare the ledger with the tags, and record what differs",
      scoped: true,
    },
    {
      name: "clear",
      summary: "remove the mark of an instance that is clean again",
      subject: AN_INSTANCE,
      own: [{ flags: "--reason <text>", description: "why it is clean" }],
      example: 'groundskeeper dirty clear i-0123456789abcdef0 --reason "rebuilt, OPS-2231"',
      asks: true,
    },
    REJECTED_VERB,
  ],
  describe: (config) => [
    ["dirty", config?.queueUrl ?? "no queue of logins"],
    [
      "marks",
      config?.tag
        ? `with the tag ${config.tag}, from the level ${config.require} on`
        : "nothing: the ledger alone",
    ],
  ],
  firstConfig: FIRST_CONFIG,
  history: [{ title: "dirty", value: ({ dirty = 0 }) => String(dirty) }, {
    title: "unknown",
    value: ({ unknown = 0 }) => String(unknown),
  }],
  documentIndex: async () => (await import("./documents.ts")).DIRTY_INDEX,
  dashboard: async () => (await import("./dashboard.ts")).DIRTY_DASHBOARD,
  stored: async () => (await import("./stored.ts")).stored,
  load: async () => (await import("./program.ts")).program,
};
