import type { WrongConfiguration } from "./wrong_configurations.ts";

const notify = (...entries: unknown[]) => ({ version: 1, notify: entries });
const TOPIC = "arn:aws:sns:us-east-1:111111111111:alerts";
const HIDDEN = "found a text that is not shown, since it may be a secret";
const VARIABLE = 'must be the name of an environment variable such as "ALERTS_URL"';
const ARN = 'must be the ARN of an SNS topic such as "arn:aws:sns:us-east-1:111111111111:alerts"';

/** Notifications that nobody would get, or twice; a URL in the wrong place is never repeated. */
export const wrongNotify: readonly WrongConfiguration[] = [
  {
    title: "a webhook's URL in the place of its variable's name",
    input: notify({ webhook: { urlEnv: "https://hooks.example.com/T0/B0/secret" } }),
    says: [
      `notify[0].webhook.urlEnv ${VARIABLE}, ${HIDDEN}`,
    ],
  },
  {
    title: "a webhook's token in the place of its variable's name",
    input: notify({ webhook: { urlEnv: "T0/B0/secret" } }),
    says: [
      `notify[0].webhook.urlEnv ${VARIABLE}, ${HIDDEN}`,
    ],
  },
  {
    title: "a variable whose name begins with a digit",
    input: notify({ webhook: { urlEnv: "2ND_ALERTS_URL" } }),
    says: [
      `notify[0].webhook.urlEnv ${VARIABLE}, ${HIDDEN}`,
    ],
  },
  {
    title: "a webhook's URL in the place of the webhook",
    input: notify({ webhook: "https://hooks.example.com/T0/B0/secret" }),
    says: [`notify[0].webhook must be an object, ${HIDDEN}`],
  },
  {
    title: "a webhook's URL in the place of an entry",
    input: notify("https://hooks.example.com/T0/B0/secret"),
    says: [`notify[0] must be an object, ${HIDDEN}`],
  },
  {
    title: "a webhook's URL in the place of the list",
    input: { version: 1, notify: "https://hooks.example.com/T0/B0/secret" },
    says: [`notify must be a list, ${HIDDEN}`],
  },
  {
    title: "a webhook's URL that stands in the file",
    input: notify({ webhook: { url: "https://hooks.example.com/T0/B0/secret" } }),
    says: [
      "notify[0].webhook.url is not a setting. Allowed there: urlEnv",
    ],
  },
  {
    title: "a way to tell that there is not",
    input: notify({ pager: "x" }),
    says: ["notify[0].pager is not a setting. Allowed there: sns, webhook"],
  },
  {
    title: "a topic and a webhook in one entry",
    input: notify({ sns: TOPIC, webhook: { urlEnv: "GROUNDSKEEPER_HOOK" } }),
    says: ["notify[0] must not have both sns and webhook: leave one of them out"],
  },
  {
    title: "an entry that says nothing",
    input: notify({}),
    says: ["notify[0] needs one of sns, webhook"],
  },
  ...[
    "alerts",
    "arn:aws:sqs:us-east-1:111111111111:alerts",
    "arn:aws:sns:us-east-1:1111:alerts",
    "arn:aws:sns:us-east-1:111111111111:alerts:11111111-2222-3333-4444-555555555555",
  ].map((sns) => ({
    title: `the topic ${sns}`,
    input: notify({ sns }),
    says: [
      `notify[0].sns ${ARN}, found the string ${
        JSON.stringify(sns).length > 60
          ? JSON.stringify(sns).slice(0, 57) + "…"
          : JSON.stringify(sns)
      }`,
    ],
  })),
  {
    title: "a topic and a webhook that are named twice",
    input: notify(
      { sns: TOPIC },
      { webhook: { urlEnv: "GROUNDSKEEPER_HOOK" } },
      { sns: TOPIC },
      { webhook: { urlEnv: "GROUNDSKEEPER_HOOK" } },
    ),
    says: [
      `notify[2] names the topic ${TOPIC} a second time`,
      "notify[3] names the webhook in GROUNDSKEEPER_HOOK a second time",
    ],
  },
];
