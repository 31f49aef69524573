import { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table/index.js";
import { EcsCluster } from "@cdktf/provider-aws/lib/ecs-cluster/index.js";
import { SchedulerScheduleGroup } from "@cdktf/provider-aws/lib/scheduler-schedule-group/index.js";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic/index.js";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy/index.js";
import type { App, ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import { jobRole } from "../constructs/job_role.ts";
import { jobTask } from "../constructs/job_task.ts";
import { queue } from "../constructs/queue.ts";
import { runAlarms } from "../constructs/run_alarms.ts";
import { CLUSTER, GROUP, type Installation } from "../installation.ts";
import { memberParts } from "./member.ts";
import { stackIn } from "./stack.ts";
import { literalJson } from "../constructs/literal_json.ts";

/** The stack of the hub: the table, the queues, the topics, and what runs. */
export function hubStack(app: App, installation: Installation): void {
  const { infra: { hub }, alarmTopics } = installation;
  const stack = stackIn(app, "hub", installation, { id: hub.account });
  table(stack, installation);
  for (const one of installation.topics) topic(stack, one);
  for (const one of installation.queues) queue(stack, one, alarmTopics);
  runs(stack, installation);
  if (installation.hubIsMember) memberParts(stack, installation, hub.account);
}

/** The home roles, and with an image all that starts the kinds of run. */
function runs(stack: Construct, installation: Installation): void {
  const { tasks, execution, scheduler, alarmTopics } = installation;
  const homes = new Map(tasks.map((task) => [task, jobRole(stack, task.home)]));
  if (!execution) return;
  const cluster = new EcsCluster(stack, "cluster", { name: CLUSTER });
  const shared: ITerraformDependable[] = [cluster, jobRole(stack, execution)];
  if (scheduler) {
    shared.push(
      jobRole(stack, scheduler),
      new SchedulerScheduleGroup(stack, "schedules", { name: GROUP }),
    );
  }
  for (const [task, home] of homes) {
    jobTask(stack, installation, { task, execution, after: [home, ...shared] });
  }
  for (const [job, own] of Map.groupBy(tasks, ({ job }) => job)) {
    runAlarms(stack, job, own, alarmTopics);
  }
}

/** The table, as the store wants it (`runners/adapters/dynamodb/`). */
function table(stack: Construct, { table, infra }: Installation): void {
  if (table === null) return;
  new DynamodbTable(stack, "table", {
    name: table,
    billingMode: "PAY_PER_REQUEST",
    hashKey: "kind",
    rangeKey: "id",
    attribute: [{ name: "kind", type: "S" }, { name: "id", type: "S" }],
    ttl: { attributeName: "expires", enabled: true },
    pointInTimeRecovery: { enabled: true },
    deletionProtectionEnabled: infra.deletionProtection,
  });
}

function topic(stack: Construct, { name, policy }: Installation["topics"][number]): void {
  const made = new SnsTopic(stack, name, { name });
  new SnsTopicPolicy(stack, `${name}-policy`, { arn: made.arn, policy: literalJson(policy) });
}
