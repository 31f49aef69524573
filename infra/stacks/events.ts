import type { App } from "cdktf";
import { EVENTS, type Events } from "../channels.ts";
import { eventRule } from "../constructs/event_rule.ts";
import type { Installation } from "../installation.ts";
import { roleArn } from "../policies/role_arns.ts";
import { providerIn, stackIn } from "./stack.ts";

/**
 * The stacks of the rules by which events come to the hub, in each Region of the hub and of the accounts
 * that are named. They come after the hub: EventBridge looks for the bus.
 */
export function eventsStacks(app: App, installation: Installation, { bus, regions }: Events): void {
  const { partition, members, hubIsMember, infra: { hub, deployRole } } = installation;
  const accounts = [
    ...hubIsMember ? [{ id: hub.account }] : [],
    ...members === "organizations" ? [] : members.map(({ id }) => ({ id, role: deployRole })),
  ];
  for (const account of accounts) {
    const stack = stackIn(app, `events-${account.id}`, installation, account);
    const target = { arn: bus, roleArn: roleArn(partition, account.id, EVENTS) };
    for (const region of regions) {
      const provider = providerIn(stack, installation, account, region);
      eventRule(stack, `rule-${region}`, { provider }, [target]);
    }
  }
}
