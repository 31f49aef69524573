import assert from "assert";
import type { Session } from "../../../runners/core/aws/session.ts";
import { readInstanceStores } from "../../../runners/audit/instance_stores.ts";

interface Asked {
  readonly region: string;
  readonly types: readonly string[];
  readonly token: string | undefined;
}

/** An account that EC2 answers with pages of two types, as long as `answers` says so. */
function accountOf(
  stores: Readonly<Record<string, boolean | undefined>>,
  asked: Asked[],
  answers: () => void = () => {},
): Session {
  const client = (_: unknown, region: string) => ({
    send: async (
      { input }: { input: { Filters: { Values: string[] }[]; NextToken?: string } },
    ) => {
      const [{ Values }] = input.Filters as [{ Values: string[] }];
      asked.push({ region, types: Values, token: input.NextToken });
      await Promise.resolve();
      answers();
      const known = Values.filter((type) => Object.hasOwn(stores, type));
      const from = Number(input.NextToken ?? 0);
      return {
        InstanceTypes: known.slice(from, from + 2).map((InstanceType) => ({
          InstanceType,
          InstanceStorageSupported: stores[InstanceType],
        })),
        ...(from + 2 < known.length ? { NextToken: String(from + 2) } : {}),
      };
    },
  });
  return { client, reading: {} } as unknown as Session;
}

/** Reads in a run of its own. */
function aRun() {
  const run = {};
  return (...asking: readonly [Session, string, readonly string[]]) =>
    readInstanceStores(run, ...asking);
}

Deno.test("what EC2 says of a type is read from all pages, and what it leaves out is not known", async () => {
  const stores = { a: true, b: false, c: true, d: undefined, e: false };
  const read = aRun();
  assert.deepEqual(await read(accountOf(stores, []), "us-east-1", ["e", "d", "c", "b", "a", "x"]), {
    types: { a: true, b: false, c: true, e: false },
  });
});

Deno.test("no call asks about more than 100 types, or about none", async () => {
  const asked: Asked[] = [];
  const types = Array.from({ length: 250 }, (_, index) => `t${index}`);
  const read = aRun();
  await read(accountOf({}, asked), "us-east-1", [...types, ...types]);
  assert.deepEqual(asked.map(({ types }) => types.length), [100, 100, 50]);
  await read(accountOf({}, asked), "us-west-2", []);
  assert.equal(asked.length, 3);
});

Deno.test("a type is asked about once in a Region, whichever accounts have it at the same time", async () => {
  const asked: Asked[] = [];
  const account = accountOf({ a: true, b: false }, asked);
  const read = aRun();
  const answers = await Promise.all([
    read(account, "us-east-1", ["a"]),
    read(account, "us-east-1", ["a", "b"]),
    read(account, "us-west-2", ["a"]),
    read(account, "us-east-1", ["b"]),
  ]);
  assert.deepEqual(answers.map(({ types }) => types), [
    { a: true },
    { a: true, b: false },
    { a: true },
    { b: false },
  ]);
  const places = asked.map(({ region, types }) => `${region} ${types}`).sort();
  assert.deepEqual(places, ["us-east-1 a", "us-east-1 b", "us-west-2 a"]);
});

Deno.test("an account that may not ask knows nothing, and the next account asks again", async () => {
  const denied = Object.assign(new Error("no"), { name: "UnauthorizedOperation" });
  const read = aRun();
  const [first, second] = await Promise.all([
    read(
      accountOf({}, [], () => {
        throw denied;
      }),
      "us-east-1",
      ["a"],
    ),
    read(accountOf({ a: false }, []), "us-east-1", ["a"]),
  ]);
  assert.deepEqual(first, { types: {}, unread: "UnauthorizedOperation: no" });
  assert.deepEqual(second, { types: { a: false } });
});

Deno.test("a signal while types are read is no unread type", async () => {
  const stop = () => {
    throw new DOMException("stop", "AbortError");
  };
  const read = aRun();
  await assert.rejects(read(accountOf({}, [], stop), "us-east-1", ["a"]), { name: "AbortError" });
});
