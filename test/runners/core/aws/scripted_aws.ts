import { withEnvironment } from "./environment.ts";

/** A call that reached the scripted AWS. */
export interface Asked {
  /** Such as `AssumeRole`. */
  readonly action: string;
  /** What was asked, by name; for JSON services, their members. */
  readonly input: { readonly [name: string]: unknown };
  /** The access key that signed the call. */
  readonly key: string;
  /** The Region that it is signed for. */
  readonly region: string;
}

/** An answer: what stands in the body, as XML within the result element or as JSON. */
export type Answer = string | object | Refused;

type Refused = { readonly status: number; readonly code: string; readonly message?: string };

/**
 * Does `work` while a server on the loopback interface answers all of the SDK's calls as the script
 * says: by action, a list of answers whose last one is given again.
 */
export async function withAws(
  script: (asked: Asked) => Answer,
  work: (asked: readonly Asked[]) => Promise<void>,
  date: () => Date = () => new Date(),
): Promise<void> {
  const log: Asked[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const asked = await read(request);
      log.push(asked);
      const response = respond(asked.action, script(asked), request.headers.has("x-amz-target"));
      response.headers.set("date", date().toUTCString());
      response.headers.set("connection", "close");
      return response;
    },
  );
  const endpoint = `http://127.0.0.1:${server.addr.port}`;
  try {
    await withEnvironment({ AWS_ENDPOINT_URL: endpoint }, () => work(log));
  } finally {
    await server.shutdown();
  }
}

async function read(request: Request): Promise<Asked> {
  const text = await request.text();
  const target = request.headers.get("x-amz-target");
  const form = Object.fromEntries(new URLSearchParams(text));
  const [, key = "", region = ""] =
    /Credential=([^/]+)\/\d+\/([^/]+)/.exec(request.headers.get("authorization") ?? "") ?? [];
  return target === null
    ? { action: String(form["Action"]), input: form, key, region }
    : { action: target.slice(target.indexOf(".") + 1), input: JSON.parse(text), key, region };
}

function respond(action: string, answer: Answer, json: boolean): Response {
  if (typeof answer === "object" && "status" in answer && "code" in answer) {
    const { status, code, message = "no" } = answer as Refused;
    if (json) return Response.json({ __type: code, message }, { status });
    const error = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
    const body = action.startsWith("Describe")
      ? `<Response><Errors>${error}</Errors></Response>`
      : `<ErrorResponse>${error}</ErrorResponse>`;
    return new Response(body, { status, headers: { "content-type": "text/xml" } });
  }
  if (typeof answer === "object") return Response.json(answer);
  // STS wraps its result, EC2 does not.
  const body = action.startsWith("Describe")
    ? `<${action}Response>${answer}</${action}Response>`
    : `<${action}Response><${action}Result>${answer}</${action}Result></${action}Response>`;
  return new Response(body, { headers: { "content-type": "text/xml" } });
}
