import assert from "assert";
import fc from "fast-check";
import { ActionSet, setBits } from "../../../../runners/repo/catalogue/action_set.ts";
import { loadCatalogue } from "../../../../runners/repo/catalogue/catalogue.ts";
import { makeUniverse } from "../../../../runners/repo/catalogue/universe.ts";
import { FIXED, generated, propertyTest } from "../../core/properties.ts";
import { aPattern } from "../arbitrary_policy.ts";
import { naively, SMALL } from "../small_universe.ts";

type Expand = (patterns: readonly string[]) => Iterable<string>;

const patterns = fc.array(aPattern(SMALL), { maxLength: 5 });

propertyTest<Expand>(
  "patterns expand to what each matches, together, in any case, in one order",
  (all) => SMALL.union(all),
  (expand) => {
    fc.assert(
      fc.property(patterns, (all) => {
        const found = [...expand(all)];
        const expected = new Set(all.flatMap((one) => [...naively(one, SMALL)]));
        assert.deepEqual(found, SMALL.actions.filter((action) => expected.has(action)));
        assert.deepEqual([...expand(all.map((one) => one.toUpperCase()))], found);
      }),
      { ...FIXED, numRuns: generated(1000) },
    );
  },
  {
    "forgets the last": (all) => SMALL.union(all.slice(0, -1)),
    "minds the case": (all) => SMALL.union(all.filter((one) => one !== one.toUpperCase())),
    "has its own order": (all) => [...SMALL.union(all)].reverse(),
    "knows no service's wildcard": (all) => SMALL.union(all.filter((one) => !/\*.*:/.test(one))),
  },
);

propertyTest<(one: readonly string[], other: readonly string[]) => Iterable<string>>(
  "sets are joined and taken apart as sets are",
  (one, other) => SMALL.union(one).union(SMALL.union(other)),
  (unite) => {
    fc.assert(
      fc.property(patterns, patterns, (one, other) => {
        const [a, b] = [SMALL.union(one), SMALL.union(other)];
        assert.deepEqual([...unite(one, other)].sort(), [...new Set([...a, ...b])].sort());
        assert.deepEqual([...a.minus(b)], [...a].filter((action) => !b.has(action)));
        assert.deepEqual([...a.intersect(b)], [...a].filter((action) => b.has(action)));
        assert.equal(a.overlaps(b), !a.intersect(b).isEmpty);
        assert.equal(a.isSubsetOf(b), a.minus(b).isEmpty);
        assert.equal(a.equals(b), a.isSubsetOf(b) && b.isSubsetOf(a));
        assert.equal(a.size, [...a].length);
        for (const [from, to] of [[0, 64], [3, 40], [31, 97], [5, 5]] as const) {
          const within = [...a.indices()].filter((at) => at >= from && at < to);
          assert.equal(a.hasAnyBetween(from, to), within.length > 0);
          assert.equal(a.hasAllBetween(from, to), within.length === to - from);
          assert.equal(a.firstBetween(from, to), within[0]);
          assert.equal(a.countIn([from, to]), within.length);
          const words = new Uint32Array(SMALL.none().words.length);
          setBits(words, within);
          assert.deepEqual(new ActionSet(SMALL, words).indices(), within);
        }
      }),
      FIXED,
    );
  },
  {
    "takes what both have": (one, other) => SMALL.union(one).intersect(SMALL.union(other)),
    "forgets the other": (one) => SMALL.union(one),
  },
);

Deno.test("the whole catalogue is known, in any case, and nothing else is", () => {
  const catalogue = loadCatalogue();
  const universe = makeUniverse(catalogue, []);
  assert.ok(universe.size > 20_000 && catalogue.services.size > 400);
  assert.match(catalogue.date, /^\d{4}-\d\d-\d\d$/);
  assert.equal(universe.expand("*").size, universe.size);
  assert.equal(universe.expand("*:*").size, universe.size);
  assert.equal(catalogue.canonical("S3:getOBJECT"), "s3:GetObject");
  assert.equal(catalogue.level("s3:PutObjectTagging"), "Tagging");
  assert.equal(catalogue.level("iam:PassRole"), "Write");
  assert.equal(catalogue.serviceName("S3"), "Amazon S3");
  for (const strange of ["s3:constructor", "constructor:*", "__proto__:x", "s3", "", " s3:*"]) {
    assert.equal(catalogue.canonical(strange), undefined);
    assert.equal(universe.expand(strange).size, 0);
  }
});

Deno.test("what only the evidence knows belongs to the universe, once, as it was first said", () => {
  const catalogue = loadCatalogue();
  const universe = makeUniverse(catalogue, ["S3:getobject", "s3:Brand", "S3:BRAND", "new:Do"]);
  assert.equal(universe.size, makeUniverse(catalogue, []).size + 2);
  assert.deepEqual([...universe.union(["s3:bra*", "NEW:*"])], ["new:Do", "s3:Brand"]);
  assert.ok(universe.services.has("new") && !catalogue.services.has("new"));
  assert.deepEqual(universe.servicesOf(universe.union(["sts:*", "s3:Brand", "new:Do"])), [
    "new",
    "s3",
    "sts",
  ]);
});

Deno.test("sets of two universes are never mixed", () => {
  const other = makeUniverse(SMALL.catalogue, []);
  assert.throws(() => SMALL.all().union(other.all()), /different universes/);
});

Deno.test("of patterns that are joined, those that match nothing are told", () => {
  const unmatched: string[] = [];
  SMALL.union(["s3:*", "s3:NoSuch", "nosuch:*"], (pattern) => unmatched.push(pattern));
  assert.deepEqual(unmatched, ["s3:NoSuch", "nosuch:*"]);
});

Deno.test("the strangers are the actions that the catalogue does not know", () => {
  const { catalogue } = SMALL;
  const uncatalogued = SMALL.actions.filter((action) => catalogue.canonical(action) === undefined);
  assert.ok(uncatalogued.length > 0);
  assert.deepEqual([...SMALL.uncatalogued()], uncatalogued);
  assert.ok(makeUniverse(catalogue, ["s3:getobject"]).uncatalogued().isEmpty);
});
