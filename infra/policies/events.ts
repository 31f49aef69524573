import {
  API_CALL,
  API_CALLS,
  COMMAND_INVOCATION,
  COMMAND_SOURCE,
} from "../../runners/core/contract/event_bridge.ts";
import { documentOf, type PolicyDocument } from "./statement.ts";

/**
 * The pattern of the rules in the accounts, and again of the rule that sends to the queue: nobody can
 * put an event whose source begins with `aws.` (EventBridge API Reference, "PutEvents"), so what
 * matches is an event of AWS.
 */
export const EVENT_PATTERN = {
  $or: [
    {
      source: [...new Set(Object.values(API_CALLS).map(({ source }) => source))],
      "detail-type": [API_CALL],
      detail: {
        eventName: Object.keys(API_CALLS),
        errorCode: [{ exists: false }],
      },
    },
    { source: [COMMAND_SOURCE], "detail-type": [COMMAND_INVOCATION] },
  ],
};

export const RULE_DESCRIPTION = "Sessions, commands and user data of instances, for Groundskeeper";

/**
 * The trust policy of the role under which the rules of an account put events on the bus of the hub.
 * One policy is for all accounts, and a rule passes roles of its own account only (EventBridge User
 * Guide, "Cross-service confused deputy prevention").
 *
 * @param rule the name of the rules, in every Region
 */
export function eventsTrust(partition: string, rule: string): PolicyDocument {
  return documentOf([{
    Sid: "Rules",
    Effect: "Allow",
    Principal: { Service: "events.amazonaws.com" },
    Action: "sts:AssumeRole",
    Condition: { ArnLike: { "aws:SourceArn": `arn:${partition}:events:*:*:rule/${rule}` } },
  }]);
}
