/** What `config init` writes. A test holds that it is a right configuration. */
export const FIRST_CONFIG = `{
  "version": 1,

  // Which accounts and regions, and by which roles. As it stands: the account of your own
  // credentials, read-only, in every region that it has enabled.
  "organization": {
    "accounts": "current",      // or "organizations", or [{"id": "111111111111", "name": "prod"}]
    "regions": "enabled",       // or ["us-east-1"]
    "roles": null               // or "groundskeeper-{job}-{role}", once the roles are deployed
  },

  "audit": {
    // The tags that every instance must have.
    "required": [
      { "key": "owner" },
      { "key": "project" }
      // { "key": "department", "value": { "oneOf": ["web", "data"] } }
      // { "key": "created_by", "value": { "principal": { "users": true } } }
    ],
    "grace": "60m",

    // Where apply may change anything. Empty: nowhere.
    "enforce": {
      "accounts": [],           // ["111111111111"]
      // "units": ["ou-abcd-11111111"],
      "quarantine": "14d"       // an account that joined the organization since is only reported
    },

    // What happens to an instance that breaks the rules, and how long after it was first seen.
    "ladder": [
      { "after": "0m", "do": "mark" }
      // , { "after": "3d", "do": "stop" }, { "after": "14d", "do": "terminate" }
    ],
    "looks": { "count": 2, "spacing": "30m" },  // how often it is seen before a stop or termination
    "extension": "14d",         // how much time an owner may ask for: groundskeeper-until: 2026-12-31
    "protection": "respect",    // or "lift": what becomes of termination protection

    // Enforced accounts have a stopped instance in each region that proves that AWS tells the truth:
    // "audit canary plan" says what it costs. It carries exactly these tags, all required ones
    // among them.
    "canary": {
      "mode": "when-enforcing", // or "required": in every account; or "off"
      // "subnets": { "us-east-1": "subnet-0123456789abcdef0" },
      "tags": {
        "Name": "api-canary-{region}",
        "owner": "groundskeeper",
        "project": "API canary"
      }
    },

    // apply refuses more than this, all of it; it never makes the first ten. stop and terminate
    // have bounds of their own besides.
    "limits": {
      "perRun": { "count": 10, "percent": 10 },
      "perAccount": { "count": 5 },
      "rollingDay": { "count": 20 },
      "stop": { "perRun": { "count": 10 } },
      "terminate": { "perRun": { "count": 5 } }
    },

    // What is so unusual that nothing is changed anywhere.
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
  },

  // Permissions that nobody uses are removed from roles. "repo plan" shows which.
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
  }
}
`;
