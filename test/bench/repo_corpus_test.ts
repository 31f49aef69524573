import assert from "assert";
import { accountSchema } from "../../runners/repo/observed.ts";
import { parsePolicy } from "../../runners/repo/policy/document.ts";
import { INLINE_QUOTA, policySize } from "../../runners/repo/policy/size.ts";
import { repoCorpus, rolesIn } from "./repo_corpus.ts";
import { repokidInput, repokidPolicies } from "./repokid.ts";

const NOW = new Date("2026-11-20T12:00:00Z");
const corpus = repoCorpus(6, 1, NOW);

Deno.test("the same seed makes the same roles, and another one makes others", () => {
  assert.deepEqual([...repoCorpus(6, 1, NOW)], [...corpus]);
  assert.notDeepEqual([...repoCorpus(6, 2, NOW)], [...corpus]);
});

Deno.test("every role is one that IAM could have", () => {
  for (const account of corpus) accountSchema.parse(account);
  const roles = rolesIn(corpus);
  assert.equal(new Set(roles.map(({ arn }) => arn)).size, 600);
  for (const { inline } of roles) {
    assert.ok(policySize(Object.values(inline)) <= INLINE_QUOTA);
    for (const [name, text] of Object.entries(inline)) parsePolicy(text, name);
  }
});

Deno.test("about six of ten services are not used", () => {
  const uses = rolesIn(corpus).flatMap(({ evidence }) =>
    "reason" in evidence ? [] : Object.values(evidence.services).map(({ lastUsed }) => lastUsed)
  );
  const window = new Date(NOW.getTime() - 90 * 86_400_000).toISOString();
  const unused = uses.filter((lastUsed) => lastUsed === null || lastUsed < window).length;
  assert.ok(Math.abs(unused / uses.length - 0.6) < 0.03, `${unused} of ${uses.length}`);
});

Deno.test("roles are taken evenly", () => {
  const taken = rolesIn(corpus, 50).map(({ name }) => name);
  assert.equal(taken.length, 12);
  assert.deepEqual(taken.slice(0, 3), ["app-00000", "app-00050", "app-00100"]);
});

Deno.test("Repokid is given the same roles in its own shapes", () => {
  const [role] = rolesIn(corpus);
  const [input] = repokidInput([role!]) as [Record<string, unknown>];
  assert.deepEqual(input["policies"], {
    main: JSON.parse(role!.inline["main"]!),
    more: JSON.parse(role!.inline["more"]!),
  });
  const services = "reason" in role!.evidence ? {} : role!.evidence.services;
  assert.equal((input["aa_data"] as unknown[]).length, Object.keys(services).length);
});

Deno.test("a policy that Repokid does not return is gone", () => {
  assert.deepEqual(repokidPolicies({ policies: { a: { Statement: [] } } }, { a: "{}", b: "{}" }), {
    a: '{"Statement":[]}',
    b: null,
  });
});
