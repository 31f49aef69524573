import type { JsonObject } from "../../runners/core/json.ts";
import type { LocalAws } from "../aws/local_aws.ts";
import { type Deployed, mustAllow, policyOf, sendTo } from "./deployed.ts";
import { roleOf } from "./ecs_task.ts";
import { asked } from "./made_in_aws.ts";

/** Where a bus is. */
type Place = { readonly account: string; readonly region: string };

/** An event that AWS puts on the default bus of an account and Region. */
export type AwsEvent = JsonObject & Place;

type Target = { readonly Arn: string; readonly RoleArn?: string };
type Rule = { readonly Name: string; readonly Arn: string; readonly EventPattern: string };

const SERVICE = "events.amazonaws.com";

/** Asks EventBridge as the root user of an account. */
async function eventBridge<Answer>(
  endpoint: string,
  { account, region }: Place,
  operation: string,
  content: object,
): Promise<Answer> {
  const answer = await asked(endpoint, { account, region, service: "events" }, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AWSEvents.${operation}`,
    },
    body: JSON.stringify(content),
  });
  return JSON.parse(answer) as Answer;
}

/** Whether a pattern matches an event, as MiniStack says. */
export async function matchesPattern(
  endpoint: string,
  place: Place,
  EventPattern: string,
  event: object,
): Promise<boolean> {
  const content = { EventPattern, Event: JSON.stringify(event) };
  const { Result } = await eventBridge<{ Result: boolean }>(
    endpoint,
    place,
    "TestEventPattern",
    content,
  );
  return Result;
}

/** Where a rule sends what it matches. */
export async function targetsOf(
  endpoint: string,
  place: Place,
  Rule: string,
  EventBusName = "default",
): Promise<readonly Target[]> {
  const content = { Rule, EventBusName };
  const { Targets } = await eventBridge<{ Targets: readonly Target[] }>(
    endpoint,
    place,
    "ListTargetsByRule",
    content,
  );
  return Targets;
}

/**
 * Hands an event on as EventBridge does, which neither local server does from account to account: the
 * rules that match it send it to the bus of the hub, and those of the bus to the queues.
 *
 * @returns the ARNs of the queues that have got it
 * @throws Error if a policy does not let it through
 */
export async function putEvent(deployed: Deployed, event: AwsEvent): Promise<string[]> {
  const { aws, organizationId } = deployed;
  const queues: string[] = [];
  for (const [rule, { Arn: bus, RoleArn }] of await sentBy(aws, event, event)) {
    const role = roleOf(deployed.resources, RoleArn!);
    const context = { "aws:SourceArn": rule, "aws:PrincipalOrgID": organizationId };
    const assume = { action: "sts:AssumeRole", resource: role.arn, principal: SERVICE, context };
    mustAllow([role.trust], assume);
    const [, , , region = "", account = "", name = ""] = bus.split(":");
    const busPolicies = account === event.account
      ? []
      : [policyOf(deployed, "aws_cloudwatch_event_bus_policy")];
    const put = { action: "events:PutEvents", resource: bus, principal: role.arn, context };
    mustAllow([role.policy, ...busPolicies], put);
    const busName = name.slice(name.indexOf("/") + 1);
    for (const [rule, { Arn }] of await sentBy(aws, { account, region }, event, busName)) {
      mustAllow([policyOf(deployed, "aws_sqs_queue", ({ arn }) => arn === Arn)], {
        action: "sqs:SendMessage",
        resource: Arn,
        principal: SERVICE,
        context: { "aws:SourceArn": rule, "aws:SecureTransport": "true" },
      });
      await sendTo(aws, Arn, JSON.stringify(event));
      queues.push(Arn);
    }
  }
  return queues;
}

/** The targets of the rules of a bus that match an event, each with the ARN of its rule. */
async function sentBy(
  { endpoint }: LocalAws,
  place: Place,
  event: AwsEvent,
  EventBusName = "default",
): Promise<(readonly [rule: string, Target])[]> {
  const { Rules } = await eventBridge<{ Rules: readonly Rule[] }>(endpoint, place, "ListRules", {
    EventBusName,
  });
  const sent = Rules.map(async ({ Name, Arn, EventPattern }) => {
    if (!await matchesPattern(endpoint, place, EventPattern, event)) return [];
    const targets = await targetsOf(endpoint, place, Name, EventBusName);
    return targets.map((target) => [Arn, target] as const);
  });
  return (await Promise.all(sent)).flat();
}
