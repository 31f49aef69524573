import { IncompleteAnswerError } from "../../core/aws/paginate.ts";

/**
 * The text of a policy document. IAM answers it percent-encoded (IAM API Reference, "policy
 * documents … are URL-encoded compliant with RFC 3986"). A text with a bare brace is not encoded,
 * since every document has one, and must not be decoded a second time.
 *
 * @param whose for messages
 * @throws IncompleteAnswerError if the encoding is broken: then the text is not known
 */
export function policyText(answered: string, whose: string): string {
  if (answered.includes("{")) return answered;
  try {
    return decodeURIComponent(answered);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw new IncompleteAnswerError(`IAM answered with a document of ${whose} that is cut short`, {
      cause: error,
    });
  }
}
