/** What a webhook was sent. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly contentType: string | null;
  readonly body: Record<string, unknown>;
}

/** A webhook on this machine that keeps what it is sent. */
export interface HookServer extends AsyncDisposable {
  /** Holds a secret in its path, as the URLs of real ones do. */
  readonly url: string;
  readonly received: Received[];
}

/** The secret in the path of every hook server's URL. */
export const SECRET = "T0SECRET/B0SECRET";

/** Starts a webhook that answers as told; 200 where nothing is said. */
export function startHook(
  answer: () => Response | Promise<Response> = () => new Response("ok"),
): HookServer {
  const received: Received[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      received.push({
        method: request.method,
        path: pathname,
        contentType: request.headers.get("content-type"),
        body: await request.json().catch(() => ({})),
      });
      return await answer();
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/services/${SECRET}`,
    received,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
