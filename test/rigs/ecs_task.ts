import assert from "assert";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { ROOT } from "../architecture/module_graph.ts";
import type { LocalAws } from "../aws/local_aws.ts";
import { clientConfig } from "../aws/seed.ts";
import { isAllowed, type Policy } from "../policies/evaluate.ts";
import type { Resource } from "./terraform.ts";

/** What a task left. */
export type RanTask = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** A container of a task definition, as ECS has it. */
type Container = {
  readonly command: readonly string[];
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly secrets?: readonly { readonly name: string; readonly valueFrom: string }[];
};

/** Where tasks run: the account, with what Terraform has made in it. */
export type Hub = {
  readonly aws: LocalAws;
  readonly account: string;
  readonly region: string;
  readonly resources: readonly Resource[];
  /** The values of secrets by their ARNs. */
  readonly secrets?: Readonly<Record<string, string>>;
};

/**
 * Runs a task as ECS does: the command of its definition, or another one in its place, in the
 * environment that it says, under its role. ECS gets the role only if its trust policy lets it, and
 * reads secrets only if the execution role may.
 *
 * @param key a job and a kind of run: `audit-report`
 * @throws Error where ECS could not start it
 */
export async function runTask(
  { aws, account, region, resources, secrets = {} }: Hub,
  key: string,
  command?: readonly string[],
): Promise<RanTask> {
  const { values } = resources.find(({ type, values }) =>
    type === "aws_ecs_task_definition" && values.family === `groundskeeper-${key}`
  )!;
  const [container] = JSON.parse(values.container_definitions as string) as [Container];
  const role = roleOf(resources, values.task_role_arn as string);
  const execution = roleOf(resources, values.execution_role_arn as string);
  const source = {
    "aws:SourceAccount": account,
    "aws:SourceArn": `arn:aws:ecs:${region}:${account}:*`,
  };
  for (const { arn, trust } of [role, execution]) {
    const request = {
      action: "sts:AssumeRole",
      resource: arn,
      principal: "ecs-tasks.amazonaws.com",
      context: source,
    };
    if (!isAllowed(trust, request)) throw new Error(`ECS cannot assume ${arn}`);
  }
  const read = (container.secrets ?? []).map(({ name, valueFrom }) => {
    const action = valueFrom.includes(":ssm:")
      ? "ssm:GetParameters"
      : "secretsmanager:GetSecretValue";
    if (!isAllowed(execution.policy, { action, resource: valueFrom })) {
      throw new Error(`ECS cannot read ${valueFrom} as ${execution.arn}`);
    }
    return [name, secrets[valueFrom]!];
  });
  const work = await Deno.makeTempDir({ prefix: "groundskeeper-task-" });
  try {
    const deno = Deno.execPath();
    const { code, stdout, stderr } = await new Deno.Command("sh", {
      args: [`${ROOT}container/entry_point.sh`, ...command ?? container.command],
      cwd: work,
      clearEnv: true,
      env: {
        PATH: `${deno.slice(0, deno.lastIndexOf("/"))}:${Deno.env.get("PATH")}`,
        HOME: work,
        DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
        AWS_ENDPOINT_URL: aws.endpoint,
        ...await credentialsOf(aws, account, role.arn),
        ...Object.fromEntries(container.environment.map(({ name, value }) => [name, value])),
        ...Object.fromEntries(read),
      },
      stdin: "null",
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** What EventBridge Scheduler starts, with the command that it hands over, in the order of the names. */
export function scheduled(resources: readonly Resource[]): { key: string; command: string[] }[] {
  return resources.filter(({ type }) => type === "aws_scheduler_schedule").map(({ values }) => {
    const [{ input }] = values.target as [{ input: string }];
    const { containerOverrides } = JSON.parse(input) as {
      containerOverrides: [{ command: string[] }];
    };
    return {
      key: values.name as string,
      command: containerOverrides[0].command.map((word) =>
        word === "<aws.scheduler.scheduled-time>" ? new Date().toISOString() : word
      ),
    };
  }).sort((a, b) => a.key < b.key ? -1 : 1);
}

/** A task's end: its exit code is the expected one. */
export async function ended(task: Promise<RanTask>, expected: number): Promise<RanTask> {
  const ran = await task;
  assert.equal(ran.code, expected, ran.stdout + ran.stderr);
  return ran;
}

export type Role = { readonly arn: string; readonly trust: Policy; readonly policy: Policy };

/** A role with its policies, as Terraform has made them. */
export function roleOf(resources: readonly Resource[], arn: string): Role {
  const role = resources.find(({ type, values }) => type === "aws_iam_role" && values.arn === arn);
  if (!role) throw new Error(`Terraform has made no role ${arn}`);
  const own = resources.find(({ type, values }) =>
    type === "aws_iam_role_policy" && values.role === role.values.name
  );
  return {
    arn,
    trust: JSON.parse(role.values.assume_role_policy as string) as Policy,
    policy: JSON.parse(own!.values.policy as string) as Policy,
  };
}

async function credentialsOf(
  aws: LocalAws,
  account: string,
  RoleArn: string,
): Promise<Record<string, string>> {
  const sts = new STSClient(clientConfig(aws.endpoint, account));
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: "task" }),
  );
  sts.destroy();
  return {
    AWS_ACCESS_KEY_ID: Credentials!.AccessKeyId!,
    AWS_SECRET_ACCESS_KEY: Credentials!.SecretAccessKey!,
    AWS_SESSION_TOKEN: Credentials!.SessionToken!,
  };
}
