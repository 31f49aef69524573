import dependent from "./dependent_actions.json" with { type: "json" };

/**
 * Calls that a service makes to another on the caller's behalf. AWS checks them while the using
 * action is called, and no report may ever date them: they stay while the using action may be used.
 */
type Companionship = {
  /** Using actions, or whole services by their prefix: any of its actions. */
  readonly users: string;
  /** Actions that stay with them. */
  readonly keeps: string;
  /** The page of AWS that says so, and its section. */
  readonly source: string;
};

/** Verbs that create something, and may tag it in the same request. */
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

/** Verbs of tagging actions that remove tags: creating something never needs them. */
export const UNTAGGING = /^[^:]*:(Untag|Delete|Remove)/i;

/** Data keys, and grants to use them. */
const KEYS = "kms:CreateGrant kms:Decrypt kms:DescribeKey kms:Encrypt kms:GenerateDataKey " +
  "kms:GenerateDataKeyPair kms:GenerateDataKeyPairWithoutPlaintext " +
  "kms:GenerateDataKeyWithoutPlaintext kms:ReEncryptFrom kms:ReEncryptTo kms:RetireGrant";

/** Services that use a KMS key in the caller's name, each with the page of its guide. */
const WITH_KMS: readonly (readonly [service: string, source: string])[] = [
  ["athena", 'Athena User Guide, "Encryption at rest"'],
  ["backup", 'Backup Developer Guide, "Encryption for backups in AWS Backup"'],
  ["cloudtrail", 'CloudTrail User Guide, "Encrypting CloudTrail log files with AWS KMS keys"'],
  ["codeartifact", 'CodeArtifact User Guide, "Data encryption"'],
  ["codebuild", 'CodeBuild User Guide, "Data encryption"'],
  ["codecommit", 'CodeCommit User Guide, "AWS KMS and encryption for repositories"'],
  ["codepipeline", 'CodePipeline User Guide, "Configure server-side encryption for artifacts"'],
  ["dms", 'DMS User Guide, "Setting an encryption key and specifying AWS KMS permissions"'],
  ["dynamodb", 'DynamoDB Developer Guide, "Authorizing use of your customer managed key"'],
  ["ebs", 'EBS User Guide, "Requirements for Amazon EBS encryption", "Permissions for users"'],
  ["ec2", 'EBS User Guide, "Requirements for Amazon EBS encryption", "Permissions for users"'],
  ["ecr", 'ECR User Guide, "Encryption at rest", "Required IAM permissions"'],
  ["ecs", 'KMS Developer Guide, "Using AWS KMS encryption with AWS services"'],
  ["eks", 'EKS User Guide, "Encrypt Kubernetes secrets with KMS on existing clusters"'],
  ["elasticache", 'ElastiCache User Guide, "At-Rest Encryption in ElastiCache"'],
  ["elasticfilesystem", 'EFS User Guide, "How Amazon EFS uses AWS KMS"'],
  ["elasticmapreduce", 'EMR Management Guide, "Encrypt data at rest and in transit"'],
  ["es", 'OpenSearch Service Developer Guide, "Encryption of data at rest", "Permissions"'],
  ["events", 'EventBridge User Guide, "Encrypting event buses with AWS KMS keys"'],
  ["firehose", 'Data Firehose Developer Guide, "Data protection"'],
  ["fsx", 'FSx for Windows User Guide, "Encryption of data at rest"'],
  ["glacier", 'KMS Developer Guide, "Using AWS KMS encryption with AWS services"'],
  ["glue", 'Glue Developer Guide, "Encrypting your Data Catalog"'],
  ["imagebuilder", 'Image Builder User Guide, "Encryption and key management"'],
  ["kafka", 'MSK Developer Guide, "Amazon MSK encryption at rest"'],
  ["kinesis", 'Kinesis Data Streams Guide, "Permissions to use user-generated KMS keys"'],
  ["lambda", 'Lambda Developer Guide, "Securing Lambda environment variables"'],
  ["logs", 'CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS"'],
  ["rds", 'RDS User Guide, "AWS KMS key management", "Authorizing use of a customer managed key"'],
  ["redshift", 'Redshift Management Guide, "Amazon Redshift database encryption"'],
  ["s3", 'S3 User Guide, "Using server-side encryption with AWS KMS keys (SSE-KMS)"'],
  ["sagemaker", 'SageMaker AI Developer Guide, "Protect Data at Rest Using Encryption"'],
  ["secretsmanager", 'Secrets Manager User Guide, "Secret encryption and decryption"'],
  ["ses", 'KMS Developer Guide, "Using AWS KMS encryption with AWS services"'],
  ["sns", 'SNS Developer Guide, "Key management", "Configuring AWS KMS permissions"'],
  ["sqs", 'SQS Developer Guide, "Key management", "Configuring AWS KMS permissions"'],
  ["ssm", 'KMS Developer Guide, "How Systems Manager Parameter Store uses AWS KMS"'],
  ["states", 'Step Functions Developer Guide, "Data at rest encryption"'],
  ["timestream", 'Timestream Developer Guide, "Encryption at rest"'],
  ["translate", 'KMS Developer Guide, "Using AWS KMS encryption with AWS services"'],
  ["workspaces", 'WorkSpaces Administration Guide, "Encrypted WorkSpaces"'],
  ["xray", 'X-Ray Developer Guide, "Data protection in AWS X-Ray"'],
];

/** Services that create their service-linked role at the first use, in the caller's name. */
const WITH_LINKED_ROLE = "access-analyzer apigateway application-autoscaling autoscaling " +
  "autoscaling-plans backup batch cloudformation cloudfront cloudtrail config dax dynamodb ec2 " +
  "ecr ecs eks elasticache elasticbeanstalk elasticfilesystem elasticloadbalancing " +
  "elasticmapreduce emr-containers es fms fsx globalaccelerator guardduty inspector2 kafka lambda " +
  "lex license-manager macie2 memorydb mq network-firewall opensearch organizations ram rds " +
  "redshift sagemaker secretsmanager securityhub sso ssm support transfer wafv2 workspaces";

const LOG_DELIVERY =
  "logs:CreateLogDelivery logs:DeleteLogDelivery logs:DescribeResourcePolicies " +
  "logs:GetLogDelivery logs:ListLogDeliveries logs:PutResourcePolicy logs:UpdateLogDelivery";

/** What a page of a guide says, in words or in an example policy. */
const FROM_GUIDES: readonly Companionship[] = [
  ...WITH_KMS.map(([users, source]) => ({ users, keeps: KEYS, source })),
  {
    users: WITH_LINKED_ROLE,
    keeps: "iam:CreateServiceLinkedRole",
    source: 'IAM User Guide, "AWS services that work with IAM", "Service-linked roles"',
  },
  {
    users: "cloudwatch:PutMetricAlarm",
    keeps: "iam:CreateServiceLinkedRole",
    source: 'CloudWatch User Guide, "Create alarms to stop, terminate, reboot, or recover an EC2 ' +
      'instance"',
  },
  {
    users: "autoscaling:CreateAutoScalingGroup autoscaling:CreateLaunchConfiguration " +
      "autoscaling:CreateOrUpdateTags autoscaling:UpdateAutoScalingGroup",
    keeps: "ec2:CreateTags ec2:DescribeLaunchTemplateVersions ec2:RunInstances",
    source:
      'EC2 Auto Scaling User Guide, "Control EC2 launch template usage in Auto Scaling groups"',
  },
  {
    users: "ec2:CreateFleet ec2:RequestSpotFleet ec2:RequestSpotInstances ec2:RunInstances",
    keeps: "ec2:CreateTags ssm:GetParameters",
    source: 'EC2 User Guide, "Use a Systems Manager parameter instead of an AMI ID", "Grant ' +
      'permission to tag Amazon EC2 resources during creation"',
  },
  {
    users: "ec2:CreateVpcEndpoint ec2:ModifyVpcEndpoint",
    keeps: "route53:AssociateVPCWithHostedZone",
    source: 'PrivateLink Guide, "Identity-based policy examples"',
  },
  {
    users: "ec2:CreateFlowLogs ec2:DeleteFlowLogs",
    keeps: LOG_DELIVERY,
    source: 'VPC User Guide, "Publish flow logs to CloudWatch Logs", "Permissions"',
  },
  {
    users: "apigateway:PATCH apigateway:POST apigateway:PUT states:CreateStateMachine " +
      "states:UpdateStateMachine route53resolver:CreateResolverQueryLogConfig " +
      "network-firewall:UpdateLoggingConfiguration wafv2:PutLoggingConfiguration",
    keeps: LOG_DELIVERY,
    source: 'CloudWatch Logs User Guide, "Enable logging from AWS services", "User permissions"',
  },
  {
    users: "cloudfront:CreateDistribution cloudfront:UpdateDistribution",
    keeps: "s3:GetBucketAcl s3:PutBucketAcl",
    source: 'CloudFront Developer Guide, "Standard logging (legacy)", "Permissions"',
  },
  {
    users: "lambda:CreateFunction lambda:UpdateFunctionConfiguration",
    keeps: "ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcs " +
      "elasticfilesystem:DescribeMountTargets",
    source: 'Lambda Developer Guide, "Giving Lambda functions access to resources in a VPC", ' +
      '"Configuring file system access"',
  },
  {
    users: "lambda:CreateFunction lambda:UpdateFunctionCode",
    keeps: "ecr:BatchGetImage ecr:GetDownloadUrlForLayer ecr:GetRepositoryPolicy " +
      "ecr:SetRepositoryPolicy s3:GetObject s3:GetObjectVersion",
    source: 'Lambda Developer Guide, "Create a Lambda function using a container image", "Amazon ' +
      'ECR permissions"; API Reference, CreateFunction',
  },
  {
    users: "elasticfilesystem:CreateMountTarget elasticfilesystem:DeleteMountTarget " +
      "elasticfilesystem:ModifyMountTargetSecurityGroups",
    keeps: "ec2:CreateNetworkInterface ec2:DeleteNetworkInterface ec2:DescribeNetworkInterfaces " +
      "ec2:DescribeSubnets ec2:ModifyNetworkInterfaceAttribute",
    source: "EFS API Reference, CreateMountTarget, DeleteMountTarget and " +
      "ModifyMountTargetSecurityGroups",
  },
  {
    users: "dynamodb:ExportTableToPointInTime",
    keeps: "s3:AbortMultipartUpload s3:PutObject s3:PutObjectAcl",
    source: 'DynamoDB Developer Guide, "Requesting a table export in DynamoDB"',
  },
  {
    users: "dynamodb:ImportTable",
    keeps: "logs:CreateLogGroup logs:CreateLogStream logs:DescribeLogGroups " +
      "logs:DescribeLogStreams logs:PutLogEvents logs:PutRetentionPolicy s3:GetObject " +
      "s3:ListBucket",
    source: 'DynamoDB Developer Guide, "Requesting a table import in DynamoDB"',
  },
  {
    users: "dynamodb:EnableKinesisStreamingDestination",
    keeps: "kinesis:DescribeStream kinesis:ListStreams kinesis:PutRecord kinesis:PutRecords",
    source: 'DynamoDB Developer Guide, "Using IAM policies for Kinesis Data Streams and DynamoDB"',
  },
  {
    users: "secretsmanager:RotateSecret",
    keeps: "lambda:InvokeFunction",
    source: 'Secrets Manager User Guide, "Permissions for rotation"',
  },
  {
    users: "backup:CreateBackupVault",
    keeps: "backup-storage:MountCapsule",
    source: 'Backup Developer Guide, "Access control", "API permissions"',
  },
  {
    users: "athena:GetQueryResults athena:StartQueryExecution",
    keeps: "glue:BatchGetPartition glue:GetDatabase glue:GetDatabases glue:GetPartition " +
      "glue:GetPartitions glue:GetTable glue:GetTables lakeformation:GetDataAccess " +
      "s3:AbortMultipartUpload s3:GetBucketLocation s3:GetObject s3:ListBucket " +
      "s3:ListMultipartUploadParts s3:PutObject",
    source: 'Athena User Guide, "Configure access to databases and tables in the AWS Glue Data ' +
      'Catalog", "Control access to Amazon S3 from Athena"',
  },
  {
    users: "elasticloadbalancing:CreateListener elasticloadbalancing:CreateRule " +
      "elasticloadbalancing:ModifyListener elasticloadbalancing:ModifyRule",
    keeps: "cognito-idp:DescribeUserPoolClient",
    source: 'Application Load Balancers, "Authenticate users", "Prepare to use Amazon Cognito"',
  },
];

const NETWORK = "ec2:CreateNetworkInterface ec2:DeleteNetworkInterface " +
  "ec2:DescribeNetworkInterfaces ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcs";

/**
 * Network interfaces that a service makes with a role that trusts it, when a person puts something
 * into a VPC: once, and maybe long ago. The users are service principals.
 */
export const BY_TRUST: readonly Companionship[] = [
  {
    users: "lambda.amazonaws.com",
    keeps: `${NETWORK} ec2:AssignPrivateIpAddresses ec2:UnassignPrivateIpAddresses`,
    source: 'Lambda Developer Guide, "Giving Lambda functions access to resources in a VPC", ' +
      '"Required IAM permissions"',
  },
  {
    users: "codebuild.amazonaws.com",
    keeps: `${NETWORK} ec2:CreateNetworkInterfacePermission ec2:DescribeDhcpOptions`,
    source: 'CodeBuild User Guide, "Allow CodeBuild access to AWS services required to create a ' +
      'VPC network interface"',
  },
  {
    users: "firehose.amazonaws.com",
    keeps: `${NETWORK} ec2:CreateNetworkInterfacePermission ec2:DescribeVpcAttribute`,
    source: 'Data Firehose Developer Guide, "Grant Firehose access to a destination in a VPC"',
  },
  {
    users: "sagemaker.amazonaws.com",
    keeps: `${NETWORK} ec2:CreateNetworkInterfacePermission ec2:DeleteNetworkInterfacePermission ` +
      "ec2:DescribeDhcpOptions",
    source: 'SageMaker AI Developer Guide, "SageMaker AI roles", private VPCs',
  },
];

/**
 * All companionships: what guides say, then the "Dependent actions" of AWS's Service Authorization
 * Reference. A service's own tagging comes from the catalogue besides.
 */
export function* companionships(): Generator<Companionship> {
  yield* FROM_GUIDES;
  for (const [service, rows] of Object.entries(dependent)) {
    const source =
      `Service Authorization Reference, "Actions defined by" the service ${service}, ` +
      '"Dependent actions"';
    for (const [names, keeps] of Object.entries(rows as { readonly [names: string]: string })) {
      const users = names.split(" ").map((name) => `${service}:${name}`).join(" ");
      yield { users, keeps, source };
    }
  }
}
