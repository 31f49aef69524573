import { counted, numberText } from "../core/cli/words.ts";
import type { JobEntry } from "../core/program.ts";
import { type RepoConfig, repoSchema } from "./config.ts";
import { REPO_FLAGS, REPO_VERBS, undoing } from "./flags.ts";
import { part } from "./needs.ts";

/** Its part of what `config init` writes. A test holds that it is right. */
const FIRST_CONFIG =
  `  // Permissions that nobody uses are removed from roles. "repo plan" shows which.
  "repo": {
    "usageWindow": "90d",       // what was used within this time stays
    "minimumAge": "90d",        // a younger role is left alone
    "protectNew": "14d",        // a permission stays this long after it was first seen
    "level": "service",         // or "action": one by one, where AWS tracks the action
    "managedByCode": "propose", // or "apply", "exclude": roles of CloudFormation and Terraform
    "pinned": ["iam:PassRole"], // actions that always stay
    // "protectedRoles": ["emergency-*"],  // besides those that are never touched anyway
    "filters": [],              // "age", "blocklist", "exclusive", "lambda", or "./my_filter.ts"
    "limits": {
      "perRun": { "roles": 50 },
      "restore": { "roles": 5 }
    }
  }`;

/** The removal of unused IAM permissions. */
export const repo: JobEntry<RepoConfig> = {
  ...part,
  summary: "remove IAM permissions that nobody uses from roles, and bring them back",
  example: "groundskeeper repo plan --role 111111111111/checkout-api",
  explains: {
    argument: "<role> [action]",
    description: "a role, by its ARN or ACCOUNT/NAME, and perhaps one of its actions",
    example: "groundskeeper repo explain 111111111111/checkout-api s3:PutObject",
  },
  own: REPO_FLAGS,
  verbs: REPO_VERBS,
  groups: [{ name: "access", summary: "what IAM said of the roles' use" }],
  firstStore: { sentence: "To read the accounts into one", words: ["repo refresh"] },
  describe: (config = repoSchema.parse({})) => [
    [
      "repo",
      `what was not used for ${config.usageWindow}, by ${config.level}; new ones stay ` +
      `${config.protectNew}; at most ${counted(config.limits.perRun.roles, "role")} a run`,
    ],
  ],
  serviceHosts: ({ aardvark }) => aardvark ? [new URL(aardvark.api).host] : [],
  firstConfig: FIRST_CONFIG,
  history: ["roles", "permissions", "removable"].map((title) => ({
    title,
    value: (summary) => numberText(Number(summary[title])),
  })),
  undoing,
  documentIndex: async () => (await import("./documents.ts")).REPO_INDEX,
  dashboard: async () => (await import("./dashboard.ts")).REPO_DASHBOARD,
  stored: async () => (await import("./stored.ts")).stored,
  load: async () => (await import("./program.ts")).program,
};
