import * as z from "zod";
import { filePath, literal } from "./literal.ts";

/** The environment variable that holds a secret. */
const variable = (example: string) =>
  z.string().regex(
    /^[A-Za-z_][A-Za-z0-9_]{0,127}$/,
    `must be the name of an environment variable such as "${example}"`,
  );

const userName = literal(z.string().min(1), "name one user");

const certificates = filePath.nullable().default(null).meta({
  description: "A file of certificates (PEM) that are trusted beside those of the system",
});

const SERVER_URL =
  'must be the URL of the server, without a user in it, such as "https://es.example:9200"';

const elasticsearchSchema = z.strictObject({
  // A comma ends a host where Deno is told what may be reached.
  node: z.string().regex(/^https?:\/\/[^\s/?#@,]+(\/[^\s?#]*)?$/, {
    error: SERVER_URL,
    abort: true,
  }).refine((text) => URL.canParse(text), SERVER_URL).meta({
    description: "The server that documents go to",
  }),
  apiKeyEnv: variable("ES_API_KEY").nullable().default(null).meta({
    description: "The environment variable that holds the API key, encoded as Kibana shows it",
  }),
  basic: z.strictObject({ username: userName, passwordEnv: variable("ES_PASSWORD") })
    .nullable().default(null).meta({
      description: "A user and its password, if there is no API key",
    }),
  ca: certificates,
});

const address = z.string().regex(
  /^[^\s@<>,;:"*]{1,64}@[A-Za-z0-9.-]{1,253}$/,
  'must be a mail address such as "platform@example.com"',
);

const mailSchema = z.strictObject({
  smtp: z.strictObject({
    host: z.string().regex(
      /^([A-Za-z0-9.-]{1,253}|[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*)$/,
      'must be the name or the address of a host such as "smtp.example.com"',
    ).meta({ description: "The server that takes the mail; its port is smtp.port" }),
    port: z.int().min(1).max(65_535).default(587),
    tls: z.enum(["starttls", "implicit", "none"]).default("starttls").meta({
      description:
        '"starttls": a connection that must become encrypted, usual on port 587; "implicit": one that ' +
        'is from its start, usual on port 465; "none": for a server on this machine',
    }),
    user: userName.nullable().default(null),
    passwordEnv: variable("SMTP_PASSWORD").nullable().default(null),
    ca: certificates,
  }),
  from: address.meta({ description: "Who the daily mail comes from" }),
  fallback: address.meta({ description: "Who gets what has no owner with an address" }),
  at: z.string().regex(/^[A-Za-z0-9.-]{1,253}$/, 'must be a domain such as "example.com"')
    .nullable()
    .default(null).meta({ description: "The domain of owners that are named without one" }),
});

export const reportsSchema = z.strictObject({
  directory: filePath.default("out").meta({
    description: "Where each run writes its page, its table and its documents",
  }),
  elasticsearch: elasticsearchSchema.nullable().default(null).meta({
    description: "The Elasticsearch server that gets the documents of each run",
  }),
  mail: mailSchema.nullable().default(null).meta({
    description: "How the daily mail is sent, and to whom",
  }),
});

export type ReportsConfig = z.infer<typeof reportsSchema>;
export type ElasticsearchConfig = z.infer<typeof elasticsearchSchema>;
export type MailConfig = z.infer<typeof mailSchema>;

/** What is wrong with settings together. Answers sentences that begin with a path. */
export function reportsContradictions({ elasticsearch, mail }: ReportsConfig): string[] {
  return [
    ...elasticsearch ? elasticsearchContradictions(elasticsearch) : [],
    ...mail ? mailContradictions(mail) : [],
  ];
}

function elasticsearchContradictions(
  { node, apiKeyEnv, basic, ca }: ElasticsearchConfig,
): string[] {
  const url = new URL(node);
  const isPlain = url.protocol === "http:";
  return [
    ...apiKeyEnv !== null && basic !== null
      ? ["reports.elasticsearch has apiKeyEnv and basic: leave one of them out"]
      : [],
    ...isPlain && !isLoopback(url.hostname) && (apiKeyEnv !== null || basic !== null)
      ? [
        `reports.elasticsearch.node: "${node}" is not encrypted, and would show the secret: use https`,
      ]
      : [],
    ...isPlain && ca !== null
      ? [`reports.elasticsearch.ca takes effect with https only, found "${node}"`]
      : [],
  ];
}

function mailContradictions({ smtp: { host, tls, user, passwordEnv, ca } }: MailConfig): string[] {
  return [
    ...(user === null) !== (passwordEnv === null)
      ? ["reports.mail.smtp has one of user and passwordEnv: name both, or none"]
      : [],
    ...tls === "none" && !isLoopback(host)
      ? [`reports.mail.smtp.tls: "none" is for a server on this machine, found the host "${host}"`]
      : [],
    ...tls === "none" && ca !== null
      ? ['reports.mail.smtp.ca takes effect with encryption only, and smtp.tls is "none"']
      : [],
  ];
}

/** A secret that the reports need. */
export type ReportsSecret = {
  /** The environment variable that holds it. */
  readonly variable: string;
  /** The setting that names the variable. */
  readonly setting: string;
  /** What it is: "the API key". */
  readonly what: string;
};

/** The secrets of the settings, by who needs them: who writes documents, and who sends mail. */
export function reportsSecrets({ elasticsearch, mail }: ReportsConfig) {
  const { apiKeyEnv = null, basic = null } = elasticsearch ?? {};
  const secret = (variable: string | null | undefined, setting: string, what: string) =>
    typeof variable === "string" ? [{ variable, setting: `reports.${setting}`, what }] : [];
  return {
    documents: [
      ...secret(apiKeyEnv, "elasticsearch.apiKeyEnv", "the API key"),
      ...secret(basic?.passwordEnv, "elasticsearch.basic.passwordEnv", "the password"),
    ],
    mail: secret(mail?.smtp.passwordEnv, "mail.smtp.passwordEnv", "the password"),
  } satisfies { readonly [reader: string]: readonly ReportsSecret[] };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || /^127\.\d+\.\d+\.\d+$/.test(host) || /^\[?::1\]?$/.test(host);
}
