/**
 * Actions that AWS checks while another action is called, without a call of their own: no report
 * ever dates their use by it, so that they stay while the other one may be used.
 */
export interface Companionship {
  /** Patterns of the actions that may be used. */
  readonly used: readonly string[];
  /** Patterns of those that stay with them. */
  readonly keeps: readonly string[];
  /** Where that is documented. */
  readonly source: string;
}

/** Verbs that make something, and may tag it in the same request. */
export const MAKING = [
  "Allocate",
  "Copy",
  "Create",
  "Import",
  "Provision",
  "Purchase",
  "Put",
  "Register",
  "Request",
  "Restore",
  "Run",
  "Start",
  "Upload",
];

/** Verbs of tagging actions that take tags away: nothing that is made needs them. */
export const UNTAGGING = /^[^:]*:(Untag|Delete|Remove)/i;

/** Services that create their service-linked role for whoever first makes something with them. */
const WITH_LINKED_ROLE = [
  "access-analyzer",
  "apigateway",
  "application-autoscaling",
  "autoscaling",
  "autoscaling-plans",
  "backup",
  "batch",
  "cloudformation",
  "cloudfront",
  "cloudtrail",
  "config",
  "dax",
  "dynamodb",
  "ec2",
  "ecr",
  "ecs",
  "eks",
  "elasticache",
  "elasticbeanstalk",
  "elasticfilesystem",
  "elasticloadbalancing",
  "elasticmapreduce",
  "emr-containers",
  "es",
  "fms",
  "fsx",
  "globalaccelerator",
  "guardduty",
  "inspector2",
  "kafka",
  "lambda",
  "lex",
  "license-manager",
  "macie2",
  "memorydb",
  "mq",
  "network-firewall",
  "opensearch",
  "organizations",
  "ram",
  "rds",
  "redshift",
  "sagemaker",
  "secretsmanager",
  "securityhub",
  "sso",
  "ssm",
  "support",
  "transfer",
  "wafv2",
  "workspaces",
];

/** Services that use a caller's KMS key in the caller's name. */
const WITH_KMS = [
  "athena",
  "backup",
  "cloudtrail",
  "codeartifact",
  "codebuild",
  "codecommit",
  "codepipeline",
  "dms",
  "dynamodb",
  "ebs",
  "ec2",
  "ecr",
  "ecs",
  "eks",
  "elasticache",
  "elasticfilesystem",
  "elasticmapreduce",
  "es",
  "events",
  "firehose",
  "fsx",
  "glacier",
  "glue",
  "imagebuilder",
  "kafka",
  "kinesis",
  "lambda",
  "logs",
  "rds",
  "redshift",
  "s3",
  "sagemaker",
  "secretsmanager",
  "ses",
  "sns",
  "sqs",
  "ssm",
  "states",
  "timestream",
  "translate",
  "workspaces",
  "xray",
];

const ofService = (service: string) => `${service}:*`;

/** Those that lie in several services; each service's own tagging comes from the catalogue. */
export const COMPANIONSHIPS: readonly Companionship[] = [
  {
    used: WITH_LINKED_ROLE.map(ofService),
    keeps: ["iam:CreateServiceLinkedRole"],
    source: 'IAM User Guide, "Service-linked role permissions"',
  },
  {
    used: WITH_KMS.map(ofService),
    keeps: [
      "kms:CreateGrant",
      "kms:Decrypt",
      "kms:DescribeKey",
      "kms:Encrypt",
      "kms:GenerateDataKey*",
      "kms:ReEncrypt*",
    ],
    source: 'KMS Developer Guide, "Using AWS KMS encryption with AWS services"',
  },
  {
    used: ["autoscaling:Create*", "autoscaling:Update*"],
    keeps: ["ec2:RunInstances", "ec2:CreateTags", "ec2:DescribeLaunchTemplateVersions"],
    source: 'EC2 Auto Scaling User Guide, "Control which launch templates can be used"',
  },
  {
    used: ["ec2:RunInstances", "ec2:RequestSpot*", "ec2:CreateFleet"],
    keeps: ["ssm:GetParameters", "ec2:CreateTags"],
    source: 'EC2 User Guide, "Use a Systems Manager parameter instead of an AMI ID in a launch ' +
      'template", "Grant permission to tag EC2 resources during creation"',
  },
  {
    used: ["ec2:CreateVpcEndpoint", "ec2:ModifyVpcEndpoint"],
    keeps: ["route53:AssociateVPCWithHostedZone"],
    source: 'AWS PrivateLink Guide, "Identity-based policy examples"',
  },
  {
    used: ["ec2:CreateFlowLogs"],
    keeps: ["logs:CreateLogDelivery", "logs:DeleteLogDelivery"],
    source: 'VPC User Guide, "Publish flow logs", permissions',
  },
  {
    used: ["lambda:CreateFunction", "lambda:UpdateFunctionConfiguration"],
    keeps: [
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSubnets",
      "ec2:DescribeVpcs",
      "elasticfilesystem:DescribeMountTargets",
    ],
    source: 'Lambda Developer Guide, "Giving Lambda functions access to resources in a VPC"',
  },
  {
    used: ["lambda:CreateFunction", "lambda:UpdateFunctionCode"],
    keeps: [
      "ecr:BatchGetImage",
      "ecr:GetDownloadUrlForLayer",
      "s3:GetObject",
      "s3:GetObjectVersion",
    ],
    source: 'Lambda API Reference, "CreateFunction"; "Create a Lambda function using a container ' +
      'image"',
  },
];
