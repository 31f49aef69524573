import { counted } from "../core/cli/words.ts";
import { clockProblem } from "../core/aws/sessions.ts";
import { ProfileRoles } from "../core/attest/profile_role.ts";
import { AwsAccessError, EXIT, type ExitCode, UsageError } from "../core/errors.ts";
import type { Running } from "../core/program.ts";
import { exitCodeOfServing, serveQueues, type Serving } from "../core/queue/serve_queues.ts";
import { servedText } from "../core/queue/served_text.ts";
import { ourAccounts } from "../core/aws/our_accounts.ts";
import { loadToldModules } from "../core/plugin/told_modules.ts";
import { auditorsOf } from "./auditors.ts";
import type { DirtyConfig } from "./config.ts";
import { eventsHandler, loginsHandler } from "./handler.ts";
import { dirtyJob } from "./job.ts";
import { settlerOf } from "./settle/settler.ts";

/**
 * `dirty serve`: records what the queues bring, and marks the instances.
 *
 * @throws UsageError without a queue; AwsAccessError if a queue cannot be read at all, or with a
 * wrong clock
 */
export async function dirtyServe(running: Running<DirtyConfig>): Promise<ExitCode> {
  const { request, config, organization, directory, clock, signal, askSts } = running;
  const { log } = running.terminal;
  const { queueUrl, eventsQueueUrl } = config;
  if (queueUrl === null && eventsQueueUrl === null) {
    throw new UsageError(
      "There is nothing to serve: dirty.queueUrl and dirty.eventsQueueUrl name no queue",
    );
  }
  const plugins = await loadToldModules(config.auditors, "marked", "dirty.auditors", directory);
  const sessions =
    await (await running.context({ job: dirtyJob, config: { ...config, clear: null } })).sessions();
  const home = await sessions.home();
  const problem = clockProblem(sessions.clockSkewMs);
  if (problem) throw new AwsAccessError("wrong-clock", problem);
  const once = request.own["once"] === true;
  let open = 0;
  const served = await running.writing(async (store) => {
    const tools = { config, store, clock, log };
    const settler = settlerOf({
      ...tools,
      session: (id, role) => sessions.member({ id, name: null }, role),
      profileRoles: new ProfileRoles(clock),
      tell: auditorsOf(plugins, { clock, log, signal }),
    });
    const judging = {
      ...tools,
      settler,
      askSts,
      isOurs: ourAccounts(sessions, organization, clock),
      now: () => new Date(clock.now().getTime() - (sessions.clockSkewMs ?? 0)),
    };
    const tick = async () => void (open = await settler.settleAll());
    const serve = (source: string, url: string, handler: Serving["handler"]): Serving => {
      const queue = running.queue(home, url, sessions.region);
      return { job: "dirty", source, handler, queue, ...tools, signal, once, tick };
    };
    return await serveQueues([
      ...queueUrl ? [serve("logins", queueUrl, loginsHandler({ ...judging, queueUrl }))] : [],
      ...eventsQueueUrl ? [serve("events", eventsQueueUrl, eventsHandler(judging))] : [],
    ]);
  });
  const exitCode = exitCodeOfServing(served);
  const openText = open === 0
    ? ""
    : `Still open: ${counted(open, "sender, tag or auditor", "senders, tags and auditors")}.`;
  return running.print({
    text: [...servedText(served), [openText]],
    json: { ...served, open },
    exitCode: exitCode === EXIT.done && once && open > 0 ? EXIT.partly : exitCode,
  });
}
