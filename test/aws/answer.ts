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

/** An answer of IAM's, with its result and metadata around it (IAM API Reference). */
export function iamAnswer(operation: string, result: string, requestId: string): Answer {
  return xmlAnswer(
    `<${operation}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/">` +
      `<${operation}Result>${result}</${operation}Result>` +
      `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>` +
      `</${operation}Response>`,
  );
}

/** An answer of AWS's JSON protocols, made here. */
export function jsonAnswer(body: unknown): Answer {
  return {
    status: 200,
    headers: { "content-type": "application/x-amz-json-1.1" },
    body: JSON.stringify(body),
  };
}
