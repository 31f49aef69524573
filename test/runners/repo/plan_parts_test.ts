import assert from "assert";
import fc from "fast-check";
import { type Parts, partsOf } from "../../../runners/core/parts.ts";
import { documentParts } from "../../../runners/repo/document_parts.ts";
import { NO_EXTENSIONS } from "../../../runners/repo/extensions.ts";
import { repoJob } from "../../../runners/repo/job.ts";
import type { ObservedAccount } from "../../../runners/repo/observed.ts";
import { plan } from "../../../runners/repo/plan.ts";
import type { RepoPlanning } from "../../../runners/repo/planning.ts";
import { forgetAll, forgetful, remembered } from "../core/forgetful_parts.ts";
import { ManualClock } from "../core/manual_clock.ts";
import { inFolder } from "../core/parts_in_folder.ts";
import { FIXED, generated, propertyTest } from "../core/properties.ts";
import { anAccount, aRole, daysAgo, evidenceOf, NOW } from "./decide/deciding.ts";
import { allowing, planningOf } from "./planning_world.ts";

const actions = fc.constantFrom("s3:GetObject", "sqs:SendMessage", "iam:*", "launchedlater:Use");
const days = fc.option(fc.integer({ min: 0, max: 300 }));

/** Some accounts, one of which may be unread; reports name actions that no catalogue knows. */
const accounts = fc.array(
  fc.record({
    unread: fc.integer({ min: 0, max: 5 }).map((one) => one === 0),
    whole: fc.boolean(),
    denials: fc.boolean(),
    roles: fc.array(
      fc.record({
        inline: fc.dictionary(
          fc.constantFrom("a", "b"),
          fc.array(actions, { minLength: 1 }).map((all) => allowing(...all)),
        ),
        uses: fc.dictionary(fc.constantFrom("s3", "sqs", "iam", "launchedlater"), days),
      }),
      { maxLength: 4 },
    ),
  }),
  { maxLength: 4 },
).map((all): Parts<ObservedAccount> =>
  partsOf(all.map(({ unread, whole, denials, roles }, at) => {
    const id = String(111_111_111_111 + at);
    return {
      ...anAccount(
        unread ? [] : roles.map(({ inline, uses }, index) => {
          const name = `role-${index}`;
          const used = Object.entries(uses).map(([service, ago]) =>
            [service, ago === null ? null : daysAgo(ago)] as const
          );
          return aRole({
            roleId: `AROA${at}${index}`,
            name,
            arn: `arn:aws:iam::${id}:role/${name}`,
            inline,
            evidence: evidenceOf(Object.fromEntries(used)),
          });
        }),
      ),
      id,
      whole,
      failure: unread ? { reason: "access-denied", detail: "no" } : null,
      ...(denials ? { watch: { roles: 1, denials: [], unseen: [unseenIn(id)] } } : {}),
    };
  }))
);

const unseenIn = (account: string) => (
  { account, region: "us-east-1", source: "sqs.amazonaws.com", reason: "throttled", detail: "" }
);

type Plan = (planning: RepoPlanning) => ReturnType<typeof plan>;
const right: Plan = (planning) => plan(planning, NO_EXTENSIONS);

const planningOfParts = (observed: Parts<ObservedAccount>): RepoPlanning => (
  { ...planningOf([]), observed }
);

/** All that a plan says. */
const bytesOf = (made: ReturnType<Plan>) =>
  JSON.stringify({ ...made, own: documentParts(made.own).keys });

propertyTest<Plan>("a plan holds one account at a time, and keeps nothing of it", right, (make) => {
  fc.assert(
    fc.property(accounts, (parts) => {
      const observed = forgetful(parts);
      const made = make(planningOfParts(observed));
      forgetAll(observed);
      assert.equal(bytesOf(made), bytesOf(right(planningOfParts(parts))));
    }),
    { ...FIXED, numRuns: generated(100) },
  );
}, {
  "keeps all of them": (planning) => {
    const [observed, kept] = remembered(planning.observed);
    const { own, ...made } = right({ ...planning, observed });
    const accounts = own.accounts.map((one) => ({ ...one, account: kept.get(one.account)!.id }));
    return { ...made, own: { ...own, accounts } };
  },
});

Deno.test("the plan of a folder is the plan of what was stored there", async () => {
  const { config } = planningOf([]);
  const clock = new ManualClock(NOW.toISOString());
  const job = repoJob({ settings: config, extensions: () => NO_EXTENSIONS, clock });
  await fc.assert(
    fc.asyncProperty(accounts, async (parts) => {
      await inFolder(job, parts, (observed) =>
        assert.equal(
          bytesOf(right(planningOfParts(observed))),
          bytesOf(right(planningOfParts(parts))),
        ));
    }),
    { ...FIXED, numRuns: generated(50) },
  );
});

Deno.test("what CloudTrail said of each account is told together", () =>
  fc.assert(
    fc.property(accounts, (parts) => {
      const watches = [...parts].flatMap(({ watch }) => watch ?? []);
      assert.deepEqual(
        right(planningOfParts(parts)).own.watch,
        watches.length === 0 ? null : {
          roles: watches.length,
          unseen: watches.flatMap(({ unseen }) => unseen),
        },
      );
    }),
    { ...FIXED, numRuns: generated(100) },
  ));
