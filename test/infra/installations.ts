/** Configurations of installations, as their files say them. */

const AUDIT = {
  required: [{ key: "owner" }],
  canary: { tags: { Name: "api-canary-{region}", owner: "groundskeeper" } },
};
const HUB = { account: "111111111111", region: "us-east-1" };
const TABLE = { kind: "dynamodb", region: "us-east-1" };
const TASKS = {
  image: "111111111111.dkr.ecr.us-east-1.amazonaws.com/groundskeeper:0.1.0",
  subnetIds: ["subnet-0123456789abcdef0"],
};

/** One account, which is the hub. */
export const ONE = {
  version: 1,
  organization: {
    accounts: [{ id: "111111111111", name: "prod" }],
    regions: ["us-east-1"],
    roles: "groundskeeper-{job}-{role}",
  },
  store: TABLE,
  notify: [{ sns: "arn:aws:sns:us-east-1:111111111111:groundskeeper-alerts" }],
  infra: { hub: HUB, ...TASKS },
  audit: AUDIT,
  repo: {},
};

/** Everything that there is to deploy, for named accounts. */
export const THREE = {
  ...ONE,
  organization: {
    ...ONE.organization,
    accounts: ["111111111111", "222222222222", "333333333333"].map((id) => ({ id })),
    namedRoles: { "repo-observe": "ops/RepoReader" },
    externalId: "orchard",
  },
  notify: [...ONE.notify, { webhook: { urlEnv: "ALERTS_URL" } }],
  infra: {
    ...ONE.infra,
    organizationId: "o-abcdefghij",
    schedules: {
      "audit-apply": "cron(0 9 ? * MON-FRI *)",
      "repo-refresh": null,
      "audit-report": "rate(30 minutes)",
    },
    operators: ["arn:aws:iam::111111111111:role/ops/Admin"],
    guards: { targets: ["r-ab12", "333333333333"], exempt: ["arn:aws:iam::*:role/break-glass*"] },
    secrets: { ALERTS_URL: "arn:aws:ssm:us-east-1:111111111111:parameter/alerts" },
    backend: { bucket: "acme-terraform", region: "us-east-1" },
    securityGroupIds: ["sg-0123456789abcdef0"],
    tags: { team: "platform" },
  },
  audit: {
    ...AUDIT,
    protection: "lift",
    ladder: [{ after: "0m", do: "mark" }, { after: "3d", do: "stop" }],
    limits: { stop: { perRun: { count: 10 } }, terminate: { perRun: { count: 5 } } },
  },
  repo: {
    stamp: "tag",
    managedPolicies: "apply",
    checkNoNewAccess: true,
    serve: {
      queueUrl: "https://sqs.us-east-1.amazonaws.com/111111111111/repo-commands",
      topicArn: "arn:aws:sns:us-east-1:111111111111:repo-answers",
      requestors: ["arn:aws:iam::111111111111:role/chat/bot"],
    },
    filters: ["blocklist"],
    filterConfig: {
      blocklist: {
        blocklist_bucket: {
          bucket: "acme-lists",
          key: "repo.json",
          account_number: "333333333333",
          assume_role: "ListReader",
        },
      },
    },
  },
};

/** The same for all accounts of the organization. */
export const ALL = {
  ...THREE,
  organization: {
    ...THREE.organization,
    accounts: "organizations",
    units: ["ou-ab12-cdef3456"],
    exclude: ["444444444444"],
  },
};

/** Documents for Elasticsearch and a daily mail, each with a secret of its own. */
export const REPORTED = {
  ...ONE,
  reports: {
    elasticsearch: { node: "https://es.example:9200", apiKeyEnv: "ES_API_KEY" },
    mail: {
      smtp: { host: "smtp.example.com", user: "apikey", passwordEnv: "SMTP_PASSWORD" },
      from: "grounds@example.com",
      fallback: "platform@example.com",
      at: "example.com",
    },
  },
  infra: {
    ...ONE.infra,
    secrets: {
      ES_API_KEY: "arn:aws:ssm:us-east-1:111111111111:parameter/es",
      SMTP_PASSWORD: "arn:aws:secretsmanager:us-east-1:111111111111:secret:smtp-AbCdEf",
    },
  },
};

/** A host of one's own, with a file for the store. */
export const HOST = {
  ...ONE,
  store: { kind: "sqlite" },
  notify: [],
  infra: { hub: HUB, operators: ["arn:aws:iam::111111111111:role/ops/Host"] },
};

/** Logins of instances and events of EventBridge, for named accounts in two Regions. */
export const LOGINS = {
  ...ONE,
  organization: {
    ...THREE.organization,
    regions: ["us-east-1", "eu-west-1"],
    namedRoles: {},
  },
  infra: {
    ...ONE.infra,
    organizationId: "o-abcdefghij",
    guards: { targets: ["r-ab12"] },
    client: {
      roles: [
        "arn:aws:iam::222222222222:role/team/web",
        "arn:aws:iam::222222222222:role/batch",
        "arn:aws:iam::333333333333:role/web",
      ],
    },
  },
  audit: undefined,
  repo: undefined,
  dirty: {
    queueUrl: "https://sqs.us-east-1.amazonaws.com/111111111111/groundskeeper-logins",
    eventsQueueUrl: "https://sqs.us-east-1.amazonaws.com/111111111111/groundskeeper-events",
  },
};

/** The same for all accounts of the organization. */
export const ALL_LOGINS = {
  ...LOGINS,
  organization: {
    ...LOGINS.organization,
    accounts: "organizations",
    units: ["ou-ab12-cdef3456"],
    exclude: ["444444444444"],
  },
};

/** Names and texts that AWS takes, and that stand for something else in Terraform or in a shell. */
export const ODD = {
  ...ONE,
  organization: {
    ...ONE.organization,
    accounts: "organizations",
    roles: "1+{job}@{role}",
    namedRoles: { "audit-canary": "a=b,c.d_e" },
  },
  store: { ...TABLE, table: "1.table_a" },
  // The queue, the topic and the table may have one name.
  notify: [
    { sns: "arn:aws:sns:us-east-1:111111111111:table" },
    { sns: "arn:aws:sns:us-east-1:111111111111:alerts.fifo" },
  ],
  infra: {
    ...ONE.infra,
    organizationId: "o-abcdefghij",
    guards: { targets: ["ou-ab12-cdef3456"] },
    schedules: { "audit-report": "cron(0 9 1 * ? *)", "repo-report": null, "repo-refresh": null },
    tags: { "cost center": "a/b:c=d+e@f_g" },
  },
  audit: {
    ...AUDIT,
    canary: { tags: { Name: "api-canary-{region}", owner: "${owner} %{x} 'a' \"b\"" } },
  },
  repo: {
    serve: {
      queueUrl: "https://sqs.us-east-1.amazonaws.com/111111111111/alerts.fifo",
      topicArn: "arn:aws:sns:us-east-1:111111111111:cluster",
    },
  },
};

/** All of them, by name. */
export const INSTALLATIONS = { ONE, THREE, ALL, REPORTED, HOST, LOGINS, ALL_LOGINS, ODD };
