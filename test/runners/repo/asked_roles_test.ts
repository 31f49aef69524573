import assert from "assert";
import { type Parts, partsOf } from "../../../runners/core/parts.ts";
import { UsageError } from "../../../runners/core/errors.ts";
import { observedOfAsked } from "../../../runners/repo/asked.ts";
import type { ObservedAccount, ObservedRole } from "../../../runners/repo/observed.ts";

const PROD = "111111111111";
const DATA = "222222222222";

const account = (id: string, names: readonly string[], part: Partial<ObservedAccount> = {}) => ({
  id,
  roles: names.map((name) => ({ name }) as ObservedRole),
  failure: null,
  ...part,
} as ObservedAccount);

const OBSERVED: Parts<ObservedAccount> = partsOf([
  account(PROD, ["web", "batch"]),
  account(DATA, [], { failure: { reason: "access-denied", detail: "" } }),
]);

const role = (text: string) => {
  const [account, name] = text.split("/") as [string, string];
  return { account, name };
};

const refused: readonly (readonly [asked: readonly string[], says: RegExp])[] = [
  [[`${PROD}/wbe`], /^Cannot find the role "111111111111\/wbe": there is no such role/],
  [[`${PROD}/WEB`], /"111111111111\/WEB": there is no such role/],
  [[`${PROD}/web`, `${PROD}/wbe`], /^Cannot find 1 of 2 roles: "111111111111\/wbe": there/],
  [["333333333333/web"], /"333333333333\/web": the account is not among those/],
  [
    Array.from({ length: 25 }, (_, index) => `${PROD}/gone-${index}`),
    /^Cannot find 25 of 25 roles: .*gone-19", and 5 more: there/,
  ],
];

for (const [asked, says] of refused) {
  Deno.test(`of ${asked.slice(0, 2).join(" and ")} a run is refused: ${says.source}`, () => {
    assert.throws(() => observedOfAsked(OBSERVED, asked.map(role)), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, says);
      return true;
    });
  });
}

Deno.test("roles that are there, and roles of an account that was not read, are no mistake", () => {
  const found = observedOfAsked(OBSERVED, [`${PROD}/web`, `${DATA}/any`].map(role));
  assert.deepEqual([...found].map(({ id, roles }) => [id, roles.map(({ name }) => name)]), [
    [PROD, ["web"]],
    [DATA, []],
  ]);
  assert.equal(observedOfAsked(OBSERVED, null), OBSERVED);
});

Deno.test("of what was observed only the roles and accounts that were asked for are left", () => {
  const found = observedOfAsked(OBSERVED, [role(`${PROD}/batch`)]);
  assert.deepEqual([...found].map(({ id, whole, roles }) => [id, whole, roles]), [
    [PROD, false, [{ name: "batch" }]],
  ]);
});
