import assert from "assert";
import type { Call } from "../aws/call_log.ts";
import type { PolicyRequest } from "./evaluate.ts";
import { requestsOf } from "./requests.ts";

const ACCOUNT = "111111111111";
const INSTANCE = "i-0123456789abcdef0";

const call = (action: string, parameters: Call["parameters"], more: Partial<Call> = {}): Call => ({
  n: 1,
  accessKeyId: "ASIAEXAMPLE",
  account: ACCOUNT,
  principal: null,
  service: action.split(":")[0]!,
  region: "us-east-1",
  action,
  parameters,
  status: 200,
  forwarded: true,
  ...more,
});
const asked = (one: Call) =>
  requestsOf(one, {
    roleArn: (account, name) => `arn:aws:iam::${account}:role/team/${name}`,
    organizationId: "o-exampleorgid",
    unitArn: (id) => `arn:aws:organizations::${ACCOUNT}:ou/o-exampleorgid/${id}`,
  });
const ec2 = (resource: string) => `arn:aws:ec2:us-east-1:${ACCOUNT}:${resource}`;
const TABLE = `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/groundskeeper`;

const CASES: readonly (readonly [what: string, call: Call, requests: readonly PolicyRequest[]])[] =
  [
    [
      "a launch is decided for each resource, and for the tags of what is made",
      call("ec2:RunInstances", {
        ImageId: "ami-1",
        InstanceType: "t3.nano",
        SubnetId: "subnet-1",
        "TagSpecification.1.ResourceType": "instance",
        "TagSpecification.1.Tag.1.Key": "Name",
        "TagSpecification.1.Tag.1.Value": "canary",
      }),
      [
        {
          action: "ec2:RunInstances",
          resource: ec2("instance/*"),
          context: {
            "ec2:InstanceType": "t3.nano",
            "aws:RequestTag/Name": "canary",
            "aws:TagKeys": ["Name"],
          },
        },
        { action: "ec2:RunInstances", resource: ec2("volume/*"), context: {} },
        { action: "ec2:RunInstances", resource: ec2("network-interface/*"), context: {} },
        { action: "ec2:RunInstances", resource: ec2("subnet/subnet-1") },
        { action: "ec2:RunInstances", resource: ec2("security-group/*") },
        { action: "ec2:RunInstances", resource: "arn:aws:ec2:us-east-1::image/ami-1" },
        {
          action: "ec2:CreateTags",
          resource: ec2("instance/*"),
          context: {
            "aws:RequestTag/Name": "canary",
            "aws:TagKeys": ["Name"],
            "ec2:CreateAction": "RunInstances",
          },
        },
      ],
    ],
    [
      "a removed tag without a value is a key only, and the instance has what it had",
      call("ec2:DeleteTags", { "ResourceId.1": INSTANCE, "Tag.1.Key": "mark" }, {
        instanceTags: { [INSTANCE]: { mark: "x", owner: "alice" } },
      }),
      [{
        action: "ec2:DeleteTags",
        resource: ec2(`instance/${INSTANCE}`),
        context: {
          "aws:TagKeys": ["mark"],
          "aws:ResourceTag/mark": "x",
          "aws:ResourceTag/owner": "alice",
        },
      }],
    ],
    [
      "a transaction is decided as each of its items",
      call("dynamodb:TransactWriteItems", {
        TransactItems: JSON.stringify([
          { Put: { TableName: "groundskeeper", Item: { kind: { S: "audit/run" } } } },
          { ConditionCheck: { TableName: "groundskeeper", Key: { kind: { S: "audit/mark#1" } } } },
        ]),
      }),
      [
        {
          action: "dynamodb:PutItem",
          resource: TABLE,
          context: { "dynamodb:LeadingKeys": ["audit/run"] },
        },
        {
          action: "dynamodb:ConditionCheckItem",
          resource: TABLE,
          context: { "dynamodb:LeadingKeys": ["audit/mark#1"] },
        },
      ],
    ],
    [
      "a batch is decided once, with all its partitions",
      call("dynamodb:BatchWriteItem", {
        RequestItems: JSON.stringify({
          groundskeeper: [
            { PutRequest: { Item: { kind: { S: "audit/run" } } } },
            { DeleteRequest: { Key: { kind: { S: "repo/run" } } } },
          ],
        }),
      }),
      [{
        action: "dynamodb:BatchWriteItem",
        resource: TABLE,
        context: { "dynamodb:LeadingKeys": ["audit/run", "repo/run"] },
      }],
    ],
    [
      "a role is known with its path, in the partition of the Region",
      call("iam:TagRole", {
        RoleName: "app",
        "Tags.member.1.Key": "stamp",
        "Tags.member.1.Value": "1",
      }),
      [{
        action: "iam:TagRole",
        resource: `arn:aws:iam::${ACCOUNT}:role/team/app`,
        context: { "aws:RequestTag/stamp": "1", "aws:TagKeys": ["stamp"] },
      }],
    ],
    [
      "an instance profile is in the account of the call, in the partition of the Region",
      call("iam:GetInstanceProfile", { InstanceProfileName: "web" }, { region: "us-gov-west-1" }),
      [{
        action: "iam:GetInstanceProfile",
        resource: `arn:aws-us-gov:iam::${ACCOUNT}:instance-profile/web`,
        context: {},
      }],
    ],
    [
      "a public parameter has no account, and the partition is that of the Region",
      call("ssm:GetParameter", { Name: "/aws/service/image" }, { region: "cn-north-1" }),
      [{
        action: "ssm:GetParameter",
        resource: "arn:aws-cn:ssm:cn-north-1::parameter/aws/service/image",
        context: {},
      }],
    ],
    [
      "what has no types of resource is decided on everything",
      call("ec2:DescribeInstances", {}),
      [{ action: "ec2:DescribeInstances", resource: "*" }],
    ],
  ];

for (const [what, one, requests] of CASES) {
  Deno.test(`${what}`, () => assert.deepEqual(asked(one), requests));
}

const REFUSED: readonly (readonly [what: string, call: Call, error: RegExp])[] = [
  ["an action that no job declares", call("iam:CreateUser", {}), /does not have iam:CreateUser/],
  [
    "an action of which it is not known on what",
    call("dynamodb:PutItem", {}),
    /does not say on what IAM decides dynamodb:PutItem/,
  ],
  [
    "a resource that the action does not have",
    call("sns:Publish", { TopicArn: `arn:aws:sqs:us-east-1:${ACCOUNT}:queue` }),
    /has no arn:aws:sqs:us-east-1:111111111111:queue for sns:Publish/,
  ],
  [
    "a change of an instance whose tags were not noted",
    call("ec2:StopInstances", { "InstanceId.1": INSTANCE }),
    /has not noted the tags of i-0123456789abcdef0/,
  ],
  ["a call of nobody", call("ec2:DescribeInstances", {}, { account: null }), /Nobody is known/],
];

for (const [what, one, error] of REFUSED) {
  Deno.test(`the requests of ${what} are refused, not left out`, () => {
    assert.throws(() => asked(one), error);
  });
}
