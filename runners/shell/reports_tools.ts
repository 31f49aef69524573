import type { Replayed } from "../../reports/elasticsearch/replay.ts";
import type { Sending } from "../../reports/elasticsearch/sink.ts";
import type { SetUp } from "../../reports/elasticsearch/setup.ts";
import { part as reports } from "../../reports/needs.ts";
import type { Request } from "../core/cli/request.ts";
import { say, type Terminal } from "../core/cli/terminal.ts";
import { counted, numberText } from "../core/cli/words.ts";
import { EXIT, type ExitCode, UsageError } from "../core/errors.ts";
import { jsonText } from "../core/json_text.ts";
import type { JobEntry } from "../core/program.ts";
import { closing } from "../core/store/store.ts";
import type { Text } from "../core/text/sections.ts";
import type { LoadedConfig } from "./config_file.ts";
import { openStore, openStoreToList } from "./open_store.ts";
import { sendingOf } from "./sending.ts";
import type { StoreUser } from "./store_user.ts";
import { untilStopped } from "./until_stopped.ts";

type ToolRequest = Extract<Request, { kind: "tool" }>;

/** Runs `reports setup` or `reports replay`. */
export async function reportsTool(
  jobs: readonly JobEntry[],
  loaded: LoadedConfig,
  { command, options: { json } }: ToolRequest,
  terminal: Terminal,
): Promise<ExitCode> {
  const { host } = terminal;
  const answer = (document: unknown, text: () => Text) =>
    json ? host.stdout.write(jsonText(document)) : say(terminal, text());
  return await untilStopped(host, async (signal) => {
    const user: StoreUser = { loaded, terminal, jobs, as: reports, signal };
    const sending = sendingOf(user);
    if (sending === null) throw unconfigured(loaded);
    const { node } = sending.config;
    if (command === "reports setup") {
      const indices = await setUpAll(sending);
      answer({ node, indices }, () => setUpText(node, indices));
      return EXIT.done;
    }
    const { runs, exitCode } = await replayed(user, sending);
    answer({ node, runs }, () => replayText(node, runs, terminal));
    return exitCode;
  });
}

function unconfigured({ file }: LoadedConfig): UsageError {
  return new UsageError(
    `${file ?? "The configuration"} names no server in reports.elasticsearch. ` +
      'Say there which one gets the documents: {"node": "https://…", "apiKeyEnv": "ES_API_KEY"}',
  );
}

async function setUpAll(sending: Sending): Promise<SetUp[]> {
  const { openElasticsearch } = await import("../../reports/elasticsearch/client.ts");
  const { setUp } = await import("../../reports/elasticsearch/setup.ts");
  await using server = await openElasticsearch(sending);
  const made: SetUp[] = [];
  for (const index of await sending.indices()) made.push(await setUp(server, index));
  return made;
}

async function replayed(user: StoreUser, sending: Sending) {
  const { replay } = await import("../../reports/elasticsearch/replay.ts");
  // A store that is not there has no run whose documents could be sent.
  (await openStoreToList(user)).close();
  return await closing(
    await openStore(user),
    (store) => replay(sending, store, user.jobs.map(({ name }) => name)),
  );
}

const LIFECYCLE = {
  made: "documents are deleted after 400 days",
  kept: "by the policy that was there",
  none: "documents are kept until somebody deletes indices",
} as const satisfies Record<SetUp["lifecycle"], string>;

function setUpText(node: string, indices: readonly SetUp[]): Text {
  return [
    [{ heading: `Elasticsearch at ${node} is ready for documents` }],
    [{
      columns: ["Alias", "Indices", "Lifecycle"],
      rows: indices.map(({ name, indices, lifecycle }) => [
        name,
        indices.length,
        LIFECYCLE[lifecycle],
      ]),
    }],
    [
      indices.some(({ lifecycle }) => lifecycle === "none")
        ? "This server has no lifecycle management (ILM)."
        : "",
      "From now on each report and apply sends its documents there.",
    ],
  ];
}

function replayText(
  node: string,
  runs: readonly Replayed[],
  { command }: Pick<Terminal, "command">,
): Text {
  if (runs.length === 0) return [[`No run has documents that wait to be sent to ${node}.`]];
  const sent = runs.filter(({ sent_at }) => sent_at !== null).length;
  return [
    [{ heading: `Sent the documents of ${sent} of ${counted(runs.length, "run")} to ${node}` }],
    [{
      columns: ["Run", "Job", "Slot", "Documents", ""],
      rows: runs.map((run) => [run.run_id, run.job, run.slot, run.documents, endText(run)]),
    }],
    runs.flatMap(({ error }) => error ? [{ tone: "unproven", text: error.message } as const] : []),
    sent === runs.length
      ? []
      : [{ next: "To try again what was not sent:", command: command("reports replay") }],
  ];
}

function endText({ sent_at, error, kept, removed }: Replayed): string {
  if (sent_at === null) return error ? "not sent" : "not tried";
  return [
    "sent",
    ...kept === 0 ? [] : [`${numberText(kept)} of another run kept`],
    ...removed === 0 ? [] : [`${numberText(removed)} of another run deleted`],
  ].join(", ");
}
