import { nameOf } from "../../core/errors.ts";

/** What IAM answers, or null where it says that there is no such thing. */
export async function orNull<Answer>(answer: Promise<Answer>): Promise<Answer | null> {
  try {
    return await answer;
  } catch (error) {
    if (nameOf(error) === "NoSuchEntityException") return null;
    throw error;
  }
}
