/** What a message says of people. It is kept nowhere but in the opt-out that it asks for. */
const PERSONAL = ["requestor", "respond_user", "reason"];

const LEFT_OUT = "(left out)";

const NAMED = new RegExp(
  `(["']?(?:${PERSONAL.join("|")})["']?\\s*[:=]\\s*)(?:"(?:[^"\\\\]|\\\\.)*"?|[^,}\\n]*)`,
  "gi",
);

/** A message's body as it may be kept when it is rejected. Never throws. */
export function keptBody(body: string): string {
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
  return withoutValues(body);
}

/** For what is no JSON: the text that follows such a name, up to where it may end. */
function withoutValues(body: string): string {
  return body.replace(NAMED, `$1"${LEFT_OUT}"`);
}
