/** An HTTP answer on its way back to the client. */

export interface Answer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer> | string;
}

/** The body as text. */
export function textOf(answer: Answer): string {
  return typeof answer.body === "string" ? answer.body : new TextDecoder().decode(answer.body);
}

/** An answer of AWS's XML protocols, made here. */
export function xmlAnswer(body: string): Answer {
  return { status: 200, headers: { "content-type": "text/xml;charset=UTF-8" }, body };
}

/** An answer of AWS's JSON protocols, made here. */
export function jsonAnswer(body: unknown): Answer {
  return {
    status: 200,
    headers: { "content-type": "application/x-amz-json-1.1" },
    body: JSON.stringify(body),
  };
}
