import type { AskSts, StsAnswer, StsRequest } from "../../core/attest/sts_answer.ts";
import type { CallPolicy } from "../../core/aws/call_policy.ts";
import { configuredEndpoint } from "../endpoint.ts";
import { connectionFault } from "../connection_fault.ts";

/** An answer of GetCallerIdentity has less than 1,000 characters. */
const MAX_CHARACTERS = 65_536;

/**
 * STS, where the environment says that it is.
 *
 * If the environment puts another endpoint in its place, the request still names the host that was
 * signed: no other would fit the signature.
 *
 * No message repeats the URL, which holds a session token.
 */
export function stsOf(
  env: (name: string) => string | undefined,
  { answerMs }: Pick<CallPolicy, "answerMs">,
): AskSts {
  return async (request, signal) => {
    const inTime = AbortSignal.timeout(answerMs);
    try {
      const endpoint = configuredEndpoint(env, "STS");
      return await send(request, endpoint, AbortSignal.any([signal, inTime]));
    } catch (error) {
      signal.throwIfAborted();
      const fault = inTime.aborted
        ? `it did not answer within ${answerMs} ms`
        : error instanceof OversizedAnswerError
        ? error.message
        : connectionFault(error);
      // Without the cause: Deno's error has the URL.
      throw new Error(`Cannot check a proof: STS was asked, and ${fault}`);
    }
  };
}

class OversizedAnswerError extends Error {}

async function send(
  { url, headers }: StsRequest,
  endpoint: URL | null,
  signal: AbortSignal,
): Promise<StsAnswer> {
  const sending: RequestInit = { headers, redirect: "manual", signal };
  if (endpoint === null) return await read(await fetch(url, sending));
  const { host, search } = new URL(url);
  const target = new URL(endpoint);
  target.search = search;
  // Deno sends another Host than that of the URL only by a client of its own.
  using client = Deno.createHttpClient({ allowHost: true });
  return await read(await fetch(target, { ...sending, headers: { ...headers, host }, client }));
}

async function read({ status, body }: Response): Promise<StsAnswer> {
  let text = "";
  for await (const part of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part;
    if (text.length > MAX_CHARACTERS) {
      throw new OversizedAnswerError(`it answered more than ${MAX_CHARACTERS} characters`);
    }
  }
  return { status, body: text };
}
