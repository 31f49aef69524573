import { CloudwatchEventBus } from "@cdktf/provider-aws/lib/cloudwatch-event-bus/index.js";
import { CloudwatchEventBusPolicy } from "@cdktf/provider-aws/lib/cloudwatch-event-bus-policy/index.js";
import { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table/index.js";
import { EcsCluster } from "@cdktf/provider-aws/lib/ecs-cluster/index.js";
import { SchedulerScheduleGroup } from "@cdktf/provider-aws/lib/scheduler-schedule-group/index.js";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic/index.js";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy/index.js";
import type { App, ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import { EVENTS, type Events, type Topic } from "../channels.ts";
import { constructId } from "../constructs/construct_id.ts";
import { eventRule } from "../constructs/event_rule.ts";
import { jobRole } from "../constructs/job_role.ts";
import { jobTask } from "../constructs/job_task.ts";
import { literalJson } from "../constructs/literal_json.ts";
import { queue } from "../constructs/queue.ts";
import { runAlarms } from "../constructs/run_alarms.ts";
import { CLUSTER, GROUP, type Installation } from "../installation.ts";
import { memberParts } from "./member.ts";
import { stackIn } from "./stack.ts";

/** The stack of the hub: the table, the queues, the topics, and what runs. */
export function hubStack(app: App, installation: Installation): void {
  const { infra: { hub }, alarmTopics, events, queues, topics, hubIsMember } = installation;
  const stack = stackIn(app, "hub", installation, { id: hub.account });
  const before: ITerraformDependable[] = [
    ...table(stack, installation),
    ...topics.map((one) => topic(stack, one)),
    ...queues.map((one) => queue(stack, one, alarmTopics)),
    ...events ? [bus(stack, events)] : [],
    ...hubIsMember ? memberParts(stack, installation, hub.account) : [],
  ];
  runs(stack, installation, before);
}

/**
 * The home roles, and with an image all that starts the kinds of run.
 *
 * @param before what a run works with
 */
function runs(
  stack: Construct,
  installation: Installation,
  before: readonly ITerraformDependable[],
): void {
  const { tasks, execution, scheduler, alarmTopics } = installation;
  const homes = new Map(tasks.map((task) => [task, jobRole(stack, task.home)]));
  if (!execution) return;
  const executes = jobRole(stack, execution);
  const needed = [
    ...before,
    new EcsCluster(stack, "cluster", { name: CLUSTER }),
    ...scheduler
      ? [jobRole(stack, scheduler), new SchedulerScheduleGroup(stack, "schedules", { name: GROUP })]
      : [],
  ];
  for (const [task, home] of homes) {
    jobTask(stack, installation, {
      task,
      execution,
      policies: [home, executes],
      before: needed,
    });
  }
  for (const [job, own] of Map.groupBy(tasks, ({ job }) => job)) {
    runAlarms(stack, job, own, alarmTopics);
  }
}

/** The table, as the store wants it (`runners/adapters/dynamodb/`). */
function table(stack: Construct, { table, infra }: Installation): DynamodbTable[] {
  return table === null ? [] : [
    new DynamodbTable(stack, "table", {
      name: table,
      billingMode: "PAY_PER_REQUEST",
      hashKey: "kind",
      rangeKey: "id",
      attribute: [{ name: "kind", type: "S" }, { name: "id", type: "S" }],
      ttl: { attributeName: "expires", enabled: true },
      pointInTimeRecovery: { enabled: true },
      deletionProtectionEnabled: infra.deletionProtection,
    }),
  ];
}

/** @returns the bus that the accounts put events on; its rule sends them to the queues */
function bus(stack: Construct, { busPolicy, queues }: Events): CloudwatchEventBus {
  const made = new CloudwatchEventBus(stack, "bus", { name: EVENTS });
  if (busPolicy.Statement.length > 0) {
    const policy = literalJson(busPolicy);
    new CloudwatchEventBusPolicy(stack, "bus-policy", { eventBusName: made.name, policy });
  }
  eventRule(stack, "bus-rule", { eventBusName: made.name }, queues.map((arn) => ({ arn })));
  return made;
}

/** @returns the policy of the topic, which must be there before anybody works with it */
function topic(stack: Construct, { name, policy }: Topic): SnsTopicPolicy {
  const id = constructId("topic", name);
  const { arn } = new SnsTopic(stack, id, {
    name,
    ...name.endsWith(".fifo") ? { fifoTopic: true } : {},
  });
  return new SnsTopicPolicy(stack, `${id}-policy`, { arn, policy: literalJson(policy) });
}
