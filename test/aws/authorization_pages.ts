/**
 * GetAccountAuthorizationDetails in pages (IAM API Reference: MaxItems, by default 100, over all
 * lists together; Marker). moto answers it whole, whatever is asked.
 */

import { type Answer, textOf } from "./answer.ts";
import { type AwsError } from "./protocol_error.ts";
import type { AwsRequest } from "./request.ts";
import { cutSet } from "./xml_text.ts";

const lists = ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"] as const;
const defaultPage = 100;

interface Entry {
  readonly list: typeof lists[number];
  readonly text: string;
}

interface Whole {
  readonly answer: Answer;
  readonly entries: readonly Entry[];
}

export class AuthorizationPages {
  readonly #open = new Map<string, { whole: Whole; from: number }>();

  /**
   * The page that a call asks for.
   * @param largest a smaller page than the call asks for
   * @param fetchWhole gets the whole answer
   */
  async answer(
    request: AwsRequest,
    largest: number,
    fetchWhole: () => Promise<Answer>,
  ): Promise<Answer | AwsError> {
    const { Marker, MaxItems = `${defaultPage}` } = request.parameters;
    const size = Number(MaxItems);
    if (!(size >= 1 && size <= 1000)) {
      return { code: "ValidationError", message: `MaxItems ${MaxItems} is not within 1 and 1000` };
    }
    if (Marker !== undefined) {
      const begun = this.#open.get(Marker);
      if (begun === undefined) return { code: "InvalidInput", message: `Invalid Marker ${Marker}` };
      return this.#page(begun.whole, begun.from, Math.min(size, largest));
    }
    const answer = await fetchWhole();
    if (answer.status !== 200) return answer;
    const text = textOf(answer);
    const entries = lists.flatMap((list) =>
      cutSet(text, list, "member").items.map((text) => ({ list, text }))
    );
    return this.#page({ answer, entries }, 0, Math.min(size, largest));
  }

  #page(whole: Whole, from: number, size: number): Answer {
    const page = whole.entries.slice(from, from + size);
    const next = from + size < whole.entries.length ? crypto.randomUUID() : null;
    if (next !== null) this.#open.set(next, { whole, from: from + size });
    const shown = lists.map((list) => {
      const texts = page.filter((entry) => entry.list === list).map(({ text }) => text);
      return texts.length === 0 ? `<${list}/>` : `<${list}>${texts.join("")}</${list}>`;
    });
    const body = textOf(whole.answer).replace(
      /(<GetAccountAuthorizationDetailsResult>).*(<\/GetAccountAuthorizationDetailsResult>)/s,
      (_, opening: string, closing: string) =>
        opening + shown.join("") + `<IsTruncated>${next !== null}</IsTruncated>` +
        (next === null ? "" : `<Marker>${next}</Marker>`) + closing,
    );
    return { ...whole.answer, body };
  }
}
