import { cpuUsage } from "node:process";
import { loadCatalogue } from "../../runners/repo/catalogue/catalogue.ts";
import { makeUniverse } from "../../runners/repo/catalogue/universe.ts";
import { ASKED_NOTHING, repoSchema, type RepoSettings } from "../../runners/repo/config.ts";
import { makeDecider } from "../../runners/repo/decide/decide.ts";
import type { ObservedAccount, ObservedRole } from "../../runners/repo/observed.ts";
import { parsePolicy } from "../../runners/repo/policy/document.ts";
import { grantedBy } from "../../runners/repo/policy/granted.ts";
import { rewriteDocuments } from "../../runners/repo/policy/rewrite.ts";
import { evidenceOf } from "../../runners/repo/evaluate_role.ts";

/** Policies by name, as texts; null: nothing is left of one. */
export type Policies = { readonly [name: string]: string | null };

/** What became of a role. */
export interface WorkedRole {
  readonly arn: string;
  /** As they would be written; null: refused. */
  readonly policies: Policies | null;
  /** The services of which something was decided to go. */
  readonly goes: readonly string[];
}

/** What `repo_work.ts` writes. */
export interface Work {
  /** CPU time, the collection of garbage among it; the catalogue is loaded before. */
  readonly cpuMs: number;
  /** What part of it each phase took, of one. */
  readonly phases: { readonly [phase: string]: number };
  readonly roles: readonly WorkedRole[];
}

/**
 * The work on the roles of a snapshot, one after another, and nothing around it: no command line, no
 * check of the snapshot, no plan document.
 */
function workOn(accounts: readonly ObservedAccount[], now: Date): Work {
  const universe = makeUniverse(loadCatalogue(), []);
  const settings: RepoSettings = { ...repoSchema.parse({}), asked: ASKED_NOTHING };
  const { wildcard } = settings;
  const decider = makeDecider(universe, settings, { since: () => false }, now);
  const timed = timer();
  const before = cpuMs();
  const workOnRole = (role: ObservedRole) => {
    const evidence = evidenceOf(role);
    const documents = timed(
      "read",
      () => Object.entries(role.inline).map(([name, text]) => parsePolicy(text, name)),
    );
    const granted = timed("expand", () => grantedBy(documents, universe));
    const { removed } = timed(
      "decide",
      () => decider.decide({ granted, evidence, protections: [], partition: "aws" }),
    );
    const rewritten = timed("rewrite and prove", () =>
      rewriteDocuments(documents, {
        universe,
        removed,
        wildcard,
        evidenceServices: new Set(Object.keys(evidence?.services ?? {})),
      }));
    return { role, removed, rewritten };
  };
  const worked = accounts.flatMap((account) => account.roles.map(workOnRole));
  const used = cpuMs() - before;
  const roles = worked.map(({ role: { arn }, removed, rewritten }): WorkedRole => ({
    arn,
    policies: rewritten.status === "rewritten" ? rewritten.policies : null,
    goes: universe.servicesOf(removed),
  }));
  return { cpuMs: used, phases: timed.shares(), roles };
}

/** Adds up how long each phase takes. */
function timer() {
  const sums = new Map<string, number>();
  const timed = <Value>(phase: string, work: () => Value): Value => {
    const begin = performance.now();
    const value = work();
    sums.set(phase, (sums.get(phase) ?? 0) + performance.now() - begin);
    return value;
  };
  const shares = () => {
    const all = [...sums.values()].reduce((sum, ms) => sum + ms, 0);
    return Object.fromEntries([...sums].map(([phase, ms]) => [phase, ms / all]));
  };
  return Object.assign(timed, { shares });
}

/** What this process has used. */
function cpuMs(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1000;
}

/** `repo_work.ts SNAPSHOT FILE` writes {@link Work} to the file. */
if (import.meta.main) {
  const [snapshot, file] = Deno.args as [string, string];
  const read = (name: string) => JSON.parse(Deno.readTextFileSync(`${snapshot}${name}.json`));
  const { parts, taken_at } = read("") as {
    readonly parts: readonly { readonly account: string }[];
    readonly taken_at: string;
  };
  const accounts: ObservedAccount[] = parts.map(({ account }) => read(`/${account}`).observed);
  await Deno.writeTextFile(file, JSON.stringify(workOn(accounts, new Date(taken_at))));
}
