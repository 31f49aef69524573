/**
 * One of the processes that fight over a store, started by store_race_cases.ts:
 * `deno run store_contender.ts MODULE PLACE JOB`. It says "ready" when its store is open, waits
 * for a line, does its job, and says what came of it as JSON.
 */
import { reserveAll } from "./budget_contender.ts";
import { toLines } from "./lines.ts";
import type { Store } from "../../runners/core/store/store.ts";

/** What a contender is told to do. `me` tells it from the others. */
export type Job =
  | { readonly do: "claim"; readonly me: number; readonly claims: readonly Claim[] }
  | { readonly do: "count"; readonly me: number; readonly times: number }
  | { readonly do: "reserve"; readonly me: number };

/** A row that only one may get. */
export interface Claim {
  readonly id: string;
  readonly expect: number | "absent";
}

interface StoreModule {
  openStore(place: string): Promise<Store>;
}

async function claim(store: Store, me: number, claims: readonly Claim[]): Promise<boolean[]> {
  const won: boolean[] = [];
  for (const { id, expect } of claims) {
    won.push((await store.write([{ kind: "claim", id, value: me, expect }])).written);
  }
  return won;
}

/** Adds 1 to the counter so many times, each time anew until nobody came between. */
async function count(store: Store, times: number): Promise<number> {
  let lost = 0;
  for (let done = 0; done < times;) {
    const row = await store.get("counter", "one");
    const value = Number(row?.value ?? 0) + 1;
    const expect = row?.revision ?? "absent";
    if ((await store.write([{ kind: "counter", id: "one", value, expect }])).written) done++;
    else lost++;
  }
  return lost;
}

function work(store: Store, job: Job): Promise<unknown> {
  switch (job.do) {
    case "claim":
      return claim(store, job.me, job.claims);
    case "count":
      return count(store, job.times);
    case "reserve":
      return reserveAll(store, job.me);
  }
}

if (import.meta.main) {
  const [module = "", place = "", text = ""] = Deno.args;
  const job = JSON.parse(text) as Job;
  const { openStore } = await import(module) as StoreModule;
  const store = await openStore(place);
  console.log("ready");
  await toLines(Deno.stdin.readable).next();
  console.log(JSON.stringify(await work(store, job)));
  store.close();
}
