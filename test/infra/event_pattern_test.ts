import assert from "assert";
import { EVENT_PATTERN } from "../../infra/policies/events.ts";
import {
  API_CALL,
  API_CALLS,
  COMMAND_INVOCATION,
} from "../../runners/core/contract/event_bridge.ts";
import { startLocalAws } from "../aws/local_aws.ts";
import { matchesPattern } from "../rigs/event_bridge.ts";

const PLACE = { account: "111111111111", region: "us-east-1" };

type Event = { readonly source: string; readonly type: string; readonly detail: object };
const call = (source: string, eventName: string, more: object = {}): Event => ({
  source,
  type: API_CALL,
  detail: { eventName, ...more },
});

/** Events that matter, one of each name. */
const RIGHT: readonly Event[] = [
  ...Object.entries(API_CALLS).map(([name, { source }]) => call(source, name)),
  { source: "aws.ssm", type: COMMAND_INVOCATION, detail: { "instance-id": "i-1" } },
];

/** Events that do not. */
const WRONG: readonly Event[] = [
  // A call that failed.
  call("aws.ssm", "StartSession", { errorCode: "AccessDenied" }),
  call("aws.ssm", "TerminateSession"),
  call("aws.ec2", "StopInstances"),
  call("aws.s3", "StartSession"),
  // Anybody can put an event whose source does not begin with "aws.".
  call("acme.ssm", "StartSession"),
  { source: "acme.ssm", type: COMMAND_INVOCATION, detail: {} },
  { source: "aws.ec2", type: COMMAND_INVOCATION, detail: {} },
  { source: "aws.ssm", type: "EC2 Command Status-change Notification", detail: {} },
  { ...call("aws.ssm", "StartSession"), type: "AWS Console Sign In via CloudTrail" },
];

/** A pattern without one of its parts each, with the path of that part. */
function withoutEach(value: unknown, path = ""): [path: string, without: unknown][] {
  if (value === null || typeof value !== "object") return [];
  const list = Array.isArray(value);
  return Object.entries(value).flatMap(([key, member]) => {
    const { [key]: _, ...others } = value as Record<string, unknown>;
    const left = list ? value.toSpliced(Number(key), 1) : others;
    const within = (changed: unknown) =>
      list ? value.with(Number(key), changed) : { ...value, [key]: changed };
    return [
      // EventBridge refuses an empty list, and "$or" of one.
      ...Object.keys(left).length < (key === "$or" || path.endsWith("/$or") ? 2 : 1)
        ? []
        : [[`${path}/${key}`, left] as [string, unknown]],
      ...withoutEach(member, `${path}/${key}`)
        .map(([at, changed]) => [at, within(changed)] as [string, unknown]),
    ];
  });
}

Deno.test("the rules match the events that matter, and each part of their pattern is needed", async () => {
  await using aws = await startLocalAws({ services: { ministack: true } });
  const matches = (pattern: unknown, { source, type, detail }: Event) =>
    matchesPattern(aws.endpoint, PLACE, JSON.stringify(pattern), {
      ...PLACE,
      id: "1",
      time: "2026-11-30T00:00:00Z",
      resources: [],
      source,
      "detail-type": type,
      detail,
    });
  const found = async (pattern: unknown) =>
    await Promise.all([...RIGHT, ...WRONG].map((event) => matches(pattern, event)));
  const right = [...RIGHT.map(() => true), ...WRONG.map(() => false)];
  assert.deepEqual(await found(EVENT_PATTERN), right);
  const mutants = withoutEach(EVENT_PATTERN);
  assert.ok(mutants.length > 12, `${mutants.length}`);
  for (const [path, pattern] of mutants) {
    assert.notDeepEqual(await found(pattern), right, path);
  }
});
