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
    "enforce": { "accounts": [] },

    // apply refuses more than this, all of it; it never makes the first ten.
    "limits": {
      "perRun": { "count": 10, "percent": 10 },
      "perAccount": { "count": 5 },
      "rollingDay": { "count": 20 }
    },

    // Instances that are left alone, each with an end.
    "exempt": [
      // { "match": { "instanceId": "i-0123456789abcdef0" }, "reason": "vendor image", "until": "2027-01-31" }
    ]
  }
}
`;
