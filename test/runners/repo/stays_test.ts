import assert from "assert";
import * as z from "zod";
import { loadCatalogue } from "../../../runners/repo/catalogue/catalogue.ts";
import { makeUniverse } from "../../../runners/repo/catalogue/universe.ts";
import type { RepoInput } from "../../../runners/repo/library/library.ts";
import { planRole } from "../../../runners/repo/library/plan_role.ts";
import { aRole, daysAgo, evidenceOf, granted, NOW } from "./decide/deciding.ts";

/** The files of test/cases/repo/stays: a role, its use, and what stays at both levels. */
const caseFile = z.strictObject({
  name: z.string(),
  role_age_days: z.number(),
  config: z.record(z.string(), z.unknown()).default({}),
  policy: z.looseObject({ Statement: z.array(z.record(z.string(), z.unknown())) }),
  /** By service. Other services of the policy are listed without a date. */
  used_days_ago: z.record(z.string(), z.number()),
  stays: z.array(z.string()),
  goes: z.array(z.string()),
});

const folder = new URL("../../cases/repo/stays/", import.meta.url);
const universe = makeUniverse(loadCatalogue(), []);

for (
  const { name: file } of [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1)
) {
  const one = caseFile.parse(JSON.parse(Deno.readTextFileSync(new URL(file, folder))));
  for (const level of ["service", "action"] as const) {
    Deno.test(`${file} at level ${level}: ${one.name}`, () => {
      const { actions } = granted(universe, ...one.policy.Statement);
      const services = [...actions].map((action) => action.slice(0, action.indexOf(":")));
      const evidence = evidenceOf(
        Object.fromEntries(services.map((service) => {
          const days = one.used_days_ago[service];
          return [service, days === undefined ? null : daysAgo(days)];
        })),
        { level },
      );
      const role = aRole({
        created: daysAgo(one.role_age_days),
        inline: { app: JSON.stringify(one.policy) },
        evidence,
      });
      const repo: RepoInput = { ...one.config, level, trustFirstScan: true };
      const { change } = planRole(role, { now: NOW, repo });
      const removed = (change?.after as { readonly removed?: readonly string[] })?.removed ?? [];
      assert.deepEqual([...removed].sort(), [...one.goes].sort());
      for (const action of one.stays) assert.ok(!removed.includes(action), action);
    });
  }
}
