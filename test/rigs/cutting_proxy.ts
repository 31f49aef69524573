import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { Cuttable } from "../reports/elasticsearch/lives.ts";
import type { Fault } from "../reports/elasticsearch/memory_server.ts";

/** Stands before a server, and breaks connections to it as a test says. */
export class CuttingProxy implements Cuttable, AsyncDisposable {
  fault: Fault = () => undefined;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  private constructor(private readonly target: string) {
    this.#server.listen(0, "127.0.0.1");
  }

  static before(target: string): CuttingProxy {
    return new CuttingProxy(target);
  }

  get node(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose]() {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const method = request.method!;
    const fault = await this.fault({ method, path: request.url!, body: `${body}` });
    if (fault === "break") return void response.destroy();
    const { "content-type": type, accept } = request.headers;
    const answer = await fetch(`${this.target}${request.url}`, {
      method,
      headers: { ...type ? { "content-type": type } : {}, ...accept ? { accept } : {} },
      body: body.length === 0 ? null : new Uint8Array(body),
    });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (fault === "break after") return void response.destroy();
    response.writeHead(answer.status, {
      "content-type": answer.headers.get("content-type") ?? "application/json",
      "x-elastic-product": answer.headers.get("x-elastic-product") ?? "",
    }).end(method === "HEAD" ? undefined : bytes);
  }
}
