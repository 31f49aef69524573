import * as z from "zod";
import { messageSha256 } from "../../core/attest/message_hash.ts";
import {
  KEY_SHA256,
  LOGIN_MAX_BYTES,
  LOGIN_SCHEMA,
  OWN_EVENT,
  type SshAuth,
  type StsProof,
} from "../../core/contract/login.ts";
import { isJsonObject, jsonIn, type JsonObject } from "../../core/json.ts";
import { type FromInstance, NOBODY, type Told, type Unusable, type Who } from "../told.ts";
import { instanceName, instant, text } from "./values.ts";

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

/** What is used of a {@link LoginMessage}. `salt` is for another job. */
const login = z.object({
  // https://github.com/ulid/spec: 26 characters of Crockford's base 32, the first at most 7.
  id: z.string().regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/),
  event: z.enum(["session_open", "console_login", "hello"]).or(z.string().regex(OWN_EVENT)),
  source: z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/)
    .refine((source) => !NOT_OF_AN_INSTANCE.includes(source.toLowerCase())),
  at: instant,
  instance: instanceName,
  pam: z.object({ service: said, user: said, rhost: said }).exactOptional(),
  ssh: ssh.exactOptional(),
  detail: z.record(text(), text(1_024)).default({}),
  client: z.object({ version: text(64), dropped: z.int().min(0) }),
  proof: proof.exactOptional(),
});

type Arrived = { readonly id: string; readonly at: Date };

/**
 * Reads what an instance has sent: the message of {@link LoginMessage}, or that of Skunky's client,
 * which is the instance identity document and nothing else. Which of both it is, `schema` decides:
 * the document has none. Never throws.
 *
 * @param arrived the ID that SQS gave the message, and when it was sent: the document has neither
 * @returns or why it cannot be used: `too-large`, `not-json`, `unknown-schema`, `unknown-version`,
 * `malformed`
 */
export function readLogin(body: string, arrived: Arrived): FromInstance | Unusable {
  if (new TextEncoder().encode(body).length > LOGIN_MAX_BYTES) return { reason: "too-large" };
  const [content] = jsonIn(body);
  if (content === undefined) return { reason: "not-json" };
  if (!isJsonObject(content) || hasMoreLevels(content, MAX_LEVELS)) return { reason: "malformed" };
  const { schema } = content;
  if (schema !== undefined && schema !== LOGIN_SCHEMA) {
    return { reason: isOtherVersion(schema) ? "unknown-version" : "unknown-schema" };
  }
  const read = schema === undefined ? readIdentityDocument(content, arrived) : readMessage(content);
  return read === undefined
    ? { reason: "malformed" }
    : { from: "instance", ...read, sha256: messageSha256(content) };
}

function hasMoreLevels(value: unknown, levels: number): boolean {
  return value !== null && typeof value === "object" &&
    (levels === 0 || Object.values(value).some((member) => hasMoreLevels(member, levels - 1)));
}

function isOtherVersion(schema: unknown): boolean {
  return typeof schema === "string" && schema.replace(/\d+$/, "1") === LOGIN_SCHEMA;
}

type Read = { readonly told: Told; readonly proof: StsProof | null } | undefined;

function readMessage(content: JsonObject): Read {
  const message = login.safeParse(content).data;
  if (message === undefined) return undefined;
  const { id, event, source, at, instance, pam, ssh, detail, client, proof } = message;
  const who: Who = {
    ...NOBODY,
    user: pam?.user || null,
    from: pam?.rhost || null,
    service: pam?.service || null,
    ssh: ssh ?? null,
  };
  const told = {
    ...{ id, event, source, at, instance, who },
    detail: event === "hello" ? client : OWN_EVENT.test(event) ? detail : {},
  };
  return { told, proof: proof ?? null };
}

/** EC2 User Guide, "Instance identity documents". */
function readIdentityDocument(content: JsonObject, { id, at }: Arrived): Read {
  const { instanceId, region, accountId } = content;
  const instance = instanceName.safeParse({ id: instanceId, region, account: accountId }).data;
  if (instance === undefined) return undefined;
  const told = {
    ...{ id, event: "session_open", source: "skunky", at: at.toISOString(), instance },
    ...{ who: NOBODY, detail: {} },
  };
  return { told, proof: null };
}
