/**
 * The commands on a page give its numbers again: all of them, run by a shell and Debian's `jq` as the
 * page has them, over what the run has written beside it.
 */
import assert from "assert";
import { join } from "node:path";
import fc from "fast-check";
import { fileSink } from "../../reports/files/file_sink.ts";
import { denoDisk } from "../../runners/adapters/disk/deno_disk.ts";
import { MemoryStore } from "../../runners/adapters/memory/memory_store.ts";
import { documentParts as auditParts } from "../../runners/audit/audit_plan.ts";
import { auditPage } from "../../runners/audit/present/page.ts";
import { coverageOf } from "../../runners/core/plan/coverage.ts";
import { plannedOf } from "../../runners/core/plan/document.ts";
import type { Page } from "../../runners/core/report/page.ts";
import { NOT_TRIED, type RunDocument, runDocument } from "../../runners/core/run/run_document.ts";
import type { DirtyTypes } from "../../runners/dirty/plan.ts";
import { dirtyPage } from "../../runners/dirty/present/page.ts";
import { documentParts as repoParts } from "../../runners/repo/document_parts.ts";
import { repoPage } from "../../runners/repo/present/page.ts";
import { NASTY_STRINGS } from "../reports/nasty_strings.ts";
import { anyPlanning, latePlanning } from "../runners/audit/arbitrary_world.ts";
import { ladderStory } from "../runners/audit/ladder_story.ts";
import * as audit from "../runners/audit/world.ts";
import * as repo from "../runners/repo/present/plan_fixture.ts";
import {
  partlyPlan,
  restorePlan,
  restoreRunPlan,
  wholePlan,
} from "../runners/repo/present/stories.ts";

const OUTCOMES = ["done", "failed", "unknown", "pending", "drifted", "skipped", null] as const;
const refusal = { limit: "limits.perRun.count", value: 1, would: 2, reserved: 0, scope: null };

/** A run with its page, as a sink is given both. */
type Told = { readonly page: Page; readonly run: RunDocument };

/** Values of one kind, always the same. */
function samples<T>(arbitrary: fc.Arbitrary<T>, count: number): readonly T[] {
  return fc.sample(arbitrary, { numRuns: count, seed: 17 });
}

const outcomes = fc.array(fc.constantFrom(...OUTCOMES), { minLength: 12, maxLength: 12 });

function auditTold(
  planning: Parameters<typeof audit.documentOf>[0],
  ended: readonly (typeof OUTCOMES)[number][],
  refused: boolean,
): Told {
  const plan = audit.documentOf(planning, refused ? { refused: refusal } : {});
  const became = refused ? [] : plan.changes.flatMap(({ id }, i) => {
    const one = ended[i % ended.length] ?? null;
    return one === null ? [] : [[id, audit.outcome(one)] as const];
  });
  const run = audit.runOf(plan, became);
  return {
    page: auditPage(audit.reportingOf(planning, run, plan)),
    run: runDocument(plan, run, auditParts),
  };
}

const auditRuns: readonly Told[] = [
  ...samples(fc.tuple(fc.oneof(anyPlanning, latePlanning), outcomes, fc.boolean()), 40)
    .map(([planning, ended, refused]) => auditTold(planning, ended, refused)),
  auditTold(ladderStory, ["done"], false),
  auditTold(ladderStory, [null], false),
  // Owners are named by whoever may tag.
  auditTold(
    audit.planningOf(
      audit.oneRegion(
        ...NASTY_STRINGS.map((name, i) =>
          audit.anInstance(i + 1, { tags: { owner: name.slice(0, 200) } })
        ),
      ),
      ladderStory.config,
    ),
    [null],
    false,
  ),
];

const plans = [wholePlan, partlyPlan, restorePlan, restoreRunPlan];
const repoRuns: readonly Told[] = samples(
  fc.record({
    roles: fc.array(
      fc.record({
        lost: fc.nat({ max: 40 }),
        kept: fc.nat({ max: 60 }),
        eligible: fc.boolean(),
      }),
      { maxLength: 12 },
    ),
    ended: outcomes,
    refused: fc.boolean(),
  }),
  15,
).map(({ roles, ended, refused }) => ({
  ended,
  plan: repo.planOf(
    roles.map(({ lost, kept, eligible }, i) =>
      repo.aRole(`role-${i}`, {
        loses: lost === 0 ? [] : [repo.loss("sqs", lost)],
        keeps: kept === 0 ? [] : [repo.kept("s3", kept)],
        ineligible: eligible ? [] : [{ reason: "too-young", detail: "it is young" }],
      })
    ),
    refused ? { refused: refusal } : {},
  ),
})).concat(plans.map((plan) => ({ plan, ended: ["done", "failed", null] }))).map(
  ({ plan, ended }) => {
    const became = plan.refused
      ? []
      : plan.changes.map((_, i) => ended[i] ? repo.outcome(ended[i]) : null);
    const run = repo.runOf(plan, became);
    return {
      page: repoPage(repo.reportingOf(plan, run)),
      run: runDocument(plan, run, repoParts),
    };
  },
);

const dirtyRuns: readonly Told[] = samples(
  fc.record({
    clients: fc.array(fc.record({ dirty: fc.nat(9), clean: fc.nat(9), left: fc.nat(9) }), {
      maxLength: 6,
    }),
    unread: fc.nat(2),
  }),
  20,
).map(({ clients, unread }) => {
  const places = clients.map((_, i) => ({ account: audit.DEV, region: `r-${i}`, proof: "read" }));
  const plan = plannedOf<DirtyTypes>({
    job: "dirty",
    plan: {
      coverage: coverageOf(
        places,
        Array.from({ length: unread }, (_, i) => (
          { account: audit.PROD, region: `u-${i}`, reason: "access-denied", detail: "no" }
        )),
      ),
      changes: [],
      ownWrites: [],
      breakers: [],
      spared: [],
      examined: [],
      own: {
        accounts: [{ account: audit.DEV, name: "dev" }],
        instances: [],
        clients: clients.map(({ dirty, clean, left }, i) => ({
          ...places[i]!,
          running: dirty + clean + left,
          spoke: dirty + clean,
          dirty,
          clean,
          unknown: [],
        })),
      },
    },
    observedHash: () => "",
    configHash: "",
    asOf: audit.NOW,
    hypothetical: false,
    refused: null,
    limits: [],
    pending: [],
  });
  const at = audit.NOW.toISOString();
  const run = {
    ...{ run_id: "01JD0000000000000000000000", slot: at, started: at, finished: at },
    changes: plan.changes.map((change) => ({ ...change, ...NOT_TRIED })),
    ownWrites: [],
    settled: [],
  };
  return {
    page: dirtyPage({ plan, run }),
    run: runDocument(plan, run, (own) => ({ keys: { ...own } })),
  };
});

/** What a reader sees, entities resolved. */
function textOf(html: string): string {
  const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
  return html.replace(/<[^>]*>/g, "")
    .replace(/&([a-z0-9#]+);/g, (entity, name) => entities[name] ?? entity);
}

/** Each figure or list of a page with its command, as they stand there. */
function commandsOn(html: string): readonly { readonly said: string; readonly command: string }[] {
  const recount = [...html.matchAll(/<dt>([^<]*)<\/dt>\n<dd><div class="copy"><code>([^<]*)</g)];
  const lists = [
    ...html.matchAll(/<summary><b>[^<]*<\/b> <span>([^<]*?) in [^]*?<\/details>/g),
  ].map(([fold, count]) => [fold, count!, /<code>(jq [^<]*)</.exec(fold)?.[1]] as const);
  return [...recount, ...lists].flatMap(([, said, command]) =>
    command === undefined ? [] : [{ said: textOf(said!), command: textOf(command) }]
  );
}

/** The numbers of a text, in their order; "-" says that there is none. */
function numbersIn(text: string): readonly number[] {
  return (text.match(/\d[\d,]*(?:\.\d+)?/g) ?? []).map((one) => Number(one.replaceAll(",", "")));
}

async function shell(command: string, cwd: string): Promise<string> {
  const ran = await new Deno.Command("/bin/bash", { args: ["-c", command], cwd }).output();
  assert.ok(ran.success, `${command}\n${new TextDecoder().decode(ran.stderr)}`);
  return new TextDecoder().decode(ran.stdout).trim();
}

for (const [job, runs] of Object.entries({ audit: auditRuns, repo: repoRuns, dirty: dirtyRuns })) {
  Deno.test(`each figure of ${job} can be computed by the command that its page names`, async () => {
    const directory = await Deno.makeTempDir();
    let checked = 0;
    try {
      const sink = fileSink(directory, { disk: denoDisk, toolVersion: "0.0.0" });
      for (const [i, { page, run }] of runs.entries()) {
        const runId = `01JD${String(i).padStart(22, "0")}`;
        const [, , path] = await sink.publish({
          ...{ job, runId, page, run, slot: page.asOf, documents: [] },
          sheet: { columns: [], rows: [] },
          isShare: false,
        }, new MemoryStore());
        const commands = commandsOn(await Deno.readTextFile(path!));
        assert.ok(commands.length >= page.headline.length);
        for (const { said, command } of commands) {
          const printed = await shell(command, directory);
          const isList = command.includes("@tsv");
          const wanted = numbersIn(isList ? said : said.slice(said.lastIndexOf(": ") + 2));
          const found = isList ? [printed.split("\n").length] : numbersIn(printed);
          assert.deepEqual(found, wanted, `${said}\n${command}`);
          checked++;
        }
      }
      // The index has the figures of the last run, with the same commands.
      const index = commandsOn(await Deno.readTextFile(join(directory, "index.html")));
      assert.equal(index.length, 2);
      for (const { said, command } of index) {
        assert.deepEqual(
          numbersIn(await shell(command, directory)),
          numbersIn(said.slice(said.lastIndexOf(": ") + 2)),
        );
      }
      assert.ok(checked >= runs.length * 5, `${checked}`);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}
