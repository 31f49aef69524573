import { ACCOUNT, may, mayNot, type RoleCase, type RoleTable, TABLE } from "./role_cases.ts";

const row = (kind: string) => ({ "dynamodb:LeadingKeys": [kind, `${kind}#${ACCOUNT}`] });

const WRITES = ["dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"];

/** What decides whether, when and by which budget something is changed. */
const DECISIVE = [
  ...["mark", "sighting", "level", "budget", "reservation", "open-intent", "journal", "run"]
    .map((kind) => `audit/${kind}`),
  ...["schedule", "opt-out", "version", "last-change", "used-change"].map((kind) => `repo/${kind}`),
  ...["instance", "clearance", "tag"].map((kind) => `dirty/${kind}`),
];

/** Kinds whose names begin like those that are needed, and kinds that nobody needs for a mail. */
const STRANGERS = [
  ...["audit/marks", "audit/run-x", "auditx/run"],
  ...["repo/policies", "repo/version", "dirty/event", "dirty/instance"],
];

const DIGEST: readonly RoleCase[] = [
  ...["audit/run", "audit/mark", "repo/schedule", "repo/opt-out", "dirty/journal"]
    .flatMap((kind) => may("home-digest", "dynamodb:Query", TABLE, row(kind))),
  ...may("home-digest", "dynamodb:PutItem", TABLE, row("reports/sent-mail")),
  ...[...DECISIVE, "audit/publication", "reports/other"]
    .flatMap((kind) => mayNot("home-digest", WRITES, TABLE, row(kind))),
  ...STRANGERS.flatMap((kind) => mayNot("home-digest", "dynamodb:GetItem", TABLE, row(kind))),
];

const REPLAY: readonly RoleCase[] = [
  ...["audit", "dirty", "repo"].flatMap((job) => [
    ...may("home-replay", "dynamodb:Query", TABLE, row(`${job}/publication`)),
    ...may("home-replay", "dynamodb:PutItem", TABLE, row(`${job}/publication`)),
  ]),
  ...[...DECISIVE, ...STRANGERS, "reports/sent-mail"].flatMap((kind) => [
    ...mayNot("home-replay", "dynamodb:GetItem", TABLE, row(kind)),
    ...mayNot("home-replay", WRITES, TABLE, row(kind)),
  ]),
];

const BOTH: readonly RoleCase[] = DECISIVE
  .flatMap((kind) => mayNot("home", WRITES, TABLE, row(kind)));

const elasticsearch = { node: "https://es.example" };
const mail = {
  smtp: { host: "smtp.example.com" },
  from: "grounds@example.com",
  fallback: "platform@example.com",
};

export const tables: readonly RoleTable[] = [
  {
    title: "with Elasticsearch and mail",
    config: { elasticsearch, mail },
    cases: [...DIGEST, ...REPLAY, ...BOTH],
  },
  { title: "with mail alone", config: { mail }, cases: [...DIGEST, ...BOTH] },
  { title: "with Elasticsearch alone", config: { elasticsearch }, cases: [...REPLAY, ...BOTH] },
];
