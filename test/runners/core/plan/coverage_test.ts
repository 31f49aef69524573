import assert from "assert";
import fc from "fast-check";
import { coverageOf } from "../../../../runners/core/plan/coverage.ts";
import { FIXED } from "../properties.ts";

const read = (region: string, proof: string, account = "1") => ({ account, region, proof });
const unproven = (region: string, account = "1") => ({
  account,
  region,
  reason: "throttled",
  detail: "RequestLimitExceeded",
});

Deno.test("a region that is empty in both sources is planned and not proven", () => {
  const { planned, proven } = coverageOf([read("a", "none"), read("b", "canary")], []);
  assert.deepEqual({ planned, proven }, { planned: 2, proven: 1 });
});

Deno.test("a region that could not be believed is planned and not proven", () => {
  const { planned, proven } = coverageOf([read("a", "second-source")], [unproven("b")]);
  assert.deepEqual({ planned, proven }, { planned: 2, proven: 1 });
});

Deno.test("nothing to look at is nothing planned", () => {
  assert.deepEqual(coverageOf([], []), { planned: 0, proven: 0, regions: [], unproven: [] });
});

Deno.test("planned is always proven and unproven and those of proof none together", () => {
  const proofs = fc.array(fc.constantFrom("canary", "second-source", "none", "read"));
  fc.assert(
    fc.property(proofs, fc.nat(20), (given, missing) => {
      const coverage = coverageOf(
        given.map((proof, index) => read(String(index), proof)),
        Array.from({ length: missing }, (_, index) => unproven(String(index))),
      );
      const none = given.filter((proof) => proof === "none").length;
      assert.equal(coverage.planned, coverage.proven + coverage.unproven.length + none);
      assert.equal(coverage.proven, given.length - none);
    }),
    FIXED,
  );
});

Deno.test("both lists are sorted by account and region, and the caller's own stay as they are", () => {
  const given = [read("b", "read", "2"), read("a", "read", "2"), read("z", "read", "1")];
  const gaps = [unproven("b", "2"), unproven("z", "1"), unproven("a", "2")];
  const coverage = coverageOf(given, gaps);
  const places = (list: readonly { account: string; region: string }[]) =>
    list.map(({ account, region }) => account + region);
  assert.deepEqual(places(coverage.regions), ["1z", "2a", "2b"]);
  assert.deepEqual(places(coverage.unproven), ["1z", "2a", "2b"]);
  assert.deepEqual(places(given), ["2b", "2a", "1z"]);
});
