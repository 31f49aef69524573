import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group/index.js";
import { EcsService } from "@cdktf/provider-aws/lib/ecs-service/index.js";
import { EcsTaskDefinition } from "@cdktf/provider-aws/lib/ecs-task-definition/index.js";
import { SchedulerSchedule } from "@cdktf/provider-aws/lib/scheduler-schedule/index.js";
import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import { OWN_PREFIX } from "../../runners/core/contract/names.ts";
import {
  CLUSTER,
  fullName,
  GROUP,
  type Installation,
  logGroupOf,
  type Role,
  type Task,
  taskEnvironment,
} from "../installation.ts";
import { literalJson } from "./literal_json.ts";

/** As the container is called in its task definition. */
const CONTAINER = "groundskeeper";

/** How long ECS waits after SIGTERM; a run ends within 10 seconds. */
const STOP_SECONDS = 30;

/** A plan of 100,000 things needs 1.4 GB. */
const SIZE = { cpu: "1024", memory: "2048" };

/** CloudWatch Logs takes this number of days, which is as long as the journal is kept. */
const LOG_DAYS = 400;

/** A kind of run, and what it needs to start. */
type Startable = {
  readonly task: Task;
  /** The role under which ECS starts it. */
  readonly execution: Role;
  /** The policies of its two roles, which are there when the roles are. */
  readonly policies: ITerraformDependable[];
  /** What must be there besides before it starts by itself: the cluster, and all that it works with. */
  readonly before: readonly ITerraformDependable[];
};

/** Makes the log group and the task definition of a kind of run, and what starts it. */
export function jobTask(
  scope: Construct,
  installation: Installation,
  { task, execution, policies, before }: Startable,
): void {
  const { partition, infra } = installation;
  const { key } = task;
  const family = OWN_PREFIX + key;
  const arnOf = (role: Role) => `arn:${partition}:iam::${infra.hub.account}:role/${fullName(role)}`;
  const logs = new CloudwatchLogGroup(scope, `${key}-logs`, {
    name: logGroupOf(task),
    retentionInDays: LOG_DAYS,
  });
  const definition = new EcsTaskDefinition(scope, `${key}-task`, {
    family,
    requiresCompatibilities: ["FARGATE"],
    networkMode: "awsvpc",
    ...SIZE,
    taskRoleArn: arnOf(task.home),
    executionRoleArn: arnOf(execution),
    // The only place that the program writes to. ECS gives it the owner that the image says.
    volume: [{ name: "work" }],
    containerDefinitions: literalJson([containerOf(installation, task)]),
    dependsOn: policies,
  });
  // A schedule by a rate starts a run as soon as it is made, and a service does, too.
  const dependsOn = [logs, ...before];
  const network = {
    subnets: infra.subnetIds,
    securityGroups: infra.securityGroupIds,
    assignPublicIp: infra.assignPublicIp,
  };
  if (typeof task.starts === "object") {
    new SchedulerSchedule(scope, `${key}-schedule`, {
      name: key,
      groupName: GROUP,
      scheduleExpression: task.starts.schedule,
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: `arn:${partition}:ecs:${infra.hub.region}:${infra.hub.account}:cluster/${CLUSTER}`,
        roleArn: arnOf(installation.scheduler!),
        ecsParameters: {
          taskDefinitionArn: definition.arnWithoutRevision,
          launchType: "FARGATE",
          networkConfiguration: network,
          propagateTags: "TASK_DEFINITION",
        },
        input: literalJson({
          containerOverrides: [{ name: CONTAINER, command: task.starts.command }],
        }),
        // What was not started in time stands for a moment that is over.
        retryPolicy: { maximumEventAgeInSeconds: 600, maximumRetryAttempts: 3 },
      },
      dependsOn,
    });
  }
  if (task.starts === "service") {
    new EcsService(scope, `${key}-service`, {
      name: family,
      cluster: CLUSTER,
      taskDefinition: definition.arn,
      desiredCount: 1,
      launchType: "FARGATE",
      networkConfiguration: network,
      propagateTags: "SERVICE",
      deploymentCircuitBreaker: { enable: true, rollback: true },
      dependsOn,
    });
  }
}

function containerOf(installation: Installation, task: Task): object {
  const { infra } = installation;
  return {
    name: CONTAINER,
    image: infra.image,
    essential: true,
    command: task.command,
    environment: Object.entries(taskEnvironment(installation))
      .map(([name, value]) => ({ name, value })),
    secrets: Object.entries(task.secrets).map(([name, valueFrom]) => ({ name, valueFrom })),
    readonlyRootFilesystem: true,
    // The kernel hands no signal to the first process of a container before it listens.
    linuxParameters: { initProcessEnabled: true },
    stopTimeout: STOP_SECONDS,
    mountPoints: [{ sourceVolume: "work", containerPath: "/work", readOnly: false }],
    logConfiguration: {
      logDriver: "awslogs",
      options: {
        "awslogs-group": logGroupOf(task),
        "awslogs-region": infra.hub.region,
        "awslogs-stream-prefix": CONTAINER,
      },
    },
  };
}
