import * as z from "zod";

const snsEntry = z.strictObject({
  sns: z.string().regex(
    /^arn:aws(-[a-z]+)*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}(\.fifo)?$/,
    'must be the ARN of an SNS topic such as "arn:aws:sns:us-east-1:111111111111:alerts"',
  ).meta({ description: "The topic; the home role must be allowed to publish to it" }),
});

const webhookEntry = z.strictObject({
  webhook: z.strictObject({
    urlEnv: z.string().regex(
      /^[A-Za-z_][A-Za-z0-9_]{0,127}$/,
      'must be the name of an environment variable such as "ALERTS_URL"',
    ).meta({
      description:
        "The environment variable that holds the URL, which is a secret. For services, " +
        '"config check" prints the permission to read it',
    }),
  }),
});

/**
 * Who is told of a run, of what `NoticeKind` lists. A new kind of notifier is added here, in
 * `notifyContradictions`, in `runners/adapters/notify/`, in `runners/shell/notifiers.ts`, and to
 * "Notifications" in README.md. What it needs of AWS is declared by `homeRole`.
 */
export const notifySchema = z.array(z.union([snsEntry, webhookEntry])).default([]).meta({
  description: "Who is told of a report or apply that failed, was refused by a limit, lost " +
    "coverage, was done in part, or has seen calls denied after a removal: SNS topics and webhooks",
});

export type NotifyConfig = z.infer<typeof notifySchema>;

/** Places that are named twice and would be told twice. Answers sentences that begin with a path. */
export function notifyContradictions(config: NotifyConfig): string[] {
  const names = config.map((entry) =>
    "sns" in entry ? `the topic ${entry.sns}` : `the webhook in ${entry.webhook.urlEnv}`
  );
  return names.flatMap((name, index) =>
    names.indexOf(name) < index ? [`notify[${index}] names ${name} a second time`] : []
  );
}
