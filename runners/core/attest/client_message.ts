import * as z from "zod";
import {
  KEY_SHA256,
  LOGIN_MAX_BYTES,
  LOGIN_SCHEMA,
  OWN_EVENT,
  type SshAuth,
  type StsProof,
} from "../contract/login.ts";
import { ULID } from "../contract/ulid.ts";
import { isJsonObject, jsonIn, type JsonObject } from "../json.ts";
import { messageSha256 } from "./message_hash.ts";
import { instanceName, instant, text } from "./message_values.ts";

/** How many levels of objects and lists a message may have: all of them are hashed, by recursion. */
const MAX_LEVELS = 32;

/** Sources that say that the event does not come from an instance. */
const NOT_OF_AN_INSTANCE = ["cloudtrail", "ssm", "skunky"];

const ssh: z.ZodType<SshAuth> = z.object({
  method: text(),
  keyType: text().exactOptional(),
  keySha256: z.string().regex(KEY_SHA256).exactOptional(),
  certificate: z.object({ id: text(), principals: z.array(text()) }).exactOptional(),
});

const proof: z.ZodType<StsProof> = z.object({
  url: z.string(),
  headers: z.record(z.string(), z.string()),
});

/** What PAM says nothing of is empty; what is not kept of a rejected message is missing. */
const said = text().default("");

/** What is used of a {@link LoginMessage}. */
const login = z.object({
  id: z.string().regex(ULID),
  event: z.enum(["session_open", "console_login", "hello"]).or(z.string().regex(OWN_EVENT)),
  source: z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/)
    .refine((source) => !NOT_OF_AN_INSTANCE.includes(source.toLowerCase())),
  at: instant,
  instance: instanceName,
  pam: z.object({ service: said, user: said, rhost: said }).exactOptional(),
  ssh: ssh.exactOptional(),
  detail: z.record(text(), text(1_024)).default({}),
  client: z.object({ version: text(64), dropped: z.int().min(0) }),
  // Another form says nothing against the message, which counts without its proof.
  proof: proof.optional().catch(undefined),
});

export type ClientMessage = z.infer<typeof login>;

/** A message that cannot be used, with a stable kebab-case code. */
export type Unusable = { readonly reason: string };

/**
 * Reads what an instance has sent. Never throws.
 *
 * @returns its JSON with the hash of all but the proof, and the message of {@link LoginMessage}, null
 * if it names no schema; or why it cannot be used: `too-large`, `not-json`, `unknown-schema`,
 * `unknown-version`, `malformed`
 */
export function readClientMessage(body: string): Unusable | {
  readonly content: JsonObject;
  readonly message: ClientMessage | null;
  readonly sha256: string;
} {
  if (new TextEncoder().encode(body).length > LOGIN_MAX_BYTES) return { reason: "too-large" };
  const [content] = jsonIn(body);
  if (content === undefined) return { reason: "not-json" };
  if (!isJsonObject(content) || hasMoreLevels(content, MAX_LEVELS)) return { reason: "malformed" };
  const { schema } = content;
  if (schema === undefined) return { content, message: null, sha256: messageSha256(content) };
  if (schema !== LOGIN_SCHEMA) {
    return { reason: isOtherVersion(schema) ? "unknown-version" : "unknown-schema" };
  }
  const message = login.safeParse(content).data;
  return message ? { content, message, sha256: messageSha256(content) } : { reason: "malformed" };
}

function hasMoreLevels(value: unknown, levels: number): boolean {
  return value !== null && typeof value === "object" &&
    (levels === 0 || Object.values(value).some((member) => hasMoreLevels(member, levels - 1)));
}

function isOtherVersion(schema: unknown): boolean {
  return typeof schema === "string" && schema.replace(/\d+$/, "1") === LOGIN_SCHEMA;
}

/** A body that may be stored: its proof holds a session token, and is soon too old for anything. */
export function withoutProof(body: string): string {
  const [content] = jsonIn(body);
  if (!isJsonObject(content)) return body.replaceAll(/X-Amz-Security-Token=[^&"\s]*/gi, "");
  const { proof, ...message } = content;
  return proof === undefined ? body : JSON.stringify(message);
}
