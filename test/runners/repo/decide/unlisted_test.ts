import assert from "assert";
import { loadCatalogue } from "../../../../runners/repo/catalogue/catalogue.ts";
import { makeDecider } from "../../../../runners/repo/decide/decide.ts";
import { trackingOf } from "../../../../runners/repo/decide/tracking.ts";
import {
  daysAgo,
  evidenceOf,
  granted,
  NOW,
  oldestUseIn,
  settings,
  universeOf,
} from "./deciding.ts";
import { decisionOf } from "./decisions.ts";

/** AWS's managed policies name it, and no list of the service's actions does. */
const UNLISTED = "payments:GetAccountBalance";

function verdict(
  actions: readonly string[],
  { level = "service", remove = null, used = null }: {
    readonly level?: string;
    readonly remove?: readonly string[] | null;
    readonly used?: string | null;
  } = {},
) {
  const evidence = evidenceOf({ payments: used });
  const universe = universeOf(evidence);
  const config = settings({ level }, { remove });
  const decider = makeDecider(universe, config, trackingOf(new Map(), oldestUseIn(evidence)), NOW);
  const decided = decider.decide({
    granted: granted(universe, { Action: actions }),
    evidence,
    protections: [],
    partition: "aws",
  });
  const { verdict, reason } = decisionOf(decided, UNLISTED)!;
  return `${verdict} ${reason}`;
}

Deno.test("what only managed policies name is known by its name, and by nothing else", () => {
  const catalogue = loadCatalogue();
  assert.equal(catalogue.canonical(UNLISTED.toUpperCase()), UNLISTED);
  assert.equal(catalogue.level(UNLISTED), undefined);
  assert.ok(catalogue.unlisted.includes(UNLISTED.toLowerCase()));
  assert.ok(!catalogue.unlisted.includes("s3:getobject"));
});

const CASES: readonly (readonly [what: string, verdict: string, expected: string])[] = [
  [
    "named in a policy, it stays though nobody used its service",
    verdict([UNLISTED]),
    "keep unknown-action",
  ],
  ["in a pattern, it goes with its service", verdict(["payments:*"]), "remove service-unused"],
  [
    "in a pattern, it stays with its service",
    verdict(["payments:*"], { used: daysAgo(1) }),
    "keep service-used",
  ],
  [
    "by action, it stays while its service is used",
    verdict(["payments:*"], { level: "action", used: daysAgo(1) }),
    "keep action-untracked",
  ],
  [
    "it goes where a person names it",
    verdict([UNLISTED], { remove: [UNLISTED] }),
    "remove requested",
  ],
  [
    "it goes where a person names its service",
    verdict(["*"], { remove: ["payments:*"] }),
    "remove requested",
  ],
];

for (const [what, found, expected] of CASES) {
  Deno.test(`of what only managed policies name: ${what}`, () => assert.equal(found, expected));
}
