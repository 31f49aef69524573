import assert from "assert";
import {
  denialIn,
  deniedActions,
  eventSourceOf,
  explicitDeny,
  servicesOf,
} from "../../../../runners/repo/watch/denial.ts";
import { ACCOUNT, denial, deniedEvent, ROLE_ARN, ROLE_ID } from "./trail.ts";

const PLACE = { account: ACCOUNT, region: "us-east-1" };

const NO_DENIALS: Readonly<Record<string, unknown>> = {
  "nothing": undefined,
  "null": null,
  "text": "AccessDenied",
  "a list": [],
  "a call that succeeded": deniedEvent({ errorCode: undefined }),
  "a call that failed for another reason": deniedEvent({ errorCode: "ThrottlingException" }),
  "a call of a user": deniedEvent({ userIdentity: { type: "IAMUser", arn: "x", userName: "al" } }),
  "an identity that is text": deniedEvent({ userIdentity: "root" }),
  "a session without its issuer": deniedEvent({ userIdentity: { sessionContext: null } }),
  "an instant that is none": deniedEvent({ eventTime: "yesterday" }),
  "a name that is a number": deniedEvent({ eventName: 7 }),
  "an event without its ID": deniedEvent({ eventID: undefined }),
};

for (const [what, event] of Object.entries(NO_DENIALS)) {
  Deno.test(`${what} is no denied call of a role`, () => {
    assert.equal(denialIn(event, PLACE), null);
  });
}

for (
  const code of [
    "AccessDenied",
    "AccessDeniedException",
    "Client.UnauthorizedOperation",
    "UnauthorizedOperation",
    "Client.AccessDenied",
  ]
) {
  Deno.test(`${code} is a denied call`, () => {
    assert.equal(denialIn(deniedEvent({ errorCode: code }), PLACE)?.code, code);
  });
}

Deno.test("a denied call has the role and the session that made it", () => {
  const said = denialIn(deniedEvent({ eventID: "e-1" }), PLACE);
  assert.deepEqual(said, denial({ message: said!.message }));
  assert.deepEqual([said!.roleArn, said!.roleId], [ROLE_ARN, ROLE_ID]);
});

Deno.test("what a service says is cut, never in the half of a character", () => {
  const said = denialIn(deniedEvent({ errorMessage: "a".repeat(999) + "😀" }), PLACE);
  assert.equal(said!.message.length, 1000);
  assert.ok(said!.message.isWellFormed());
});

const ACTIONS: Readonly<Record<string, [Partial<Parameters<typeof denial>[0]>, string[]]>> = {
  "is called as the operation": [{}, ["sqs:sendmessage"]],
  "is what the service names, if it names one": [
    {
      name: "HeadBucket",
      source: "s3.amazonaws.com",
      message:
        "User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: s3:ListBucket " +
        "on resource: x because no identity-based policy allows the s3:ListBucket action",
    },
    ["s3:listbucket"],
  ],
  "is without the version of the API": [
    { source: "lambda.amazonaws.com", name: "GetFunction20150331v2" },
    ["lambda:getfunction"],
  ],
  "is without such a version of CloudFront": [
    { source: "cloudfront.amazonaws.com", name: "CreateDistribution2020_05_31" },
    ["cloudfront:createdistribution"],
  ],
  "is of each service that has the source": [
    { source: "autoscaling.amazonaws.com", name: "DescribeScalingActivities" },
    [
      "autoscaling:describescalingactivities",
      "application-autoscaling:describescalingactivities",
    ],
  ],
  "is of the service that CloudTrail calls otherwise": [
    { source: "monitoring.amazonaws.com", name: "PutMetricData" },
    ["monitoring:putmetricdata", "cloudwatch:putmetricdata"],
  ],
  "is none where the source is no service of AWS": [{ source: "sqs.example.com" }, []],
};

for (const [what, [part, expected]] of Object.entries(ACTIONS)) {
  Deno.test(`the action of a denied call ${what}`, () => {
    assert.deepEqual(deniedActions(denial(part)), expected);
  });
}

Deno.test("a service is found by the source that is asked for it", () => {
  for (const service of ["sqs", "cloudwatch", "tag", "rds-data", "application-autoscaling"]) {
    assert.ok(servicesOf(eventSourceOf(service)).includes(service), service);
  }
});

for (
  const [message, expected] of [
    ["is not authorized to perform: sqs:SendMessage because no identity-based policy allows", null],
    ["is not authorized to perform: sqs:SendMessage with an explicit deny in an SCP", "other"],
    ["... with an explicit deny in an identity-based policy", "identity"],
  ] as const
) {
  Deno.test(`the Deny of "${message}" is ${expected}`, () => {
    assert.equal(explicitDeny({ message }), expected);
  });
}
