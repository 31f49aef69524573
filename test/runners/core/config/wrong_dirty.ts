import type { WrongConfiguration } from "./wrong_configurations.ts";

const wrong = (title: string, dirty: object, ...says: string[]): WrongConfiguration => ({
  title,
  input: { version: 1, dirty },
  says,
});

const queueUrl = "https://sqs.us-east-1.amazonaws.com/111111111111/logins";

const NO_WILDCARD = '"*" is no wildcard here: name each one by itself';

/** Settings of the job `dirty` that are wrong or contradict each other. */
export const wrongDirty: readonly WrongConfiguration[] = [
  wrong(
    "a tag that only AWS may write",
    { tag: "aws:dirty" },
    'dirty.tag must be the key of a tag, without wildcards, and not begin with "aws:", found the ' +
      'string "aws:dirty"',
  ),
  wrong(
    "a tag that a policy would read as a pattern",
    { tag: "dir*" },
    'dirty.tag must be the key of a tag, without wildcards, and not begin with "aws:", found the ' +
      `string "dir*". ${NO_WILDCARD}`,
  ),
  wrong(
    "the name of a queue in place of its URL",
    { queueUrl: "logins" },
    'dirty.queueUrl must be the URL of a queue, found the string "logins"',
  ),
  wrong(
    "one queue for logins and events",
    { queueUrl, eventsQueueUrl: queueUrl },
    "dirty.eventsQueueUrl must be another queue than dirty.queueUrl: who may send to it differs",
  ),
  wrong(
    "a FIFO queue for logins",
    { queueUrl: `${queueUrl}.fifo` },
    "dirty.queueUrl must be a standard queue: SQS takes no message of a FIFO queue without a group, " +
      "and neither the client nor EventBridge names one",
  ),
  wrong(
    "a level of proof that there is not",
    { require: "proven" },
    'dirty.require must be one of "claimed", "verified", "attested", found the string "proven"',
  ),
  wrong(
    "an event that there is not",
    { events: { mark: ["login"] } },
    "dirty.events.mark[0] must be session_open, console_login, ssm_session, instance_connect, " +
      "serial_console, ssm_command, user_data, or x- and up to 40 of a-z0-9-, found the string " +
      '"login"',
  ),
  wrong(
    "an entry that would ignore everything",
    { ignore: [{}] },
    "dirty.ignore[0] must name user, keySha256, principalArn or document, found an object",
  ),
  wrong(
    "a pattern of users to ignore",
    { ignore: [{ user: "dep*" }] },
    'dirty.ignore[0].user must be a text that stands for itself, since "*" has no other meaning ' +
      'here: name one user, found the string "dep*"',
  ),
  wrong(
    "a pattern of roles to ignore",
    { ignore: [{ principalArn: "arn:aws:iam::111111111111:role/*" }] },
    "dirty.ignore[0].principalArn must be the ARN of a role, a role session or a user, found the " +
      `string "arn:aws:iam::111111111111:role/*". ${NO_WILDCARD}`,
  ),
  wrong(
    "an auditor without a path",
    { auditors: ["page"] },
    'dirty.auditors[0] must be the path of a module, such as "./page.ts", found "page"',
  ),
  wrong(
    "two auditors with one name",
    { auditors: ["./a/page.ts", "./b/page.ts"] },
    "dirty.auditors[1] names page a second time",
  ),
  wrong(
    "instances to replace",
    { act: { enforce: { groups: ["web"] } } },
    "dirty.act.enforce names what to replace, and this version replaces no instance",
  ),
];
