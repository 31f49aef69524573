/** An answer, whatever its status, and the server's clock in milliseconds since 1970 (or NaN). */
export type Answer = { readonly status: number; readonly text: string; readonly dateMs: number };

export type Asking = {
  readonly method?: "GET" | "PUT" | "POST";
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string;
  /** How long it may take, the connection included; 2,000 ms unless said. */
  readonly answerMs?: number;
};

/**
 * Asks a server once, and follows no redirect. `fetch` would believe HTTP_PROXY and ALL_PROXY,
 * which Deno reads without a permission; a proxy must see neither credentials nor proofs.
 * @throws Error where no complete answer comes in time
 */
export async function ask(url: URL, asking: Asking = {}): Promise<Answer> {
  const { method = "GET", headers = {}, body, answerMs = 2_000 } = asking;
  const http = await (url.protocol === "https:" ? import("node:https") : import("node:http"));
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  // Newer than the types: without it, NODE_USE_ENV_PROXY turns proxies on.
  const noProxy: object = { proxyEnv: {} };
  const sent = http.request(url, { method, headers, agent: new http.Agent(noProxy) });
  const giveUp = (what: string) => sent.destroy(new Error(what));
  const connecting = setTimeout(giveUp, 1_000, "no connection within 1,000 ms");
  const answering = setTimeout(giveUp, answerMs, `no answer within ${answerMs} ms`);
  sent.on("socket", (socket) => socket.once("connect", () => clearTimeout(connecting)));
  sent.on("error", reject).on("response", (response) => {
    const { statusCode: status = 0, headers: { date = "" } } = response;
    let text = "";
    response.setEncoding("utf8").on("error", reject).on("data", (part: string) => {
      text += part;
      if (text.length > 65_536) giveUp("the answer is too long");
    }).on("end", () => resolve({ status, text, dateMs: Date.parse(date) }));
  }).end(body);
  return await promise.catch((error: Error) => {
    throw new Error(`Cannot ask ${url.origin}: ${error.message}`, { cause: error });
  }).finally(() => [connecting, answering].forEach(clearTimeout));
}
