import type { Json } from "../../core/json.ts";
import type { Respond } from "./message.ts";

/** An answer in the shape that Repokid's subscribers read. */
export type Answer = {
  readonly message: string;
  readonly channel: string;
  readonly title: "Repokid Success" | "Repokid Failure";
};

/** SNS takes 262,144 bytes (SNS API Reference, Publish); a character may take four, escaped six. */
const LONGEST = 40_000;

/** The answer to whoever asked; null where it is not known where to. */
export function answerOf(respond: Respond | null, done: boolean, text: string): Json | undefined {
  if (respond === null) return undefined;
  const to = respond.user === null ? "" : `@${respond.user.replace(/^@/, "")} `;
  const whole = `${to}${text}`;
  const answer: Answer = {
    message: whole.length > LONGEST ? `${whole.slice(0, LONGEST).toWellFormed()}… (cut)` : whole,
    channel: respond.channel,
    title: done ? "Repokid Success" : "Repokid Failure",
  };
  return { ...answer };
}
