import assert from "assert";
import {
  bestOwner,
  type Owner,
  ownerFromEvents,
  ownerFromTags,
  ownerOfWhole,
  OWNERS,
} from "../../../runners/audit/owners/owners.ts";
import { assumedRole, autoScaling, iamUser, instanceEvent } from "../../aws/trail_event.ts";
import { storeOf } from "./store_rows.ts";
import { idOf } from "./world.ts";

const ID = idOf(7);

/** Name, confidence and detail in a line; "nobody" for none. */
const line = (owner: Owner | null) =>
  owner ? `${owner.name}, ${owner.confidence}: ${owner.detail}` : "nobody";

const tagCases: readonly (readonly [what: string, tags: Record<string, string>, said: string])[] = [
  ["no tag", {}, "nobody"],
  ["other tags", { Name: "web", ownership: "x", "owner:team": "y" }, "nobody"],
  ["an owner", { owner: "alice" }, "alice, high: tag owner"],
  ["a key in capitals and spaces", { " Owner ": " alice " }, "alice, high: tag  Owner "],
  ["created_by", { created_by: "bob" }, "bob, high: tag created_by"],
  ["CreatedBy", { CreatedBy: "bob" }, "bob, high: tag CreatedBy"],
  ["Created-By", { "Created-By": "bob" }, "bob, high: tag Created-By"],
  ["a creator", { creator: "bob" }, "bob, high: tag creator"],
  ["a contact", { contact: "ops@example.com" }, "ops@example.com, medium: tag contact"],
  ["a maintainer", { Maintainer: "carol" }, "carol, medium: tag Maintainer"],
  [
    "several, whatever their order",
    { contact: "c", created_by: "b", owner: "a" },
    "a, high: tag owner",
  ],
  ["a blank owner and a creator", { owner: " ", creator: "bob" }, "bob, high: tag creator"],
  ["nothing but blanks", { owner: "", created_by: "\t" }, "nobody"],
  ["keys that differ in case", { OWNER: "x", owner: "alice" }, "alice, high: tag owner"],
  ["the same, the usual one blank", { OWNER: "x", owner: "" }, "x, high: tag OWNER"],
  ["a key like a prototype's", { ["__proto__"]: "x", constructor: "y" }, "nobody"],
];

for (const [what, tags, said] of tagCases) {
  Deno.test(`tags with ${what} name ${said}`, () => {
    assert.equal(line(ownerFromTags(tags)), said);
    assert.equal(ownerFromTags(tags)?.source ?? "tag", "tag");
  });
}

Deno.test("the tags of a group or a stack are of medium confidence at most", () => {
  assert.deepEqual(ownerOfWhole({ Owner: "alice" }, "group", "web"), {
    name: "alice",
    source: "group",
    confidence: "medium",
    detail: "tag Owner of Auto Scaling group web",
  });
  assert.deepEqual(ownerOfWhole({ contact: "alice" }, "stack", "shop"), {
    name: "alice",
    source: "stack",
    confidence: "medium",
    detail: "tag contact of stack shop",
  });
  assert.equal(ownerOfWhole({ Name: "web" }, "group", "web"), null);
  assert.equal(ownerOfWhole({}, "stack", "shop"), null);
});

const ON = "on 2026-10-28";

const identities: readonly (readonly [what: string, identity: unknown, said: string])[] = [
  ["an IAM user", iamUser("alice"), `alice, high: RunInstances by user alice, ${ON}`],
  [
    "an IAM user without a name, but with an ARN",
    iamUser("alice", { userName: undefined, arn: "arn:aws:iam::111111111111:user/ops/alice" }),
    `alice, high: RunInstances by user alice, ${ON}`,
  ],
  [
    "an IAM user through CloudFormation",
    iamUser("alice", { invokedBy: "cloudformation.amazonaws.com" }),
    `alice, high: RunInstances by user alice, through cloudformation.amazonaws.com, ${ON}`,
  ],
  [
    "an IAM user in the console",
    iamUser("alice", { invokedBy: "AWS Internal" }),
    `alice, high: RunInstances by user alice, ${ON}`,
  ],
  [
    "a person in a role",
    assumedRole("Deploy", "alice"),
    `alice, medium: RunInstances by role Deploy, session alice, ${ON}`,
  ],
  [
    "a person in a role without its issuer",
    assumedRole("Deploy", "alice", { sessionContext: { attributes: {} } }),
    `alice, medium: RunInstances by role Deploy, session alice, ${ON}`,
  ],
  [
    "a person in a role with an empty issuer",
    assumedRole("Deploy", "alice", { sessionContext: { sessionIssuer: {} } }),
    `alice, medium: RunInstances by role Deploy, session alice, ${ON}`,
  ],
  [
    "a person in a role with an issuer of another shape",
    assumedRole("Deploy", "alice", { sessionContext: { sessionIssuer: "Deploy" } }),
    `alice, medium: RunInstances by role Deploy, session alice, ${ON}`,
  ],
  [
    "a person in a role that is known by no more than its principal",
    { type: "AssumedRole", principalId: "AROAIDPPEZS35WEXAMPLE:alice" },
    `alice, medium: RunInstances by session alice, ${ON}`,
  ],
  [
    "a person by IAM Identity Center",
    assumedRole("AWSReservedSSO_PowerUser_0123456789abcdef", "alice@example.com"),
    "alice@example.com, high: RunInstances by role AWSReservedSSO_PowerUser_0123456789abcdef, " +
    `session alice@example.com, ${ON}`,
  ],
  [
    "a session with a source identity",
    assumedRole("Deploy", "botocore-session-1700000000", {
      sessionContext: { sessionIssuer: { userName: "Deploy" }, sourceIdentity: "alice" },
    }),
    "alice, high: RunInstances by role Deploy, session botocore-session-1700000000, " +
    `source identity alice, ${ON}`,
  ],
  ...[
    "i-0123456789abcdef0",
    "AutoScaling",
    "AWSCloudFormation",
    "AWSCodeBuild-9f2c5c1e-5b1e-4f43-8a51-2d7f0f3a9b10",
    "botocore-session-1700000000",
    "AWS-CLI-session-1700000000",
    "aws-sdk-js-1700000000",
    "aws-go-sdk-1700000000000000000",
    "1700000000000000000",
    "0123456789abcdef0123456789abcdef",
    "9f2c5c1e-5b1e-4f43-8a51-2d7f0f3a9b10",
    "GitHubActions",
    "groundskeeper-audit-01JD0000000000000000000000",
  ].map((session) =>
    [
      `a program, session ${session},`,
      assumedRole("Deploy", session),
      `Deploy, low: RunInstances by role Deploy, session ${session}, ${ON}`,
    ] as const
  ),
  [
    "a program whose role has no name in its issuer",
    assumedRole("Deploy", ID, { sessionContext: { sessionIssuer: { userName: "" } } }),
    `Deploy, low: RunInstances by role Deploy, session ${ID}, ${ON}`,
  ],
  [
    "a program of no known role",
    { type: "AssumedRole", principalId: `AROAIDPPEZS35WEXAMPLE:${ID}` },
    "nobody",
  ],
  [
    "a person whose name only looks like an instance",
    assumedRole("Deploy", "i-robot"),
    `i-robot, medium: RunInstances by role Deploy, session i-robot, ${ON}`,
  ],
  [
    "the root user",
    { type: "Root", arn: "arn:aws:iam::111111111111:root", accountId: "111111111111" },
    `root of the account, low: RunInstances by the root user, ${ON}`,
  ],
  [
    "a federated user",
    { type: "FederatedUser", arn: "arn:aws:sts::111111111111:federated-user/alice" },
    `alice, medium: RunInstances by federated user alice, ${ON}`,
  ],
  [
    "a federated user without an ARN",
    { type: "FederatedUser", principalId: "111111111111:alice" },
    `alice, medium: RunInstances by federated user alice, ${ON}`,
  ],
  [
    "a SAML user",
    { type: "SAMLUser", userName: "alice@example.com", principalId: "x:alice" },
    `alice@example.com, medium: RunInstances by SAML user alice@example.com, ${ON}`,
  ],
  [
    "a web identity",
    { type: "WebIdentityUser", userName: "1234567890", principalId: "idp:app:1234567890" },
    `1234567890, low: RunInstances by web identity user 1234567890, ${ON}`,
  ],
  ["a service", { type: "AWSService", invokedBy: "autoscaling.amazonaws.com" }, "nobody"],
  ["Auto Scaling", autoScaling(), "nobody"],
  ["a service-linked role", assumedRole("AWSServiceRoleForEC2Fleet", "fleet"), "nobody"],
  [
    "a service-linked role that only its issuer's ARN tells",
    assumedRole("x", "y", {
      sessionContext: {
        sessionIssuer: { arn: "arn:aws:iam::1:role/aws-service-role/spot.amazonaws.com/x" },
      },
    }),
    "nobody",
  ],
  [
    "Auto Scaling as the user who made the group",
    iamUser("alice", { invokedBy: "autoscaling.amazonaws.com" }),
    "nobody",
  ],
  [
    "a node group in China",
    assumedRole("Nodes", "EKS", { invokedBy: "eks-nodegroup.amazonaws.com.cn" }),
    "nobody",
  ],
  [
    "CloudFormation in a role of the account",
    assumedRole("Stacks", "AWSCloudFormation", { invokedBy: "cloudformation.amazonaws.com" }),
    "nobody",
  ],
  ["another account", { type: "AWSAccount", accountId: "222222222222" }, "nobody"],
  ["an identity of another type", { type: "Hovercraft", userName: "eel" }, "nobody"],
  ["an identity of another shape", "alice", "nobody"],
  [
    "an identity whose parts have other shapes",
    { type: "IAMUser", userName: 7, arn: {} },
    "nobody",
  ],
  ["no identity", undefined, "nobody"],
];

for (const [what, identity, said] of identities) {
  Deno.test(`an instance that ${what} launched belongs to ${said.split(":")[0]}`, () => {
    const owner = ownerFromEvents([instanceEvent("RunInstances", identity, [ID])], ID);
    assert.equal(line(owner), said);
    assert.equal(owner?.source ?? "cloudtrail", "cloudtrail");
  });
}

const alice = iamUser("alice");
const bob = iamUser("bob");
const run = (...more: Parameters<typeof instanceEvent> extends [unknown, ...infer M] ? M : never) =>
  instanceEvent("RunInstances", ...more);
const start = (...more: Parameters<typeof run>) => instanceEvent("StartInstances", ...more);

const histories: readonly (readonly [what: string, events: readonly unknown[], said: string])[] = [
  ["nothing", [], "nobody"],
  [
    "one launch of many instances",
    [run(alice, [idOf(1), ID, idOf(2)])],
    `alice, high: RunInstances by user alice, ${ON}`,
  ],
  ["the launch of others only", [run(alice, [idOf(1), idOf(2)])], "nobody"],
  [
    "a launch, and a later start by somebody else",
    [start(bob, [ID], { eventTime: "2026-11-01T00:00:00Z" }), run(alice, [ID])],
    `alice, high: RunInstances by user alice, ${ON}`,
  ],
  [
    "starts only: the last one, and not for sure",
    [
      start(alice, [ID], { eventTime: "2026-10-01T00:00:00Z" }),
      start(bob, [idOf(1), ID], { eventTime: "2026-11-01T00:00:00Z" }),
      start(alice, [ID], { eventTime: "2026-10-02T00:00:00Z" }),
    ],
    "bob, medium: StartInstances by user bob, on 2026-11-01",
  ],
  [
    "a last start by nobody known",
    [start({}, [ID], { eventTime: "2026-11-01T00:00:00Z" }), start(alice, [ID])],
    `alice, medium: StartInstances by user alice, ${ON}`,
  ],
  [
    "a launch that was refused, and one that was not",
    [run(bob, [ID], { errorCode: "Client.UnauthorizedOperation" }), run(alice, [ID])],
    `alice, high: RunInstances by user alice, ${ON}`,
  ],
  ["a dry run", [run(alice, [ID], { errorCode: "Client.DryRunOperation" })], "nobody"],
  [
    "a launch by a service, and a start by somebody",
    [start(bob, [ID]), run(autoScaling(), [ID])],
    "nobody",
  ],
  [
    "a launch by nobody known, and a start by somebody",
    [run({ type: "AWSAccount" }, [ID]), start(bob, [ID])],
    `bob, medium: StartInstances by user bob, ${ON}`,
  ],
  [
    "a start by the root user",
    [start({ type: "Root" }, [ID])],
    `root of the account, low: StartInstances by the root user, ${ON}`,
  ],
  [
    "other calls",
    [{ ...run(alice, [ID]), eventName: "StopInstances" }, { ...run(alice, [ID]), eventName: 7 }],
    "nobody",
  ],
  [
    "a launch that does not say when",
    [run(alice, [ID], { eventTime: undefined })],
    "alice, high: RunInstances by user alice",
  ],
  [
    "a launch at no time that there is",
    [run(alice, [ID], { eventTime: "yesterday" })],
    "alice, high: RunInstances by user alice",
  ],
  [
    "events of unknown shape around one",
    [
      null,
      "RunInstances",
      [],
      {},
      run(bob, [ID], { responseElements: null }),
      run(bob, [ID], { responseElements: { instancesSet: { items: { instanceId: ID } } } }),
      run(alice, [], {
        responseElements: { instancesSet: { items: [null, 7, {}, { instanceId: ID }] } },
      }),
    ],
    `alice, high: RunInstances by user alice, ${ON}`,
  ],
];

for (const [what, events, said] of histories) {
  Deno.test(`a history of ${what} names ${said.split(":")[0]}`, () => {
    assert.equal(line(ownerFromEvents(events, ID)), said);
    assert.equal(line(ownerFromEvents(events.toReversed(), ID)), said);
  });
}

Deno.test("the best owner is the tag's, then CloudTrail's, the group's and the stack's", () => {
  const of = (source: Owner["source"]): Owner => ({
    name: source,
    source,
    confidence: source === "cloudtrail" ? "low" : "medium",
    detail: "",
  });
  const [tag, trail, group, stack] = [of("tag"), of("cloudtrail"), of("group"), of("stack")];
  assert.equal(bestOwner(stack, group, trail, tag), tag);
  assert.equal(bestOwner(stack, null, group, trail), trail);
  assert.equal(bestOwner(null, stack, group), group);
  assert.equal(bestOwner(stack, null), stack);
  assert.equal(bestOwner(null, null), null);
  assert.equal(bestOwner(), null);
});

Deno.test("owners are read from the store as they were written, and forgotten when they are gone", async () => {
  const rowId = `111111111111/us-east-1/${ID}`;
  const known = { owner: ownerFromTags({ owner: "alice" }), at: "2026-11-20T12:00:00.000Z" };
  const unknown = { owner: null, at: "2026-11-20T12:00:00.000Z" };
  const elsewhere = `222222222222/us-east-1/${ID}`;
  const rows = [OWNERS.write(rowId, known), OWNERS.write(`${rowId}1`, unknown)];
  assert.deepEqual(rows.map(({ kind }) => kind), Array(2).fill("audit/owner#111111111111"));
  const store = await storeOf(
    ...rows,
    OWNERS.write(elsewhere, known),
    { kind: "audit/sighting#111111111111", id: rowId, value: {} },
  );
  const owners = await OWNERS.read(store, ["111111111111"]);
  assert.deepEqual([...owners], [[rowId, known], [`${rowId}1`, unknown]]);
  assert.equal(OWNERS.write(rowId, undefined).value, undefined);
});
