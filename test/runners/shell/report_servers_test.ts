import assert from "assert";
import denoConfig from "../../../deno.json" with { type: "json" };
import { reportsSchema } from "../../../runners/core/config/reports.ts";
import { documentServers, mailServers } from "../../../runners/shell/report_servers.ts";
import { inProcess } from "../../e2e/in_process.ts";

const SECRET = "VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1z";
const BASIC = { username: "grounds", passwordEnv: "ES_PASSWORD" };
const MAIL = { from: "grounds@example.com", fallback: "platform@example.com" };
const smtp = (settings: object) => ({
  mail: { ...MAIL, smtp: { host: "smtp.example.com", ...settings } },
});

/** What of the environment is set. */
const env = (name: string) => name.startsWith("SET_") ? SECRET : name === "EMPTY" ? "" : undefined;

const SERVERS: readonly {
  readonly reports: object;
  readonly line: string;
  readonly hosts: readonly string[];
  readonly variables: readonly string[];
}[] = [
  {
    reports: { elasticsearch: { node: "https://es.example" } },
    line: "https://es.example",
    hosts: ["es.example:443"],
    variables: [],
  },
  {
    reports: { elasticsearch: { node: "http://127.0.0.1" } },
    line: "http://127.0.0.1",
    hosts: ["127.0.0.1:80"],
    variables: [],
  },
  {
    reports: { elasticsearch: { node: "https://[2001:db8::1]:9200/es", apiKeyEnv: "SET_KEY" } },
    line: "https://[2001:db8::1]:9200/es, with the API key in SET_KEY",
    hosts: ["[2001:db8::1]:9200"],
    variables: ["SET_KEY"],
  },
  ...["ES_API_KEY", "EMPTY"].map((apiKeyEnv) => ({
    reports: { elasticsearch: { node: "https://es.example:9200", apiKeyEnv } },
    line: `https://es.example:9200, with the API key in ${apiKeyEnv}, which is not set here`,
    hosts: ["es.example:9200"],
    variables: [apiKeyEnv],
  })),
  {
    reports: { elasticsearch: { node: "https://ES.example:9200", basic: BASIC } },
    line:
      "https://ES.example:9200 as grounds, with the password in ES_PASSWORD, which is not set " +
      "here",
    hosts: ["es.example:9200"],
    variables: ["ES_PASSWORD"],
  },
  {
    reports: smtp({ user: "apikey", passwordEnv: "SET_PASSWORD" }),
    line: "from grounds@example.com by smtp.example.com:587 as apikey, with the password in " +
      "SET_PASSWORD",
    hosts: ["smtp.example.com"],
    variables: ["SET_PASSWORD"],
  },
  {
    reports: smtp({ host: "::1", port: 2525, tls: "none" }),
    line: "from grounds@example.com by [::1]:2525",
    hosts: ["[::1]:2525"],
    variables: [],
  },
];

for (const { reports, line, hosts, variables } of SERVERS) {
  Deno.test(`config check says of a server: ${line}`, () => {
    const settings = reportsSchema.parse(reports);
    const found = [...documentServers(settings, { env }), ...mailServers(settings, { env })];
    assert.deepEqual(found, [{ line, hosts, variables }]);
  });
}

Deno.test("without a server nobody is reached", () => {
  const settings = reportsSchema.parse({});
  assert.deepEqual([documentServers(settings, { env }), mailServers(settings, { env })], [[], []]);
});

const CONFIG = {
  version: 1,
  audit: { required: [{ key: "owner" }] },
  reports: {
    elasticsearch: { node: "https://es.example", apiKeyEnv: "ES_API_KEY", ca: "ca.pem" },
    ...smtp({ user: "apikey", passwordEnv: "SMTP_PASSWORD" }),
  },
};

/** The lines of `config check` for services by their words, and the facts above them. */
async function checked(config: object) {
  const directory = await Deno.makeTempDir();
  await Deno.writeTextFile(`${directory}/groundskeeper.json`, JSON.stringify(config));
  const environment = { ES_API_KEY: SECRET, SMTP_PASSWORD: SECRET };
  let printed = "";
  await inProcess({ aws: { environment }, directory }, async (run) => {
    const { code, stdout, stderr } = await run("config check");
    assert.equal(code, 0, stderr);
    printed = stdout;
  });
  await Deno.remove(directory, { recursive: true });
  assert.ok(!printed.includes(SECRET));
  const [facts = "", ...lines] = printed.replaceAll(/ \\\n +/g, " ").split("  env INIT_CWD=");
  const named = lines.map((line) => [/main\.ts (\w+ \w+)/.exec(line)![1]!, line] as const);
  return { facts, lines: Object.fromEntries(named) };
}

/** The list of a line behind an option of Deno, without what the permission set has already. */
function added(line: string, kind: "net" | "env"): string[] {
  const { net, env } = denoConfig.permissions.reports;
  const own = kind === "net" ? net : env.allow;
  const list = new RegExp(`--allow-${kind}=([^ ']+)`).exec(line)?.[1]?.split(",") ?? [];
  assert.deepEqual(own.filter((one) => list.length > 0 && !list.includes(one)), []);
  return list.filter((one) => !own.includes(one));
}

Deno.test("each run reaches Elasticsearch with its secret, and the mail server is the digest's alone", async () => {
  const { facts, lines } = await checked(CONFIG);
  assert.match(facts, /documents +https:\/\/es\.example, with the API key in ES_API_KEY\n/);
  assert.match(facts, /mail +from grounds@example\.com by smtp\.example\.com:587 as apikey, with/);
  const { "reports digest": digest, ...jobs } = lines;
  assert.deepEqual(Object.keys(jobs), ["audit report", "dirty report", "repo report"]);
  for (const line of Object.values(jobs)) {
    assert.deepEqual(added(line, "net"), ["es.example:443"]);
    assert.deepEqual(added(line, "env"), ["ES_API_KEY"]);
  }
  assert.match(digest!, / -P=reports /);
  assert.deepEqual(added(digest!, "net"), ["smtp.example.com"]);
  assert.deepEqual(added(digest!, "env"), ["SMTP_PASSWORD"]);
});

Deno.test("without mail there is no line of the digest, and without servers no list of hosts", async () => {
  const { reports: _reports, ...config } = CONFIG;
  const { facts, lines } = await checked(config);
  assert.doesNotMatch(facts, /documents|mail/);
  assert.deepEqual(Object.keys(lines), ["audit report", "dirty report", "repo report"]);
  for (const line of Object.values(lines)) assert.doesNotMatch(line, /--allow-(net|env)/);
});

Deno.test("the services' permission sets differ in their names alone", () => {
  const { groundskeeper: _people, audit, ...others } = denoConfig.permissions;
  for (const [name, set] of Object.entries(others)) assert.deepEqual(set, audit, name);
});
