import type { RewriteRequest } from "../../../../runners/repo/policy/removal.ts";
import { parsePolicy } from "../../../../runners/repo/policy/document.ts";
import { rewriteDocuments, type Rewriting } from "../../../../runners/repo/policy/rewrite.ts";

/**
 * Takes actions out of policies that are given as texts, by name.
 *
 * @throws MalformedPolicyError
 */
export function rewritePolicies(
  request: RewriteRequest & { readonly policies: { readonly [name: string]: string } },
): Rewriting {
  const documents = Object.entries(request.policies).map(([name, text]) => parsePolicy(text, name));
  return rewriteDocuments(documents, request);
}
