import * as z from "zod";
import { loadCatalogue } from "../../../../runners/repo/catalogue/catalogue.ts";
import { makeUniverse } from "../../../../runners/repo/catalogue/universe.ts";
import { MalformedPolicyError } from "../../../../runners/repo/policy/document.ts";
import { rewritePolicies } from "./rewrite_policies.ts";

/** A policy: the lines of its text, or plain JSON, which is written with an indent of two. */
const policy = z.union([z.array(z.string()), z.record(z.string(), z.unknown())]);

/** The files of test/cases/repo/rewrite. */
export const rewriteCase = z.strictObject({
  /** What the case shows, for people. */
  about: z.string(),
  policies: z.record(z.string(), policy),
  /** Patterns of the actions to remove. */
  remove: z.array(z.string()),
  /** Instead: remove everything but these. */
  keepOnly: z.array(z.string()).optional(),
  /** Names that the catalogue does not know, to be removed too. */
  removeNames: z.array(z.string()).default([]),
  /** Whether a person named what is to be removed. */
  byName: z.boolean().default(false),
  wildcard: z.enum(["list", "exclude"]).default("list"),
  /** The services in the evidence. */
  evidence: z.array(z.string()).default([]),
  quota: z.int().optional(),
  expect: z.strictObject({
    /** "same": every letter is as before. null: the policy goes. */
    policies: z.record(z.string(), z.union([z.literal("same"), z.null(), policy])).optional(),
    notes: z.array(z.string()).optional(),
    refused: z.string().optional(),
    malformed: z.string().optional(),
  }),
});

export type RewriteCaseFile = z.infer<typeof rewriteCase>;
type Policy = z.infer<typeof policy>;

const UNIVERSE = makeUniverse(loadCatalogue(), []);

/** The text of a policy of a case. */
export function textOf(written: Policy): string {
  return Array.isArray(written) ? written.join("\n") : JSON.stringify(written, null, 2);
}

/** The result of a case, as its file would have it. */
export function outcomeOf(
  { policies, remove, keepOnly, removeNames, byName, wildcard, evidence, quota }: Omit<
    RewriteCaseFile,
    "expect"
  >,
): RewriteCaseFile["expect"] {
  const texts = Object.fromEntries(
    Object.entries(policies).map(([name, written]) => [name, textOf(written)]),
  );
  const removed = keepOnly
    ? UNIVERSE.all().minus(UNIVERSE.union(keepOnly))
    : UNIVERSE.union(remove);
  try {
    const result = rewritePolicies({
      policies: texts,
      universe: UNIVERSE,
      removed,
      removedLiterals: removeNames,
      meant: remove,
      byName,
      wildcard,
      evidenceServices: new Set(evidence),
      ...quota === undefined ? {} : { quota },
    });
    if (result.status === "refused") return { refused: `${result.reason}: ${result.detail}` };
    const after = Object.entries(result.policies).map(([name, text]) => [
      name,
      text === texts[name] ? "same" : text === null ? null : likewise(policies[name]!, text),
    ]);
    const notes = result.notes.length > 0 ? { notes: [...result.notes] } : {};
    return { policies: Object.fromEntries(after), ...notes };
  } catch (error) {
    if (error instanceof MalformedPolicyError) return { malformed: error.message };
    throw error;
  }
}

/**
 * The policy in the form of the case: as JSON, or as lines if it is not written in the same way.
 */
function likewise(before: Policy, text: string): Policy {
  const value = JSON.parse(text);
  const isPlain = !Array.isArray(before) && JSON.stringify(value, null, 2) === text;
  return isPlain ? value : text.split("\n");
}
