import assert from "assert";
import fc from "fast-check";
import type { ObservedDenial } from "../../../../runners/repo/observed.ts";
import type { Removal } from "../../../../runners/repo/planning.ts";
import { type Denied, deniedSince } from "../../../../runners/repo/watch/denial.ts";
import { FIXED, generated, propertyTest } from "../../core/properties.ts";
import { denial, removal, ROLE_ARN } from "./trail.ts";

type Judge = typeof deniedSince;

const never = () => false;

/** Instants around the removals, some of them equal. */
const instant = fc.integer({ min: 0, max: 6 }).map((hours) =>
  new Date(Date.UTC(2026, 10, 20, 12 + hours)).toISOString()
);
const account = fc.constantFrom("111111111111", "222222222222");
const roleId = fc.constantFrom("AROAONE", "AROATWO");
const name = fc.constantFrom("app", "web");
const arnOf = (id: string, role: string) => `arn:aws:iam::${id}:role/${role}`;
const ACTIONS = [
  "sqs:SendMessage",
  "sqs:ReceiveMessage",
  "sns:Publish",
  "cloudwatch:PutMetricData",
];

const arbitraryRemoval: fc.Arbitrary<Removal> = fc.record({
  role_id: roleId,
  account,
  role: name,
  at: instant,
  actions: fc.subarray(ACTIONS),
  version: fc.constantFrom(1, null),
}).map(({ role, ...one }) => ({
  ...one,
  arn: arnOf(one.account, role),
  run_id: "01JD0000000000000000000000",
  by: "evidence",
}));

const arbitraryDenial: fc.Arbitrary<ObservedDenial> = fc.record({
  account,
  // A resource of another account denies, too, and both accounts have an event of it.
  home: account,
  role: name,
  roleId: fc.option(roleId),
  at: instant,
  eventId: fc.constantFrom("1", "2", "3", "4"),
  call: fc.constantFrom(
    ["sqs.amazonaws.com", "SendMessage"],
    ["sqs.amazonaws.com", "ReceiveMessage"],
    ["sqs.amazonaws.com", "PurgeQueue"],
    ["sns.amazonaws.com", "Publish"],
    ["monitoring.amazonaws.com", "PutMetricData"],
  ),
}).map(({ role, home, call: [source, name], ...one }) =>
  denial({ ...one, roleArn: arnOf(home, role), source: source!, name: name! })
);

/** What an event must have in common with the removal that it comes from. */
const BROKEN: Readonly<Record<string, (denied: Denied, event: ObservedDenial) => boolean>> = {
  "of another account": ({ removal }, event) => event.account !== removal.account,
  "of another role": ({ removal }, event) => event.roleArn !== removal.arn,
  "of a role that had the name before or after": ({ removal }, event) =>
    event.roleId !== null && event.roleId !== removal.role_id,
  "of before the removal": ({ removal }, event) => event.at < removal.at,
  "of an action that was not removed": ({ removal, action }, event) =>
    !removal.actions.includes(action) || action.split(":")[1] !== event.name,
  "of an action that was given back": ({ removal, action }) =>
    removal.role_id === "AROATWO" && action === "sns:Publish",
};

const givenBack = (id: string, action: string) => id === "AROATWO" && action === "sns:Publish";

/** A mutant ignores one condition: it sees events as if that held. */
const seeing = (
  change: (event: ObservedDenial, removals: readonly Removal[]) => Partial<ObservedDenial>,
): Judge =>
(events, removals, grants) => {
  const told = new Map<ObservedDenial, ObservedDenial>();
  const seen = events.map((event) => {
    const other = { ...event, ...change(event, removals) };
    told.set(other, event);
    return other;
  });
  return deniedSince(seen, removals, grants).map((one) => ({
    ...one,
    events: one.events.map((event) => told.get(event) ?? event),
  }));
};

const of = (removals: readonly Removal[]) => removals[0] ?? removal();

propertyTest<Judge>(
  "a call is never laid to a removal that has nothing to do with it",
  deniedSince,
  (judge) =>
    fc.assert(
      fc.property(
        fc.array(arbitraryDenial, { maxLength: 8 }),
        fc.array(arbitraryRemoval, { maxLength: 4 }),
        (events, removals) => {
          for (const one of judge(events, removals, givenBack)) {
            for (const event of one.events) {
              for (const [what, isBroken] of Object.entries(BROKEN)) {
                assert.ok(!isBroken(one, event), `an event ${what}`);
              }
            }
          }
        },
      ),
      { ...FIXED, numRuns: generated(2000) },
    ),
  {
    "takes any account": seeing((_, removals) => ({ account: of(removals).account })),
    "takes any role": seeing((_, removals) => ({ roleArn: of(removals).arn })),
    "takes roles by their names": seeing(() => ({ roleId: null })),
    "takes events of before": seeing((_, removals) => ({
      at: removals.map(({ at }) => at).sort().at(-1) ?? "2026-11-20T12:00:00.000Z",
    })),
    "takes any action of the service": seeing(({ source }) =>
      source === "sqs.amazonaws.com" ? { name: "SendMessage" } : {}
    ),
    "does not mind what was given back": (events, removals) => deniedSince(events, removals, never),
  },
);

propertyTest<Judge>(
  "a call that a removal has denied is told, once",
  deniedSince,
  (judge) =>
    fc.assert(
      fc.property(
        fc.array(arbitraryDenial, { maxLength: 8 }),
        fc.array(arbitraryRemoval, { maxLength: 4 }),
        (events, removals) => {
          const told = judge(events, removals, never).flatMap((one) =>
            one.events.map(({ eventId, name, source }) => `${eventId} ${source} ${name}`)
          );
          for (const { eventId, name, source, at, account, roleArn, roleId } of events) {
            const isDue = removals.some((one) =>
              one.account === account && one.arn === roleArn && one.at <= at &&
              (roleId === null || roleId === one.role_id) &&
              one.actions.some((action) => action.endsWith(`:${name}`))
            );
            if (isDue) assert.ok(told.includes(`${eventId} ${source} ${name}`), eventId);
          }
          for (const one of judge(events, removals, never)) {
            const ids = one.events.map(({ eventId }) => eventId);
            assert.equal(new Set(ids).size, ids.length, "an event is told once");
          }
        },
      ),
      { ...FIXED, numRuns: generated(2000) },
    ),
  {
    "forgets the first": (events, ...more) => deniedSince(events.slice(1), ...more),
    "minds the case": (events, removals, grants) =>
      deniedSince(events.map((event) => ({ ...event, name: `X${event.name}` })), removals, grants),
    "counts twice": (events, ...more) =>
      deniedSince(events, ...more).map((one) => ({
        ...one,
        events: [...one.events, ...one.events],
      })),
  },
);

Deno.test("a call is laid to the last of the removals that it may come from", () => {
  const first = removal({ at: "2026-11-19T12:00:00.000Z", version: 1 });
  const second = removal({ at: "2026-11-20T12:00:00.000Z", version: 3 });
  const laid = (at: string) =>
    deniedSince([denial({ at })], [first, second], never)[0]?.removal.version;
  assert.equal(laid("2026-11-21T06:00:00.000Z"), 3);
  assert.equal(laid("2026-11-20T06:00:00.000Z"), 1);
});

Deno.test("a call that a Deny denied counts only where the deny policy has the action", () => {
  const message = (kind: string) =>
    `is not authorized to perform: sqs:SendMessage with an explicit deny in ${kind}`;
  const counted = (kind: string, denies: () => boolean) =>
    deniedSince([denial({ message: message(kind) })], [removal()], never, denies).length;
  const always = () => true;
  assert.equal(counted("an identity-based policy", always), 1);
  assert.equal(counted("an identity-based policy", never), 0);
  assert.equal(counted("a service control policy", always), 0);
});

Deno.test("calls are told by role and action, oldest first", () => {
  const events = [
    denial({ eventId: "b", at: "2026-11-21T06:00:00.000Z" }),
    denial({ eventId: "a", at: "2026-11-21T05:00:00.000Z" }),
    denial({ eventId: "c", source: "sns.amazonaws.com", name: "Publish" }),
  ];
  assert.deepEqual(
    deniedSince(events, [removal()], never).map(({ action, removal, events }) => [
      removal.arn,
      action,
      events.map(({ eventId }) => eventId),
    ]),
    [[ROLE_ARN, "sns:Publish", ["c"]], [ROLE_ARN, "sqs:SendMessage", ["a", "b"]]],
  );
});
