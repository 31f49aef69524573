import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule/index.js";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target/index.js";
import type { TerraformProvider } from "cdktf";
import type { Construct } from "constructs";
import { EVENTS } from "../channels.ts";
import { EVENT_PATTERN, RULE_DESCRIPTION } from "../policies/events.ts";
import { literalJson } from "./literal_json.ts";

/**
 * Makes a rule of EventBridge that sends the events to targets.
 *
 * @param on the bus, or the provider of a Region, whose default bus it is then
 */
export function eventRule(
  scope: Construct,
  id: string,
  on: { readonly eventBusName: string } | { readonly provider: TerraformProvider },
  targets: readonly { readonly arn: string; readonly roleArn?: string }[],
): void {
  const { name } = new CloudwatchEventRule(scope, id, {
    ...on,
    name: EVENTS,
    description: RULE_DESCRIPTION,
    eventPattern: literalJson(EVENT_PATTERN),
  });
  for (const [at, target] of targets.entries()) {
    new CloudwatchEventTarget(scope, `${id}-target-${at + 1}`, { ...on, ...target, rule: name });
  }
}
