import { fileSink } from "../../reports/files/file_sink.ts";
import { denoDisk } from "../../runners/adapters/disk/deno_disk.ts";
import { MemoryStore } from "../../runners/adapters/memory/memory_store.ts";
import { documentParts } from "../../runners/audit/audit_plan.ts";
import { auditSheet } from "../../runners/audit/present/sheet.ts";
import { auditPage } from "../../runners/audit/present/page.ts";
import { partsOf } from "../../runners/core/parts.ts";
import { runDocument } from "../../runners/core/run/run_document.ts";
import {
  aFailedRegion,
  anAccount,
  anInstance,
  aRegion,
  configOf,
  documentOf,
  NOW,
  outcome,
  planningOf,
  reportingOf,
  runOf,
  WHOLE_LADDER,
} from "../runners/audit/world.ts";

/** How much an audit finds. */
export type PageWorld = { readonly accounts: number; readonly findings: number };

/** As many as are worth a look at their pages: none, some, very many, and many accounts. */
export const PAGE_WORLDS: Readonly<Record<string, PageWorld>> = {
  nothing: { accounts: 3, findings: 0 },
  some: { accounts: 3, findings: 30 },
  many: { accounts: 3, findings: 5_000 },
  accounts: { accounts: 40, findings: 60 },
};

const OWNERS = ["alice@example.com", "bob@example.com", "data-team", "jenkins", ""];
const REGIONS = ["us-east-1", "eu-west-1"];
const config = (accounts: readonly string[]) =>
  configOf({
    required: [{ key: "owner" }, { key: "project" }, { key: "cost_center" }],
    enforce: { accounts: [...accounts] },
    ladder: [...WHOLE_LADDER],
  });

/** Writes the pages of three runs of a world, and the index. @returns the path of the last page */
export async function writePages(directory: string, world: PageWorld): Promise<string> {
  const sink = fileSink(directory, { disk: denoDisk, toolVersion: "0.1.0" });
  let last = "";
  for (const day of [2, 1, 0]) {
    const now = new Date(NOW.getTime() - day * 86_400_000);
    const findings = Math.floor(world.findings * (1 + day / 4));
    const planning = {
      ...planningOf(partsOf(accountsOf({ ...world, findings })), config(idsOf(world))),
      now,
    };
    const plan = documentOf(planning);
    const failing = world.accounts > 3 && day === 0;
    const run = runOf(
      plan,
      plan.changes.map(({ id }, i) => [id, outcome(failing && i === 0 ? "failed" : "done")]),
    );
    const [, , path] = await sink.publish({
      job: "audit",
      runId: `01JD${String(9 - day).padStart(22, "0")}`,
      slot: now,
      documents: [],
      sheet: auditSheet(plan),
      page: auditPage(reportingOf(planning, run, plan)),
      run: runDocument(plan, run, documentParts),
      isShare: false,
    }, new MemoryStore());
    last = path!;
  }
  return last;
}

function idsOf({ accounts }: PageWorld): readonly string[] {
  return Array.from({ length: accounts }, (_, i) => String(111_111_111_111 + i));
}

/** Most of the findings are in a few accounts; the others keep the rules. */
function accountsOf({ accounts, findings }: PageWorld) {
  return idsOf({ accounts, findings }).map((id, i) => {
    const regions = REGIONS.map((region, r) => {
      const own = Math.floor(findings / Math.min(accounts, 6) / 2);
      const broken = i < 6 ? own : 0;
      const instances = Array.from(
        { length: broken + 5 },
        (_, n) =>
          anInstance(i * 1_000_000 + r * 100_000 + n + 1, {
            tags: tagsOf(n, n < broken),
            created: new Date(NOW.getTime() - (3 + n % 20) * 86_400_000).toISOString(),
          }),
      );
      return accounts > 3 && i === 7 && r === 1
        ? aFailedRegion(region, "UnauthorizedOperation: You are not authorized to do this")
        : aRegion(region, instances);
    });
    return anAccount(id, regions, { name: ["prod", "data", "sandbox"][i] ?? `team-${i}` });
  });
}

function tagsOf(n: number, isBroken: boolean): Record<string, string> {
  const owner = OWNERS[n % OWNERS.length]!;
  const Name = `checkout-api-${n}`;
  if (!isBroken) return { Name, owner: "alice@example.com", project: "shop", cost_center: "42" };
  return { Name, ...(owner === "" ? {} : { owner }), ...(n % 3 === 0 ? {} : { project: "shop" }) };
}
