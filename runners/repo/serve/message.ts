import * as z from "zod";
import { jsonIn } from "../../core/json.ts";
import { isBlank } from "../../core/spelling.ts";
import type { RoleReference } from "../config.ts";

/** Commands that only list: for everybody who may send to the queue. */
const LISTING = ["list_repoable_services", "list_role_rollbacks"] as const;

/** Commands that change something: only for the listed requestors. */
const CHANGING = ["opt_out", "remove_opt_out", "rollback_role"] as const;

/** The commands of Repokid's dispatcher. */
export const COMMANDS = [...LISTING, ...CHANGING] as const;

/** A name of a role as IAM allows it (IAM API Reference, CreateRole). */
const roleName = z.string().regex(/^[\w+=,.@-]{1,64}$/, "must be the name of a role, without path");

const text = (longest: number) =>
  z.string().trim().max(longest).refine((said) => !isBlank(said), "must not be empty");

/** Repokid's senders write null, or an empty text, for what they leave out. */
const optional = (longest: number) => z.string().trim().max(longest).nullish();

/** The message of Repokid's dispatcher. Its other keys are ignored. */
const schema = z.object({
  account: z.string().regex(/^\d{12}$/, "must be a string of twelve digits"),
  command: z.enum(COMMANDS),
  role_name: roleName,
  respond_channel: text(256),
  respond_user: optional(256),
  requestor: optional(256),
  reason: optional(1_000),
  /** The number of a version; Repokid's senders write it as text, and "" where there is none. */
  selection: z.union([z.int().min(1), z.string().regex(/^([1-9]\d{0,8})?$/)]).nullish(),
});

/** Where an answer goes. */
export type Respond = {
  readonly channel: string;
  /** Who is addressed in it; null: nobody. */
  readonly user: string | null;
};

/** What is asked for, ready to be carried out. */
export type RepoCommand =
  & { readonly role: RoleReference; readonly respond: Respond }
  & (
    | { readonly command: typeof LISTING[number] | "remove_opt_out" }
    /** `owner` is what the message claims; nobody has proven it. */
    | { readonly command: "opt_out"; readonly owner: string; readonly reason: string }
    | { readonly command: "rollback_role"; readonly seq: number }
  );

/** A message as it was read: a command, or why it is none and where to answer that. */
type ReadMessage =
  | { readonly command: RepoCommand }
  | {
    readonly problem: { readonly reason: string; readonly sentence: string };
    readonly respond: Respond | null;
  };

/** Reads a message's body. Never throws. */
export function readMessage(body: string): ReadMessage {
  const [content] = jsonIn(body);
  if (content === undefined) return wrong(null, "not-json", "The message is not JSON");
  const parsed = schema.safeParse(content);
  const respond = respondOf(content);
  if (!parsed.success) {
    const found = typeof content === "object" && content !== null ? content : {};
    const problems = parsed.error.issues.map((issue) => problemText(issue, found));
    return wrong(respond, "not-a-command", `The message cannot be read: ${problems.join("; ")}`);
  }
  const { account, role_name, command, requestor, reason, selection } = parsed.data;
  const common = { role: { account, name: role_name }, respond: respond! };
  if (command === "opt_out") {
    if (!requestor || !reason) {
      return wrong(respond, "not-a-command", "opt_out needs requestor and reason: say both");
    }
    return { command: { ...common, command, owner: requestor, reason } };
  }
  if (command === "rollback_role") {
    if (!selection) {
      const sentence = "rollback_role needs selection: the number of a version, as " +
        "list_role_rollbacks shows it";
      return wrong(respond, "not-a-command", sentence);
    }
    return { command: { ...common, command, seq: Number(selection) } };
  }
  return { command: { ...common, command } };
}

/** The command that a body is; null: it is none. Never throws. */
export function commandIn(body: string): RepoCommand | null {
  const read = readMessage(body);
  return "command" in read ? read.command : null;
}

/** Whether a command changes nothing. */
export function isListing({ command }: RepoCommand): boolean {
  return (LISTING as readonly string[]).includes(command);
}

/** Where the sender wants the answer; null: that cannot be read. */
function respondOf(content: unknown): Respond | null {
  const { respond_channel, respond_user } = (content ?? {}) as Record<string, unknown>;
  const channel = schema.shape.respond_channel.safeParse(respond_channel);
  const user = schema.shape.respond_user.safeParse(respond_user);
  if (!channel.success) return null;
  return { channel: channel.data, user: (user.success && user.data) || null };
}

function wrong(respond: Respond | null, reason: string, sentence: string): ReadMessage {
  return { problem: { reason, sentence }, respond };
}

function problemText({ path, message }: z.core.$ZodIssue, content: object): string {
  const name = String(path[0] ?? "it");
  if (path.length === 0) return "it must be an object";
  const found = (content as Record<string, unknown>)[name];
  if (found === undefined) return `${name} is missing`;
  if (name === "command") {
    return `${shortly(found)} is no command. There are ${COMMANDS.join(", ")}`;
  }
  if (name === "selection") {
    return `selection must be the number of a version, not ${shortly(found)}`;
  }
  return `${name} ${message}`;
}

/** What was found, shortened: anybody may send anything. */
function shortly(value: unknown): string {
  if (typeof value === "object") return value === null ? "null" : "what is no text";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60).toWellFormed()}…` : text;
}

/** Keys about people. */
const PERSONAL = ["requestor", "respond_user", "reason"];

const LEFT_OUT = "(left out)";

const NAMED = new RegExp(
  `(["']?(?:${PERSONAL.join("|")})["']?\\s*[:=]\\s*)(?:"(?:[^"\\\\]|\\\\.)*"?|[^,}\\n]*)`,
  "gi",
);

/**
 * The body of a rejected message as it may be kept: a command as it is, so that it can be requeued;
 * anything else without the keys about people. Never throws.
 */
export function keptBody(body: string): string {
  if (commandIn(body)) return body;
  try {
    const content: unknown = JSON.parse(body);
    if (content !== null && typeof content === "object") {
      return JSON.stringify(
        content,
        (key, value: unknown) => PERSONAL.includes(key) ? LEFT_OUT : value,
      );
    }
  } catch {
    // No JSON, or nested too deeply to be written again.
  }
  // The text after such a key is left out, up to where it may end.
  return body.replace(NAMED, `$1"${LEFT_OUT}"`);
}
