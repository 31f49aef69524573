/**
 * The IAM roles of the demo's organization: what people have granted over the years, and the part
 * of it that anybody still uses.
 */

import { loadCatalogue } from "../../runners/repo/catalogue/catalogue.ts";
import type { Proxy } from "./proxy.ts";
import { allowing, type SeedRole, seedRoles, trustOf } from "./seed_roles.ts";

const year = 365;

/** The Statement of a policy that says more than what it allows on everything. */
const policy = (...Statement: readonly object[]) => ({ Version: "2012-10-17", Statement });

const prod: readonly SeedRole[] = [
  {
    name: "checkout-api",
    ageDays: 2 * year,
    // As its owner keeps it in an editor: what goes must be readable as a diff.
    inline: {
      app: JSON.stringify(
        policy({
          Effect: "Allow",
          Action: [
            "s3:Get*",
            "s3:PutObject",
            "sqs:*",
            "sns:Publish",
            "rds:Describe*",
            "kms:Decrypt",
            "kms:GenerateDataKey*",
            "iam:PassRole",
          ],
          Resource: "*",
        }),
        null,
        2,
      ),
    },
    uses: { s3: 0.1, kms: 3, sqs: 214, rds: 133 },
  },
  {
    name: "operations",
    ageDays: 3 * year,
    inline: { everything: allowing("*") },
    uses: { ec2: 1, s3: 1, cloudwatch: 0.2, logs: 0.2, iam: 5, cloudformation: 12, ecs: 160 },
  },
  {
    name: "billing-export",
    ageDays: year,
    inline: {
      athena: allowing("athena:*", "glue:GetTable*", "glue:GetDatabase*"),
      results: policy({
        Sid: "NOREPOResults",
        Effect: "Allow",
        Action: ["s3:*", "firehose:PutRecord*"],
        Resource: "arn:aws:s3:::acme-billing*",
      }),
      mail: allowing("ses:Send*"),
    },
    uses: { athena: 2, s3: 2, glue: 2 },
  },
  {
    name: "storefront",
    ageDays: 400,
    tags: { "managed-by": "terraform" },
    inline: { storefront: allowing("dynamodb:*", "elasticache:Describe*", "s3:GetObject") },
    uses: { dynamodb: 0.1, s3: 0.1 },
  },
  {
    name: "thumbnails",
    ageDays: 500,
    trust: trustOf("lambda.amazonaws.com"),
    inline: { thumbnails: allowing("s3:GetObject", "s3:PutObject", "rekognition:*", "logs:*") },
    uses: { s3: 0.3, logs: 0.3 },
  },
  {
    name: "legacy-importer",
    ageDays: 4 * year,
    instanceProfile: "legacy-importer",
    inline: { importer: allowing("dynamodb:*", "sqs:*", "s3:GetObject") },
    uses: { dynamodb: 380 },
  },
  {
    name: "new-search",
    ageDays: 20,
    inline: { search: allowing("es:*", "s3:GetObject") },
    uses: { es: 1 },
  },
  {
    name: "AWSServiceRoleForAutoScaling",
    path: "/aws-service-role/autoscaling.amazonaws.com/",
    ageDays: 3 * year,
    trust: trustOf("autoscaling.amazonaws.com"),
  },
];

const data: readonly SeedRole[] = [
  {
    name: "lake-etl",
    ageDays: 2 * year,
    inline: {
      lake: allowing("s3:*", "glue:*", "kms:Decrypt"),
      streams: allowing("kinesis:*", "firehose:*"),
    },
    uses: { s3: 0.2, glue: 0.2, kms: 0.2 },
  },
  {
    name: "notebook",
    ageDays: year,
    inline: {
      notebook: allowing("sagemaker:*", "ecr:*", "s3:*", "redshift:*", "emr-serverless:*"),
    },
    uses: { sagemaker: 4, s3: 4, ecr: 40, redshift: 190 },
  },
  {
    name: "quarterly-report",
    ageDays: 2 * year,
    inline: { report: allowing("athena:*", "quicksight:*", "ses:SendEmail") },
    uses: { athena: 60, ses: 60, quicksight: 260 },
  },
];

const sandbox: readonly SeedRole[] = [
  {
    name: "trial",
    inline: { all: allowing("ec2:*", "s3:*", "bedrock:*") },
    uses: { ec2: 1, s3: 9 },
  },
];

const ROLES: Readonly<Record<string, readonly SeedRole[]>> = { prod, data, sandbox };

/** The roles that the job works under. */
const own: readonly SeedRole[] = ["observe", "apply"].map((part) => ({
  name: `groundskeeper-repo-${part}`,
  ageDays: 10,
}));

/** Seeds the accounts with their roles, and with those that the job `repo` works under. */
export async function seedDemoRoles(
  proxy: Proxy,
  accounts: readonly { readonly id: string; readonly name: string }[],
): Promise<void> {
  for (const { id, name } of accounts) {
    await seedRoles(proxy, id, { roles: [...ROLES[name] ?? [], ...own] });
    if (name !== "prod") continue;
    // Of a role that may do everything, AWS lists every service.
    const services = [...loadCatalogue().services];
    proxy.lastAccessed.behave({ account: id, role: "operations" }, { services });
  }
}
