import { counted, percentText } from "../core/cli/words.ts";
import { CANARY_STAMP_TAG } from "../core/contract/names.ts";
import type { JobEntry } from "../core/program.ts";
import { type AuditConfig, ruleName } from "./config.ts";
import { AUDIT_FLAGS, AUDIT_VERBS, withAuditFlags } from "./flags.ts";
import { part } from "./needs.ts";
import { undoing } from "./undo/undo_command.ts";

/** The audit's part of what `config init` writes. A test checks it against the schema. */
const FIRST_CONFIG = `  "audit": {
    // The tags that every instance must have.
    "required": [
      { "key": "owner" },
      { "key": "project" }
      // { "key": "department", "value": { "oneOf": ["web", "data"] } }
      // { "key": "created_by", "value": { "principal": { "users": true } } }
      // { "key": "cost_center", "when": { "tag": { "key": "env", "value": "prod" } } }
    ],
    "grace": "60m",

    // Where apply may change anything. Empty: nowhere.
    "enforce": {
      "accounts": [],           // ["111111111111"]
      // "units": ["ou-abcd-11111111"],
      "quarantine": "14d"       // for how long an account that joins the organization is only reported
    },

    // What happens to an instance that breaks the rules, and how long after it was first seen.
    "ladder": [
      { "after": "0m", "do": "mark" }
      // , { "after": "3d", "do": "stop" }, { "after": "14d", "do": "terminate" }
    ],
    "looks": { "count": 2, "spacing": "30m" },  // how often it is seen before a stop or termination
    "extension": "14d",         // how much time an owner may ask for: groundskeeper-until: 2026-12-31
    "protection": "respect",    // or "lift": what becomes of termination protection

    // Each region of an enforced account has a canary: a stopped instance that proves that AWS shows
    // all tags. "audit canary plan" says what it costs. It has exactly these tags, with all required
    // ones.
    "canary": {
      "mode": "when-enforcing", // or "required": in every account; or "off"
      // "subnets": { "us-east-1": "subnet-0123456789abcdef0" },
      "tags": {
        "Name": "api-canary-{region}",
        "owner": "groundskeeper",
        "project": "API canary"
      }
    },

    // If a run would change more than this, apply changes nothing, not even the first ten. stop and
    // terminate also have limits of their own.
    "limits": {
      "perRun": { "count": 10, "percent": 10 },
      "perAccount": { "count": 5 },
      "rollingDay": { "count": 20 },
      "stop": { "perRun": { "count": 10 } },
      "terminate": { "perRun": { "count": 5 } }
    },

    // What is so unusual that a run changes nothing anywhere.
    "breakers": {
      "canaryFailShare": 0.2,   // more of the canaries are not well
      "tagDisagree": 0.01,      // DescribeInstances and DescribeTags differ on more
      "ratioJump": 0.25,        // the share of violating instances has grown by more
      "populationDrop": 0.5     // more of a region's instances are gone, and nobody knows why
    },

    // Instances that are left alone, each with an end.
    "exempt": [
      // { "match": { "instanceId": "i-0123456789abcdef0" }, "reason": "vendor image", "until": "2027-01-31" }
    ]
  }`;

export const audit: JobEntry<AuditConfig> = {
  ...part,
  summary: "find EC2 instances that break the tag scheme, and enforce it step by step",
  example: "groundskeeper audit plan --required owner,project",
  explains: {
    argument: "<id>",
    description: "an instance ID, or an account and region: 111111111111/us-east-1",
    example: "groundskeeper audit explain i-0123456789abcdef0",
  },
  own: AUDIT_FLAGS,
  verbs: AUDIT_VERBS,
  groups: [
    { name: "canary", summary: "the stopped instances that prove that AWS tells the truth" },
  ],
  overlay: withAuditFlags,
  describe: (config) => {
    const { accounts = [], units = [] } = config?.enforce ?? {};
    const enforced = "allExcept" in accounts
      ? `all accounts but ${accounts.allExcept.join(", ")}`
      : [...accounts, ...units].join(", ");
    return [
      ["audit", config ? config.required.map(ruleName).join(", ") : "not configured"],
      ["enforces", enforced || "nothing: report only"],
    ];
  },
  firstConfig: FIRST_CONFIG,
  history: [
    {
      title: "compliant",
      // An undo and the making of canaries judge no instance, and a run that proves nothing knows none.
      value: ({ compliant = null, examined = 0 }) =>
        compliant === null ? "-" : percentText(Number(compliant), Number(examined)),
    },
    {
      title: "violating",
      value: ({ violating = null }) => violating === null ? "-" : String(violating),
    },
  ],
  // Every run stamps every canary, so that stamps would hide the changes that people look for.
  ownWrites: {
    has: ({ after }) => after["key"] === CANARY_STAMP_TAG,
    counted: (count) => `${counted(count, "stamp")} of canaries`,
  },
  undoing,
  documentIndex: async () => (await import("./documents.ts")).AUDIT_INDEX,
  dashboard: async () => (await import("./dashboard.ts")).AUDIT_DASHBOARD,
  stored: async () => (await import("./stored.ts")).stored,
  load: async () => (await import("./program.ts")).program,
};
