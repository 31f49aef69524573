import { createHash } from "node:crypto";

/**
 * The page's Content-Security-Policy: nothing from outside, and of what is inside only the one
 * style and the one script, by their hashes. Should the escaping ever fail, injected markup still
 * neither runs, nor loads, nor sends anything.
 *
 * @param style the exact text between the style tags
 * @param script the exact text between the script tags
 */
export function contentPolicy(style: string, script: string): string {
  return [
    "default-src 'none'",
    `style-src '${sha256(style)}'`,
    `script-src '${sha256(script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}

function sha256(text: string): string {
  return `sha256-${createHash("sha256").update(text, "utf8").digest("base64")}`;
}
