import type { WrongConfiguration } from "./wrong_configurations.ts";

const elasticsearch = (settings: object) => ({
  version: 1,
  reports: { elasticsearch: { node: "https://es.example:9200", ...settings } },
});
const MAIL = { from: "grounds@example.com", fallback: "platform@example.com" };
const mail = (settings: object) => ({ version: 1, reports: { mail: { ...MAIL, ...settings } } });
const smtp = (settings: object) => mail({ smtp: { host: "smtp.example.com", ...settings } });

const BASIC = { username: "elastic", passwordEnv: "ES_PASSWORD" };
const HIDDEN = "found a text that is not shown, since it may be a secret";
const NODE =
  "reports.elasticsearch.node must be the URL of the server, without a user in it, such " +
  'as "https://es.example:9200"';
const HOST = "reports.mail.smtp.host must be the name or the address of a host such as " +
  '"smtp.example.com"';
const variable = (example: string) =>
  `must be the name of an environment variable such as "${example}"`;

/** Servers that would get nothing, or a secret that somebody else would see. */
export const wrongReports: readonly WrongConfiguration[] = [
  ...[
    "es.example:9200",
    "es.example",
    "ftp://es.example",
    "https://elastic:secret@es.example",
    "https://:secret@es.example",
    "https://es.example?apiKey=secret",
    "https://es.example#secret",
    "https://es.example,es-2.example",
    "https://es.example:99999",
  ].map((node) => ({
    title: `the node ${node}`,
    input: elasticsearch({ node }),
    says: [`${NODE}, ${/[:/]{3}/.test(node) ? HIDDEN : `found the string "${node}"`}`],
  })),
  {
    title: "no node",
    input: { version: 1, reports: { elasticsearch: {} } },
    says: ["reports.elasticsearch.node must be a string, found nothing"],
  },
  {
    title: "an API key in the place of its variable's name",
    input: elasticsearch({ apiKeyEnv: "VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1z==" }),
    says: [`reports.elasticsearch.apiKeyEnv ${variable("ES_API_KEY")}, ${HIDDEN}`],
  },
  {
    title: "an API key that stands in the file",
    input: elasticsearch({ apiKey: "VnVhQ2ZHY0JDZGJr" }),
    says: [
      "reports.elasticsearch.apiKey is not a setting. Did you mean reports.elasticsearch.apiKeyEnv?",
    ],
  },
  {
    title: "a password in the place of its variable's name",
    input: elasticsearch({ basic: { username: "elastic", passwordEnv: "p@ss word" } }),
    says: [`reports.elasticsearch.basic.passwordEnv ${variable("ES_PASSWORD")}, ${HIDDEN}`],
  },
  {
    title: "a user of Elasticsearch without a password",
    input: elasticsearch({ basic: { username: "elastic" } }),
    says: ["reports.elasticsearch.basic.passwordEnv must be a string, found nothing"],
  },
  {
    title: "an API key and a user",
    input: elasticsearch({ apiKeyEnv: "ES_API_KEY", basic: BASIC }),
    says: ["reports.elasticsearch has apiKeyEnv and basic: leave one of them out"],
  },
  ...[{ apiKeyEnv: "ES_API_KEY" }, { basic: BASIC }].map((secret) => ({
    title: `${Object.keys(secret)[0]} over a connection that is not encrypted`,
    input: elasticsearch({ node: "http://es.example:9200", ...secret }),
    says: [
      'reports.elasticsearch.node: "http://es.example:9200" is not encrypted, and would show the ' +
      "secret: use https",
    ],
  })),
  {
    title: "certificates without TLS",
    input: elasticsearch({ node: "http://127.0.0.1:9200", ca: "ca.pem" }),
    says: ['reports.elasticsearch.ca takes effect with https only, found "http://127.0.0.1:9200"'],
  },
  {
    title: "mail without a server",
    input: mail({}),
    says: ["reports.mail.smtp must be an object, found nothing"],
  },
  ...["smtp.example.com:587", "smtps://smtp.example.com", "smtp example", ""].map((host) => ({
    title: `the mail server "${host}"`,
    input: smtp({ host }),
    says: [`${HOST}, ${host.includes("://") ? HIDDEN : `found the string "${host}"`}`],
  })),
  {
    title: "a port that there is not",
    input: smtp({ port: 0 }),
    says: ["reports.mail.smtp.port must be at least 1, found the number 0"],
  },
  {
    title: "a kind of encryption that there is not",
    input: smtp({ tls: "ssl" }),
    says: [
      'reports.mail.smtp.tls must be one of "starttls", "implicit", "none", found the string "ssl"',
    ],
  },
  {
    title: "a mail password in the place of its variable's name",
    input: smtp({ user: "apikey", passwordEnv: "SG.secret" }),
    says: [`reports.mail.smtp.passwordEnv ${variable("SMTP_PASSWORD")}, ${HIDDEN}`],
  },
  ...[{ user: "apikey" }, { passwordEnv: "SMTP_PASSWORD" }].map((one) => ({
    title: `${Object.keys(one)[0]} alone`,
    input: smtp(one),
    says: ["reports.mail.smtp has one of user and passwordEnv: name both, or none"],
  })),
  {
    title: "mail to another machine without encryption, and certificates for it",
    input: smtp({ tls: "none", ca: "ca.pem" }),
    says: [
      'reports.mail.smtp.tls: "none" is for a server on this machine, found the host ' +
      '"smtp.example.com"',
      'reports.mail.smtp.ca takes effect with encryption only, and smtp.tls is "none"',
    ],
  },
  ...["platform", "a@b@example.com", "a@example.com, b@example.com", "a@example.com\r\nBcc: b@c.d"]
    .map((from) => ({
      title: `the sender ${JSON.stringify(from)}`,
      input: mail({ smtp: { host: "smtp.example.com" }, from }),
      says: [
        'reports.mail.from must be a mail address such as "platform@example.com", found the ' +
        `string ${JSON.stringify(from)}`,
      ],
    })),
  {
    title: "owners at no domain",
    input: mail({ smtp: { host: "smtp.example.com" }, at: "@example.com" }),
    says: [
      'reports.mail.at must be a domain such as "example.com", found the string "@example.com"',
    ],
  },
];
