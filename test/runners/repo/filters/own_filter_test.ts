import assert from "assert";
import { ConfigError } from "../../../../runners/core/errors.ts";
import {
  type FilteredRole,
  prepareFilters,
} from "../../../../runners/repo/filters/prepare_filters.ts";
import { loadPlugins } from "../../../../runners/repo/plugins.ts";
import { anAccount, aRole, NOW, settings } from "../decide/deciding.ts";

const plugin = (exports: { readonly [name: string]: unknown }) => ({
  name: "our_rule",
  path: "./our_rule.ts",
  exports,
  permissions: [],
});

const filterOf = (exports: { readonly [name: string]: unknown }, own?: unknown) => {
  const config = settings({
    filters: ["./our_rule.ts"],
    filterConfig: own === undefined ? {} : { our_rule: own },
  });
  const [filter] = prepareFilters(config, new Map([["./our_rule.ts", plugin(exports)]]), null);
  return filter!;
};

const judge = (filter: unknown) => filterOf({ default: filter }).judge(aRole(), anAccount(), NOW);

const NONSENSE: readonly (readonly [what: string, filter: unknown])[] = [
  ["throws", () => {
    throw new Error("no database");
  }],
  ["answers nothing", () => {}],
  ["answers true", () => true],
  ["answers false", () => false],
  ["answers an empty sentence", () => " "],
  ["answers a promise", () => Promise.resolve(null)],
  ["answers a promise that fails", () => Promise.reject(new Error("late"))],
  ["answers an object", () => ({ reason: "x" })],
];

for (const [what, filter] of NONSENSE) {
  Deno.test(`a filter that ${what} leaves the role alone`, () => {
    assert.equal(judge(filter)?.reason, "filter-failed");
  });
}

for (const exports of [{}, { default: 1 }, { filter: "x" }]) {
  Deno.test(`a module that exports ${JSON.stringify(exports)} is no filter`, () => {
    assert.throws(() => filterOf(exports), ConfigError);
  });
}

Deno.test("a filter that was not loaded is an error, never one filter less", () => {
  const config = settings({ filters: ["./our_rule.ts"] });
  assert.throws(() => prepareFilters(config, new Map(), null), ConfigError);
  const bucket = { bucket: "lists", key: "repo.json" };
  const listed = settings({
    filters: ["blocklist"],
    filterConfig: { blocklist: { blocklist_bucket: bucket } },
  });
  assert.throws(() => prepareFilters(listed, new Map(), null), ConfigError);
});

Deno.test("a filter is handed the role with its account, and its settings, and says why", () => {
  const filter = filterOf({
    filter: ({ name, account }: FilteredRole, own: unknown) =>
      `${account}/${name} ${JSON.stringify(own)}`,
  }, { a: 1 });
  assert.deepEqual(filter.judge(aRole(), anAccount(), NOW), {
    reason: "our-rule",
    detail: '111111111111/checkout-api {"a":1}',
  });
});

Deno.test("what a filter does to the role that it is handed changes nothing", () => {
  const role = aRole();
  const filter = filterOf({
    default: (given: { name: string; inline: Record<string, string> }) => {
      given.name = "other";
      given.inline["p"] = "x";
      return null;
    },
  });
  assert.equal(filter.judge(role, anAccount(), NOW), null);
  assert.deepEqual(role, aRole());
});

Deno.test("the example filter leaves roles alone that carry its tag", async () => {
  const config = settings({ filters: ["./keep_tag.ts"] });
  const folder = new URL("../../../../examples/repo/", import.meta.url).pathname;
  const [filter] = prepareFilters(config, (await loadPlugins(config, folder)).filters, null);
  const tags = { "keep-permissions": "ticket OPS-2231" };
  assert.deepEqual(filter!.judge(aRole({ tags }), anAccount(), NOW), {
    reason: "keep-tag",
    detail: 'its tag "keep-permissions" asks for it: "ticket OPS-2231"',
  });
  assert.equal(filter!.judge(aRole(), anAccount(), NOW), null);
});
