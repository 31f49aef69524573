import type { Sending } from "../../reports/elasticsearch/sink.ts";
import { CHANGES_INDEX, type DocumentIndex } from "../core/report/document_index.ts";
import { fromPerson } from "./config_file.ts";
import type { StoreUser } from "./store_user.ts";

/** What documents are sent with; null: no server is configured. */
export function sendingOf({ loaded, terminal: { host }, jobs, signal }: StoreUser): Sending | null {
  const { elasticsearch } = loaded.config.reports;
  if (elasticsearch === null) return null;
  const { ca } = elasticsearch;
  return {
    config: { ...elasticsearch, ca: ca === null ? null : fromPerson(ca, host.directory) },
    env: host.env,
    readFile: (path) => Deno.readTextFile(path),
    clock: host.clock,
    signal,
    indices: () => documentIndices(jobs),
  };
}

/** The indices of jobs, and that of the changes of all. */
async function documentIndices(jobs: StoreUser["jobs"]): Promise<readonly DocumentIndex[]> {
  const own = await Promise.all(jobs.map((job) => job.documentIndex?.()));
  return [...own.filter((index) => index !== undefined), CHANGES_INDEX];
}
