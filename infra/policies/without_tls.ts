import type { Statement } from "./statement.ts";

/** Denies a queue or a topic to requests without TLS, those of AWS services too. */
export function denyWithoutTls(arn: string, actions: string | readonly string[]): Statement {
  return {
    Sid: "WithoutTls",
    Effect: "Deny",
    Principal: "*",
    Action: actions,
    Resource: arn,
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
}
