import assert from "assert";
import { partsOf } from "../../../runners/core/parts.ts";
import fc from "fast-check";
import { loadCatalogue } from "../../../runners/repo/catalogue/catalogue.ts";
import { NEVER_TRACKED, NOT_TRACKED } from "../../../runners/repo/decide/tracking.ts";
import { NO_EXTENSIONS } from "../../../runners/repo/extensions.ts";
import { accessRow, readSeenUse } from "../../../runners/repo/inventory/access.ts";
import { ACCESS } from "../../../runners/repo/inventory/rows.ts";
import type { Evidence } from "../../../runners/repo/observed.ts";
import { plan } from "../../../runners/repo/plan.ts";
import type { SeenUse } from "../../../runners/repo/planning.ts";
import type { NeverSeen } from "../../../runners/repo/present/names.ts";
import { lossText } from "../../../runners/repo/present/reason_words.ts";
import { neverSeenSentence } from "../../../runners/repo/present/notes.ts";
import { FIXED, propertyTest } from "../core/properties.ts";
import { withStore } from "../core/run/store_in_folder.ts";
import { anAccount, aRole, daysAgo, evidenceOf, NOW, settings } from "./decide/deciding.ts";

const catalogue = loadCatalogue();

Deno.test("each service that may not be tracked is known, and has a source", () => {
  for (const [service, source] of NOT_TRACKED) {
    assert.ok(catalogue.services.has(service), service);
    assert.match(source, /Repokid|Guide/);
  }
  for (const action of NEVER_TRACKED) assert.equal(catalogue.canonical(action), action);
});

/** Services by role, each with its last use, days ago; null: none. */
type Uses = readonly { readonly [service: string]: number | null }[];

const ACTIONS = { s3: "GetObject", sqs: "SendMessage", sns: "Publish", glue: "GetJob" } as const;

function planned(roles: Uses, seen?: SeenUse) {
  const observed = roles.map((uses, index) =>
    aRole({
      roleId: `AROA${index}`,
      name: `role-${index}`,
      inline: {
        app: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{
            Effect: "Allow",
            Resource: "*",
            Action: Object.keys(uses).map((one) => `${one}:${ACTIONS[one as "s3"]}`),
          }],
        }),
      },
      evidence: evidenceOf(
        Object.fromEntries(
          Object.entries(uses).map(([one, days]) => [one, days === null ? null : daysAgo(days)]),
        ) as { readonly [service: string]: string | null },
      ) as Evidence,
    })
  );
  const made = plan({
    config: settings({ trustFirstScan: true }),
    observed: partsOf([anAccount(observed)]),
    earlier: {
      roles: new Map(),
      versions: new Map(),
      optOuts: new Map(),
      schedules: new Map(),
      tracked: new Map(),
      ...(seen ? { seen } : {}),
    },
    now: NOW,
  }, NO_EXTENSIONS);
  return made.own;
}

const COVERAGE = { planned: 0, proven: 0, regions: [], unproven: [] };

const said = (keys: ReturnType<typeof planned>) =>
  keys.roles.map(({ loses }) => loses.map((loss) => `${loss.service} ${lossText(loss, NOW)}`));

Deno.test("what no role was ever seen to use is told beside each service that would go", () => {
  const keys = planned([{ s3: 1, sqs: null, glue: null }, { s3: 1, sqs: 200, sns: null }]);
  assert.deepEqual(keys.never_seen, { roles: 2, services: ["glue", "sns"] });
  assert.deepEqual(said(keys), [
    [
      "glue never used since AWS tracks it (400 days), nor by any of the 2 roles that were read",
      "sqs never used since AWS tracks it (400 days)",
    ],
    [
      "sns never used since AWS tracks it (400 days), nor by any of the 2 roles that were read",
      "sqs unused for 200 days",
    ],
  ]);
  assert.equal(
    neverSeenSentence({ coverage: COVERAGE, own: keys }),
    "2 services that roles would lose were never seen used by any role (2 roles read): glue, " +
      "sns. IAM may not track all of them: pin what you know to be used, such as " +
      'repo.pinned: ["glue:*"].',
  );
});

Deno.test("of what was never seen used, that of which most would go is named first", () => {
  const keys = planned([{ s3: 1, glue: null, sns: null }, { s3: 1, sns: null }]);
  assert.deepEqual(keys.never_seen.services, ["glue", "sns"]);
  assert.match(
    neverSeenSentence({ coverage: COVERAGE, own: keys }),
    /: sns, glue\. .*\["sns:\*"\]\.$/,
  );
});

Deno.test("with one role alone it is told how many were looked at, and no more", () => {
  const keys = planned([{ s3: 1, sns: null }]);
  assert.deepEqual(keys.never_seen, { roles: 1, services: ["sns"] });
  assert.deepEqual(said(keys), [[
    "sns never used since AWS tracks it (400 days); no other role was read",
  ]]);
});

Deno.test("what the store knows of other roles counts, those that were deleted too", async () => {
  await withStore(async (store) => {
    const evidence = evidenceOf({ sns: daysAgo(300), sqs: null });
    const other = aRole({ roleId: "AROAOTHER", evidence });
    const unread = aRole({ roleId: "AROAUNREAD", evidence: { reason: "throttled", detail: "" } });
    await store.write(
      [other, unread].map((role) =>
        ACCESS.of("111111111111").write(role.roleId, accessRow("111111111111", role))
      ),
    );
    const seen = await readSeenUse(store, ["111111111111"]);
    const keys = planned([{ s3: 1, sns: null, sqs: null }], seen);
    assert.deepEqual(keys.never_seen, { roles: 2, services: ["sqs"] });
  });
});

const uses = fc.array(
  fc.dictionary(
    fc.constantFrom(...Object.keys(ACTIONS)),
    fc.option(fc.integer({ min: 0, max: 400 })),
    { minKeys: 1 },
  ),
  { minLength: 1, maxLength: 4 },
);

propertyTest<(roles: Uses, seen: SeenUse) => NeverSeen>(
  "nothing is ever called never seen that any role was seen to use, and nothing else is left out",
  (roles, seen) => planned(roles, seen).never_seen,
  (subject) =>
    fc.assert(
      fc.property(uses, fc.subarray(Object.keys(ACTIONS)), (roles, stored) => {
        const seen = { roles: new Set(["AROASTORED"]), services: new Set(stored) };
        const used = new Set([
          ...stored,
          ...roles.flatMap((one) => Object.keys(one).filter((name) => one[name] !== null)),
        ]);
        const lost = new Set(
          roles.flatMap((one) => Object.keys(one).filter((name) => one[name] === null)),
        );
        const { roles: count, services } = subject(roles, seen);
        assert.equal(count, roles.length + 1);
        assert.deepEqual(services, [...lost].filter((one) => !used.has(one)).sort());
      }),
      FIXED,
    ),
  {
    "looks at one role after the other": (roles, seen) => ({
      roles: roles.length + 1,
      services: [...new Set(roles.flatMap((one) => planned([one], seen).never_seen.services))]
        .sort(),
    }),
    "forgets what is stored": (roles) => ({
      ...planned(roles).never_seen,
      roles: roles.length + 1,
    }),
  },
);
