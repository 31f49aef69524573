import type { Clock } from "../../core/clock.ts";
import { UsageError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { Log } from "../../core/log/log.ts";
import type { MessageHandler, MessageOutcome } from "../../core/queue/queue.ts";
import { TRIES } from "../../core/queue/serve_message.ts";
import type { RoleReference } from "../config.ts";
import { typed } from "../verbs/answer.ts";
import type { OptOutRequest } from "../verbs/opt_out.ts";
import {
  commandIn,
  isListing,
  keptBody,
  readMessage,
  type RepoCommand,
  type Respond,
} from "./message.ts";
import { type Requestors, senderRoleId } from "./requestors.ts";

/**
 * What the commands do. Each answers a text for the channel, or throws a UsageError whose sentence
 * is sent there as a failure. Any other error is logged, and the message is tried again: a command
 * must do no harm if it is carried out twice.
 */
export interface Commands {
  listRepoableServices(role: RoleReference): Promise<string>;
  listRollbacks(role: RoleReference): Promise<string>;
  /**
   * Refuses if the role is opted out already, and says by whom, why and until when. The owner is
   * what the message claims; nobody has proven it.
   */
  optOut(role: RoleReference, optOut: OptOutRequest): Promise<string>;
  removeOptOut(role: RoleReference): Promise<string>;
  /** Brings back a version of the role's inline policies; they count from 1, oldest first. */
  rollback(role: RoleReference, seq: number): Promise<string>;
}

/** Where answers are published. */
export interface AnswerTopic {
  /** @param messageId of the message that is answered: a FIFO topic takes its answer once */
  publish(answer: Json, messageId: string, signal: AbortSignal): Promise<void>;
}

/** What messages are handled with. */
type Handling = {
  readonly commands: Commands;
  readonly requestors: Requestors;
  readonly topic: AnswerTopic;
  /** How long an opt-out lasts, in milliseconds. */
  readonly optOutMs: number;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
};

/**
 * Handles Repokid's messages. SQS says who asks: everybody who may send can list; all other
 * commands are for the roles in `repo.serve.requestors`. What a message says of its requestor is
 * only a claim.
 */
export function repoHandler(handling: Handling): MessageHandler {
  const { requestors, topic, log } = handling;
  const listed = (sender: string | null) => requestors.get(senderRoleId(sender) ?? "") ?? null;
  return {
    async handle({ body, sender }) {
      const read = readMessage(body);
      if (!("command" in read)) {
        return rejected(read.problem.reason, read.respond, read.problem.sentence);
      }
      const { command } = read;
      const { role: { account, name }, respond } = command;
      const by = listed(sender);
      if (by === null && !isListing(command)) {
        return rejected("sender-not-listed", respond, refusal(command, sender));
      }
      log.info(`Asked for ${command.command} of ${name}`, { account, by });
      try {
        const text = await carryOut(command, handling);
        return { verdict: "handled", ...answerOf(respond, true, text) };
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        return { verdict: "handled", ...answerOf(respond, false, error.message) };
      }
    },
    answer: (answer, { id }, signal) => topic.publish(answer, id, signal),
    key: ({ body }) => {
      const asked = commandIn(body);
      return asked && typed(asked.role);
    },
    neverGivenUp: ({ body, sender }) => {
      const asked = commandIn(body);
      return asked !== null && !isListing(asked) && listed(sender) !== null;
    },
    givenUp: ({ body }) => {
      const asked = commandIn(body);
      if (!asked) return undefined;
      const { command, role, respond } = asked;
      const text = `${command} of ${typed(role)} failed ${TRIES + 1} times and is given up. ` +
        'The log of "repo serve" says why';
      return answerOf(respond, false, text).answer;
    },
    kept: keptBody,
  };
}

function carryOut(command: RepoCommand, { commands, clock, optOutMs }: Handling): Promise<string> {
  const { role } = command;
  switch (command.command) {
    case "list_repoable_services":
      return commands.listRepoableServices(role);
    case "list_role_rollbacks":
      return commands.listRollbacks(role);
    case "opt_out": {
      const { owner, reason } = command;
      const until = new Date(clock.now().getTime() + optOutMs).toISOString().slice(0, 10);
      return commands.optOut(role, { owner, reason, until });
    }
    case "remove_opt_out":
      return commands.removeOptOut(role);
    case "rollback_role":
      return commands.rollback(role, command.seq);
  }
}

/** It says the ID of the sender, so that an administrator can find the role. */
function refusal({ command }: RepoCommand, sender: string | null): string {
  const who = sender?.split(":")[0] ?? "which the queue does not name";
  return `${command} is refused: the sender, ${who}, is none of the roles in ` +
    "repo.serve.requestors, and can only list. Nothing was changed";
}

function rejected(reason: string, respond: Respond | null, sentence: string): MessageOutcome {
  return { verdict: "rejected", reason, ...answerOf(respond, false, sentence) };
}

/** An answer in the shape that Repokid's subscribers read. */
export type Answer = {
  readonly message: string;
  readonly channel: string;
  readonly title: "Repokid Success" | "Repokid Failure";
};

/** SNS takes 262,144 bytes (SNS API Reference, Publish); a character may take four, escaped six. */
const LONGEST = 40_000;

/** The answer to the sender; none if it is not known where to send it. */
function answerOf(respond: Respond | null, done: boolean, text: string): { answer?: Answer } {
  if (respond === null) return {};
  const to = respond.user === null ? "" : `@${respond.user.replace(/^@/, "")} `;
  const whole = `${to}${text}`;
  const answer: Answer = {
    message: whole.length > LONGEST ? `${whole.slice(0, LONGEST).toWellFormed()}… (cut)` : whole,
    channel: respond.channel,
    title: done ? "Repokid Success" : "Repokid Failure",
  };
  return { answer };
}
