import * as z from "zod";

/**
 * What in a text somebody may have meant for a wildcard or a regular expression; undefined where it
 * can only mean itself. A question mark in a sentence or an address is none.
 */
export function wildcardIn(text: string): string | undefined {
  if (text.includes("*")) return '"*"';
  if (/^[^\s/]*\?[^\s/]*$/.test(text)) return '"?"';
  return /^\^.*\$$/s.test(text) ? '"^…$"' : undefined;
}

/**
 * A text that is compared as it stands.
 *
 * @param instead what to write where a wildcard was meant
 */
export function literal(schema: z.ZodString, instead: string) {
  return schema.superRefine((text, context) => {
    const wildcard = wildcardIn(text);
    if (wildcard) context.addIssue({ code: "custom", message: noWildcard(wildcard, instead) });
  });
}

/** Values that each stand for themselves. If one was meant as a pattern, the problem says which. */
export function literals(schema: z.ZodString) {
  return z.array(schema).min(1).superRefine((values, context) => {
    values.forEach((value, index) => {
      const wildcard = wildcardIn(value);
      if (!wildcard) return;
      const pattern = JSON.stringify(`^(${values.map(asPattern).join("|")})$`);
      const message = noWildcard(wildcard, `write {"pattern": ${pattern}} in the place of oneOf`);
      context.addIssue({ code: "custom", path: [index], message });
    });
  });
}

function noWildcard(wildcard: string, instead: string): string {
  return `must be a text that stands for itself, since ${wildcard} has no other meaning here: ` +
    instead;
}

/** A text with wildcards as a regular expression; of one between `^` and `$` what is between. */
function asPattern(text: string): string {
  if (wildcardIn(text) === '"^…$"') return text.slice(1, -1);
  return text.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
}

/** A path: no shell expands it here. */
export const filePath = literal(z.string().min(1), "name one file or folder");
