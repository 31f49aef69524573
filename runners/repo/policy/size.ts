/**
 * IAM's limit for all inline policies of a role together, in characters (IAM User Guide, "IAM and
 * AWS STS quotas").
 */
export const INLINE_QUOTA = 10_240;

/** The size of policies as IAM counts it: characters without white space. */
export function policySize(texts: Iterable<string>): number {
  let size = 0;
  for (const text of texts) size += text.replace(/\s+/g, "").length;
  return size;
}
