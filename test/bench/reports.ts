import { serialize } from "node:v8";
import { openElasticsearch } from "../../reports/elasticsearch/client.ts";
import { setUp } from "../../reports/elasticsearch/setup.ts";
import { AUDIT_INDEX } from "../../runners/audit/documents.ts";
import { systemClock } from "../../runners/core/clock.ts";
import { reportsSchema } from "../../runners/core/config/reports.ts";
import { numberText } from "../../runners/core/cli/words.ts";
import { ROOT } from "../architecture/module_graph.ts";
import { startElasticsearch } from "../rigs/elasticsearch.ts";
import type { Benchmark, Contender, Goal, Result } from "./benchmark.ts";
import { partOf } from "./beside.ts";
import type { Program } from "./measure.ts";
import { reportRecord } from "./report_record.ts";
import type { ReportsWork, ReportsWorked } from "./reports_work.ts";

/** What a run wrote, as the server has it. */
type DocumentsTold = ReportsWorked & { readonly requests: number; readonly there: number };

/** Accounts of which each has 100 violating instances: 10,030 documents. */
const ACCOUNTS = 85;

/**
 * The documents of a report of the audit into an Elasticsearch that has none of them, beside the bulk
 * helper of the client, which writes them without looking at what is there.
 */
export async function reportsBenchmark(
  onProgress: (sentence: string) => void,
): Promise<Benchmark<DocumentsTold>> {
  await using stack = new AsyncDisposableStack();
  const { record, file } = stack.use(await recordFile(ACCOUNTS, true));
  const total = record.documents.length;
  const index = record.documents[0]!.index;
  onProgress("Starting Elasticsearch");
  const { node } = stack.use(await startElasticsearch());
  await setUpFor(node);
  const contender = (name: string, way: "sink" | "helper"): Contender<DocumentsTold> => {
    let before = 0;
    return {
      name,
      program: async () => {
        await emptied(node, index);
        before = await requestsAt(node);
        return working({ way, node, record: file });
      },
      told: async (stdout) => {
        const requests = await requestsAt(node) - before;
        return {
          ...JSON.parse(stdout) as ReportsWorked,
          requests,
          there: await countAt(node, index),
        };
      },
    };
  };
  const owned = stack.move();
  return {
    name: "reports",
    about: `${numberText(total)} documents of an audit into Elasticsearch`,
    rounds: 5,
    contenders: [
      contender("Groundskeeper", "sink"),
      contender("client.helpers.bulk", "helper"),
    ],
    columns: [
      right("writing ms", ({ ms }) => ms.toFixed(0)),
      right("requests", ({ requests }) => String(requests)),
      right("documents", ({ there }) => numberText(there)),
    ],
    goals: ([ours, helper]) => [
      partOf(helper!, ours!, "wall time", "wallMs", 2),
      partOf(helper!, ours!, "CPU", "cpuMs", 1.5),
      partOf(helper!, ours!, "memory", "peakMib", 1.5),
      allThere(ours!, total),
    ],
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Makes the template, as `reports setup` does. */
async function setUpFor(node: string): Promise<void> {
  const { elasticsearch } = reportsSchema.parse({ elasticsearch: { node } });
  await using server = await openElasticsearch({
    config: elasticsearch!,
    env: () => undefined,
    readFile: Deno.readTextFile,
    clock: systemClock,
    signal: new AbortController().signal,
  });
  await setUp(server, AUDIT_INDEX);
}

function allThere({ there }: Result<DocumentsTold>, total: number): Goal {
  return {
    text: `${numberText(there)} documents of Groundskeeper are there; wanted: ${numberText(total)}`,
    reached: there === total,
  };
}

/** Accounts of which each has 5 violating instances. */
const FINDINGS = 5_000, FOR_FINDINGS = FINDINGS / 5;

const MB = 1_000_000;

/** The page of a report of the audit over 1,000 accounts with 5,000 findings. */
export async function reportPageBenchmark(): Promise<Benchmark<ReportsWorked>> {
  const { file, ...made } = await recordFile(FOR_FINDINGS, false);
  return {
    name: "reports-page",
    about: `the page of a report of ${numberText(FOR_FINDINGS)} accounts with ` +
      `${numberText(FINDINGS)} findings`,
    rounds: 5,
    contenders: [{
      name: "Groundskeeper",
      program: () => Promise.resolve(working({ way: "page", record: file })),
      told: (stdout) => Promise.resolve(JSON.parse(stdout) as ReportsWorked),
    }],
    columns: [
      right("rendering ms", ({ ms }) => ms.toFixed(0)),
      right("page KiB", ({ count }) => numberText(Math.round(count / 1_024))),
    ],
    goals: ([page]) => [
      {
        text: `the page has ${(page!.count / MB).toFixed(2)} MB; wanted: less than 2`,
        reached: page!.count < 2 * MB,
      },
      {
        text: `it is rendered in ${page!.ms.toFixed(0)} ms; wanted: at most 1,000`,
        reached: page!.ms <= 1_000,
      },
    ],
    [Symbol.asyncDispose]: () => made[Symbol.asyncDispose](),
  };
}

/** A file with what a report of generated accounts publishes. */
async function recordFile(accounts: number, everyViolates: boolean) {
  const record = await reportRecord(accounts, everyViolates);
  const file = await Deno.makeTempFile({ prefix: "groundskeeper-bench-" });
  await Deno.writeFile(file, serialize(record));
  return { record, file, [Symbol.asyncDispose]: () => Deno.remove(file) };
}

function right<Told>(title: string, cell: (result: Result<Told>) => string) {
  return { title, align: "right", cell } as const;
}

function working(work: ReportsWork): Program {
  return {
    command: [
      ...[Deno.execPath(), "run", "-A", "-q", "--cached-only", `--config=${ROOT}deno.json`],
      ...[`${ROOT}test/bench/reports_work.ts`, JSON.stringify(work)],
    ],
    cwd: ROOT,
    env: {},
    exitCodes: [0],
  };
}

/** Deletes an index, if there is one; what writes makes it again by its template. */
async function emptied(node: string, index: string): Promise<void> {
  const answer = await fetch(`${node}/${index}?ignore_unavailable=true`, { method: "DELETE" });
  await requireDone(answer);
}

async function requireDone(answer: Response): Promise<string> {
  const text = await answer.text();
  if (!answer.ok) throw new Error(`Elasticsearch answered ${answer.status}: ${text}`);
  return text;
}

type HttpStats = {
  readonly nodes: Readonly<
    Record<string, {
      readonly http: {
        readonly routes: Readonly<
          Record<string, { readonly requests: { readonly count: number } }>
        >;
      };
    }>
  >;
};

/** How many requests the server has had, but for those that ask it this. */
async function requestsAt(node: string): Promise<number> {
  const text = await requireDone(await fetch(`${node}/_nodes/stats/http`));
  const { nodes } = JSON.parse(text) as HttpStats;
  return Object.values(nodes).flatMap(({ http }) => Object.entries(http.routes))
    .filter(([route]) => !route.startsWith("/_nodes"))
    .reduce((sum, [, { requests }]) => sum + requests.count, 0);
}

async function countAt(node: string, index: string): Promise<number> {
  await requireDone(await fetch(`${node}/${index}/_refresh`, { method: "POST" }));
  const text = await requireDone(await fetch(`${node}/${index}/_count`));
  return (JSON.parse(text) as { readonly count: number }).count;
}
