import assert from "assert";
import { type Parts, partsOf } from "../../../../runners/core/parts.ts";
import {
  changeSchema,
  kindOf,
  type RepoChange,
} from "../../../../runners/repo/change/repo_change.ts";
import { settleRole } from "../../../../runners/repo/change/settle.ts";
import type {
  ManagedPolicy,
  ObservedAccount,
  ObservedRole,
} from "../../../../runners/repo/observed.ts";
import { aPolicy, planningOf } from "../managed/one_role.ts";
import { ACCOUNT, NARROW, POLICY, REMOVAL, RESTORE, ROLE, WIDE } from "./managed_changes.ts";

/** The account when a change without outcome is found. */
function observedWith(
  policy: Partial<ManagedPolicy> | null,
  role: Partial<ObservedRole> = {},
  whole = true,
): Parts<ObservedAccount> {
  const { observed } = planningOf({ role });
  const [account] = observed;
  const managed: Record<string, ManagedPolicy> = policy === null
    ? {}
    : { [POLICY]: aPolicy({ arn: POLICY, ...policy }) };
  return partsOf([{ ...account!, whole, managed }]);
}

/** The change of an intent, as the journal has it. */
function changeOf(action: string, target: string, halves: object): RepoChange {
  const place = { account: ACCOUNT, region: "global" };
  const kind = kindOf({ action });
  return changeSchema.parse({ id: "", kind, ...place, action, target, reason: "", ...halves });
}

const removal = changeOf("iam:CreatePolicyVersion", POLICY, REMOVAL);
const restore = changeOf("iam:SetDefaultPolicyVersion", POLICY, RESTORE);
const tag = changeOf("iam:TagRole", ROLE, {
  before: { role_id: "AROAEXAMPLE", policies_hash: "", managed_hashes: {} },
  after: { kind: "stamp", tag: { key: "groundskeeper-repo", value: "gk1/2026-11-20/2" } },
});
const described = changeOf("iam:UpdateRole", ROLE, {
  before: tag.before,
  after: { kind: "stamp", description: "; Groundskeeper repoed 2026-11-20" },
});

const CASES: [
  what: string,
  change: RepoChange,
  observed: Parts<ObservedAccount>,
  verdict: string,
][] = [
  ["a removal whose version is not there", removal, observedWith({ document: WIDE }), "noEffect"],
  [
    "a removal whose version is in force",
    removal,
    observedWith({ version: "v2", document: NARROW }),
    "done",
  ],
  [
    "a removal after which another version is in force",
    removal,
    observedWith({ version: "v3", document: WIDE }),
    "unknown",
  ],
  [
    "a removal of a policy of which the text is not known",
    removal,
    observedWith({ version: "v2", document: null }),
    "unknown",
  ],
  ["a removal of a policy that nobody has any more", removal, observedWith(null), "unknown"],
  ["a removal of a policy that was not read", removal, observedWith(null, {}, false), "unread"],
  [
    "a restore that was not made",
    restore,
    observedWith({ version: "v2", document: NARROW }),
    "noEffect",
  ],
  ["a restore that was made", restore, observedWith({ document: WIDE }), "done"],
  [
    "a restore after which another version is in force",
    restore,
    observedWith({ version: "v3", document: WIDE }),
    "unknown",
  ],
  ["a stamp that was not made", tag, observedWith({}), "noEffect"],
  [
    "a stamp that was made",
    tag,
    observedWith({}, { tags: { "groundskeeper-repo": "gk1/2026-11-20/2" } }),
    "done",
  ],
  ["a stamp of a role that is gone", tag, observedWith({}, { roleId: "AROAOTHER" }), "unknown"],
  ["a stamp in a description, which is not read", described, observedWith({}), "unknown"],
];

for (const [what, change, observed, verdict] of CASES) {
  Deno.test(`an intent without outcome is settled: ${what} is ${verdict}`, () => {
    assert.equal(settleRole(change, observed).verdict, verdict);
  });
}
