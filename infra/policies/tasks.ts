import { roleArn } from "./role_arns.ts";
import { documentOf, type PolicyDocument, type Statement } from "./statement.ts";
import { ECS_TASKS } from "./trust.ts";

/**
 * The policy of the execution role, under which ECS pulls the image, writes the logs and reads what
 * the task definition names as secrets (ECS Developer Guide, "Amazon ECS task execution IAM role").
 *
 * @param image as the task definition names it; only an image of ECR needs permissions
 * @param logGroups names of log groups of the account and Region, at least one
 * @param secrets ARNs of secrets of Secrets Manager and of parameters of SSM
 */
export function executionPolicy({ partition, hub, region, image, logGroups, secrets }: {
  readonly partition: string;
  readonly hub: string;
  readonly region: string;
  readonly image: string;
  readonly logGroups: readonly string[];
  readonly secrets: readonly string[];
}): PolicyDocument {
  const ofService = (service: string) =>
    secrets.map((arn) => arn.split(":")).filter(([, , named]) => named === service)
      // A key of the secret's JSON may follow, which is no part of its ARN.
      .map((parts) => parts.slice(0, 7).join(":"));
  return documentOf([
    ...pulling(ecrRepository(partition, image)),
    {
      Sid: "WritesLogs",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: logGroups.map((name) =>
        `arn:${partition}:logs:${region}:${hub}:log-group:${name}:*`
      ),
    },
    ...reading("ReadsSecrets", "secretsmanager:GetSecretValue", ofService("secretsmanager")),
    ...reading("ReadsParameters", "ssm:GetParameters", ofService("ssm")),
  ]);
}

function pulling(repository: string | null): Statement[] {
  return repository === null ? [] : [
    // ECR has no resource for it.
    { Sid: "SignsIn", Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
    {
      Sid: "PullsTheImage",
      Effect: "Allow",
      Action: [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
      ],
      Resource: repository,
    },
  ];
}

function reading(Sid: string, Action: string, Resource: readonly string[]): Statement[] {
  return Resource.length === 0 ? [] : [{ Sid, Effect: "Allow", Action, Resource }];
}

/** `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME`, with a tag or a digest, also of FIPS and IPv6. */
const OF_ECR =
  /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com|on\.aws|on\.amazonwebservices\.com)(?:\.cn)?\/([^:@]+)/;

/** The ARN of the repository that an image is pulled from; null if it is not one of ECR. */
function ecrRepository(partition: string, image: string): string | null {
  const [, account, region, name] = OF_ECR.exec(image) ?? [];
  return name === undefined ? null : `arn:${partition}:ecr:${region}:${account}:repository/${name}`;
}

/**
 * The policy of the role under which EventBridge Scheduler starts tasks: those of these families, in
 * this cluster alone, and passes their roles to nothing but ECS tasks. It may tag a task as it starts
 * it, since tags go over from the task definition (ECS Developer Guide, "Amazon ECS EventBridge IAM
 * Role"; without it ECS refuses to start the task, and nobody sees that).
 *
 * @param families of task definitions, at least one; every revision
 * @param roles names of the home roles and the execution role, with their paths
 */
export function schedulerPolicy({ partition, hub, region, cluster, families, roles }: {
  readonly partition: string;
  readonly hub: string;
  readonly region: string;
  readonly cluster: string;
  readonly families: readonly string[];
  readonly roles: readonly string[];
}): PolicyDocument {
  const ofEcs = (resource: string) => `arn:${partition}:ecs:${region}:${hub}:${resource}`;
  return documentOf([
    {
      Sid: "StartsTasks",
      Effect: "Allow",
      Action: "ecs:RunTask",
      Resource: families.map((family) => ofEcs(`task-definition/${family}:*`)),
      Condition: { ArnEquals: { "ecs:cluster": ofEcs(`cluster/${cluster}`) } },
    },
    {
      Sid: "TagsTasks",
      Effect: "Allow",
      Action: "ecs:TagResource",
      Resource: ofEcs(`task/${cluster}/*`),
      Condition: { StringEquals: { "ecs:CreateAction": "RunTask" } },
    },
    {
      Sid: "PassesRoles",
      Effect: "Allow",
      Action: "iam:PassRole",
      Resource: roles.map((role) => roleArn(partition, hub, role)),
      Condition: { StringEquals: { "iam:PassedToService": ECS_TASKS } },
    },
  ]);
}
