import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** As much of Elasticsearch as the sink uses, in memory: the rig holds that the real one is the same. */

type Source = Readonly<Record<string, unknown>>;

type Stored = { readonly source: Source; readonly version: number; readonly seqNo: number };

type Index = {
  readonly aliases: Record<string, object>;
  readonly mappings: Record<string, unknown>;
  readonly documents: Map<string, Stored>;
};

type Template = {
  readonly index_patterns: readonly string[];
  readonly template: {
    readonly aliases: Record<string, object>;
    readonly mappings: Record<string, unknown>;
  };
};

/** What a test makes of a request: an answer of its own, a broken connection, or nothing special. */
export type Fault = (
  request: { readonly method: string; readonly path: string; readonly body: string },
) => Response | "break" | "break after" | undefined | Promise<Response | undefined>;

export class MemoryElasticsearch implements AsyncDisposable {
  readonly indices = new Map<string, Index>();
  readonly templates = new Map<string, Template>();
  readonly policies = new Map<string, unknown>();
  /** What was asked, such as `POST /_bulk`. */
  readonly asked: string[] = [];
  fault: Fault = () => undefined;
  hasLifecycles = true;
  #seqNo = 0;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  static async start(): Promise<MemoryElasticsearch> {
    const started = new MemoryElasticsearch();
    await new Promise<void>((ready) => started.#server.listen(0, "127.0.0.1", ready));
    return started;
  }

  get node(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose]() {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  /** All documents, by index and ID. */
  documents(): Record<string, Source> {
    return Object.fromEntries(
      [...this.indices].flatMap(([index, { documents }]) =>
        [...documents].map(([id, { source }]) => [`${index}/${id}`, source])
      ),
    );
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname: path } = new URL(request.url!, this.node);
    const method = request.method!;
    const body = await text(request);
    this.asked.push(`${method} ${path}`);
    const fault = await this.fault({ method, path, body });
    if (fault === "break") return cut(response);
    const own = fault instanceof Response ? fault : undefined;
    const [status, answer] = own
      ? [own.status, await own.text()]
      : this.#answer(method, path.slice(1).split("/"), body);
    if (fault === "break after") return cut(response);
    const headers = Object.fromEntries((own ?? elastic(null)).headers);
    response.writeHead(status, headers).end(own ? answer : JSON.stringify(answer));
  }

  #answer(method: string, [first = "", ...rest]: string[], body: string): [number, unknown] {
    const json = () => JSON.parse(body);
    const lastPart = rest.at(-1) ?? "";
    if (first === "_index_template") {
      if (method === "PUT") this.templates.set(lastPart, json());
      const found = this.templates.get(lastPart);
      if (!found) return problem(404, "resource_not_found_exception", "no such template");
      const index_templates = [{ name: lastPart, index_template: found }];
      return [200, method === "PUT" ? { acknowledged: true } : { index_templates }];
    }
    if (first === "_ilm") {
      if (!this.hasLifecycles) {
        return [400, { error: `no handler found for uri [/_ilm] and method [${method}]` }];
      }
      if (method === "PUT") this.policies.set(lastPart, json().policy);
      return this.policies.has(lastPart)
        ? [200, {}]
        : problem(404, "resource_not_found_exception", "no such policy");
    }
    if (first === "_mget") return [200, { docs: json().docs.map((one: Wanted) => this.#get(one)) }];
    if (first === "_bulk") return [200, { items: this.#bulk(body) }];
    if (first === "_pit") return [200, { succeeded: true }];
    if (first === "_search") return [200, { hits: { hits: this.#search(json()) } }];
    const names = decodeURIComponent(first).split(",");
    if (rest[0] === "_refresh") return [200, {}];
    if (rest[0] === "_pit") return [200, { id: names.join() }];
    if (rest[0] === "_mapping") {
      Object.assign(this.indices.get(first)!.mappings, json());
      return [200, { acknowledged: true }];
    }
    if (rest[0] === "_alias") {
      this.indices.get(first)!.aliases[lastPart] = {};
      return [200, { acknowledged: true }];
    }
    if (method === "GET") return [200, Object.fromEntries(this.#matching(names))];
    if (this.indices.has(first)) {
      return problem(400, "resource_already_exists_exception", `index [${first}] already exists`);
    }
    this.#indexOf(first);
    return [200, { acknowledged: true }];
  }

  #matching(names: readonly string[]): [string, Index][] {
    return [...this.indices].filter(([index, { aliases }]) =>
      names.some((name) =>
        name === index || name in aliases ||
        (name.endsWith("*") && index.startsWith(name.slice(0, -1)))
      )
    );
  }

  /** As Elasticsearch does: by the template, or without. */
  #indexOf(name: string): Index {
    return this.indices.getOrInsertComputed(name, () => {
      const found = [...this.templates.values()].find(({ index_patterns }) =>
        index_patterns.some((pattern) => name.startsWith(pattern.slice(0, -1)))
      );
      const { aliases = {}, mappings = {} } = found?.template ?? {};
      return { aliases: { ...aliases }, mappings: { ...mappings }, documents: new Map() };
    });
  }

  #get({ _id, _index }: Wanted): unknown {
    const found = this.indices.get(_index)?.documents.get(_id);
    return found
      ? { _id, _index, found: true, _seq_no: found.seqNo, _primary_term: 1, _source: found.source }
      : { _id, _index, found: false };
  }

  #bulk(body: string): unknown[] {
    const lines = body.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
    const items: unknown[] = [];
    while (lines.length > 0) {
      const [[verb, meta]] = Object.entries(lines.shift()) as [[string, Meta]];
      const source = verb === "delete" ? null : lines.shift();
      items.push({ [verb]: this.#write(verb, meta, source) });
    }
    return items;
  }

  #write(verb: string, meta: Meta, source: Source | null): unknown {
    const { documents } = this.#indexOf(meta._index);
    const found = documents.get(meta._id);
    const isConflict = (verb === "create" && found) ||
      (meta.if_seq_no !== undefined && meta.if_seq_no !== found?.seqNo) ||
      (meta.version_type === "external_gte" && found && found.version > meta.version!);
    if (isConflict) {
      const error = { type: "version_conflict_engine_exception", reason: "conflict" };
      return { status: 409, error };
    }
    if (source === null) return { status: documents.delete(meta._id) ? 200 : 404 };
    const version = meta.version ?? (found?.version ?? 0) + 1;
    documents.set(meta._id, { source, version, seqNo: this.#seqNo++ });
    return { status: found ? 200 : 201 };
  }

  #search(
    { pit, query, size, search_after }: {
      readonly pit: { readonly id: string };
      readonly query: Query;
      readonly size: number;
      readonly search_after?: readonly [number];
    },
  ): unknown[] {
    const all = pit.id.split(",").flatMap((name) =>
      [...this.indices.get(name)?.documents ?? []].map(([id, document]) => ({ name, id, document }))
    );
    return all.map((one, at) => ({ ...one, at }))
      .filter(({ at, document }) => at > (search_after?.[0] ?? -1) && holds(query, document.source))
      .slice(0, size).map(({ name, id, document, at }) => (
        { _id: id, _index: name, _seq_no: document.seqNo, _primary_term: 1, sort: [at] }
      ));
  }
}

type Wanted = { readonly _id: string; readonly _index: string };

type Meta = Wanted & {
  readonly if_seq_no?: number;
  readonly version?: number;
  readonly version_type?: string;
};

type Query =
  | { readonly bool: { readonly filter?: readonly Query[]; readonly must_not?: readonly Query[] } }
  | { readonly term: Readonly<Record<string, unknown>> }
  | { readonly terms: Readonly<Record<string, readonly unknown[]>> }
  | { readonly range: Readonly<Record<string, { readonly lt: number }>> };

function holds(query: Query, source: Source): boolean {
  if ("bool" in query) {
    const { filter = [], must_not = [] } = query.bool;
    return filter.every((one) => holds(one, source)) &&
      !must_not.some((one) => holds(one, source));
  }
  const [[kind, fields]] = Object.entries(query) as [[string, object]];
  const [[path, wanted]] = Object.entries(fields) as [[string, unknown]];
  const value = path.split(".").reduce<unknown>((at, name) => (at as Source)?.[name], source);
  if (kind === "term") return value === wanted;
  if (kind === "terms") return (wanted as unknown[]).includes(value);
  return Number(value) < (wanted as { lt: number }).lt;
}

/** An answer as Elasticsearch gives it. */
export function elastic(answer: unknown, status = 200): Response {
  return new Response(JSON.stringify(answer), {
    status,
    headers: {
      "x-elastic-product": "Elasticsearch",
      "content-type": "application/vnd.elasticsearch+json;compatible-with=8",
    },
  });
}

function problem(status: number, type: string, reason: string): [number, unknown] {
  return [status, { error: { type, reason }, status }];
}

/** The connection ends in the middle of an answer. */
function cut(response: ServerResponse): void {
  response.writeHead(200, {
    ...Object.fromEntries(elastic(null).headers),
    "content-length": 1_000,
  });
  response.write('{"items":[', () => response.destroy());
}
