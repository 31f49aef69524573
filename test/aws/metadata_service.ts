/**
 * An instance metadata service as an instance sees it, IMDSv2 only, on a free port of 127.0.0.1.
 * Paths, statuses and forms are those of the EC2 User Guide: "Use the Instance Metadata Service to
 * access instance metadata", "Retrieve security credentials from instance metadata", "Instance
 * identity roles".
 */

/** Temporary credentials, as the roles of instances have them. */
export type MetadataCredentials = {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly Token: string;
  /** RFC 3339. Default: in six hours. */
  readonly Expiration?: string;
};

/** What the service tells of its instance. A test may replace it while the service runs. */
export type MetadataFacts = {
  readonly instanceId: string;
  readonly region: string;
  readonly accountId: string;
  /** The role of the instance profile. Absent: the instance has no profile. */
  readonly profile?: { readonly roleName: string; readonly credentials: MetadataCredentials };
  /** The credentials of the instance identity role. Absent: not offered, as on old platforms. */
  readonly identity?: MetadataCredentials;
  /** More of the identity document, such as `imageId`. */
  readonly document?: { readonly [name: string]: unknown };
  /** Other paths below `/latest/`, with the text that they answer. */
  readonly paths?: { readonly [path: string]: string };
};

/** How the service treats a request. */
export type MetadataBehaviour =
  | "answers"
  /** It accepts the connection and never answers. */
  | "hangs"
  /** It drops the answer to PUT, as the hop limit does behind one hop more; the rest it answers. */
  | "drops-tokens"
  /** 403 to each request, as when `HttpEndpoint` is `disabled`. */
  | "off"
  | { readonly delayMs: number }
  /** An answer of one's own to the requests for a path; the others are answered. */
  | { readonly path: string; readonly status?: number; readonly body: string };

/** A request that the service got. */
export type MetadataRequest = {
  readonly method: string;
  readonly path: string;
  readonly status: number;
};

const TTL_HEADER = "x-aws-ec2-metadata-token-ttl-seconds";
const TOKEN_HEADER = "x-aws-ec2-metadata-token";
const LONGEST_TTL_SECONDS = 21_600;
const SIX_HOURS_MS = 6 * 3_600_000;

export class MetadataService implements AsyncDisposable {
  /** Replaces what is told, e.g. when credentials are rotated. */
  facts: MetadataFacts;
  behaviour: MetadataBehaviour = "answers";
  /** All requests that were answered, in order. */
  readonly requests: MetadataRequest[] = [];
  /** When each token ends, in milliseconds since 1970. */
  readonly #tokens = new Map<string, number>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #ended = Promise.withResolvers<void>();

  /** @param address of a network namespace where it is not 127.0.0.1 with a free port */
  constructor(
    facts: MetadataFacts,
    { hostname = "127.0.0.1", port = 0 }: { readonly hostname?: string; readonly port?: number } =
      {},
  ) {
    this.facts = facts;
    this.#server = Deno.serve(
      { hostname, port, onListen: () => {} },
      (request) => this.#handle(request),
    );
  }

  /** E.g. `http://127.0.0.1:40000`. */
  get endpoint(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Makes all tokens end now. */
  expireTokens(): void {
    this.#tokens.clear();
  }

  /** Ends the service; its port refuses connections from then on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.resolve();
    await this.#server.shutdown();
  }

  async #handle(request: Request): Promise<Response> {
    const path = new URL(request.url).pathname;
    const { behaviour } = this;
    const dropped = behaviour === "hangs" ||
      (behaviour === "drops-tokens" && request.method === "PUT");
    if (dropped) await this.#ended.promise;
    if (typeof behaviour === "object" && "delayMs" in behaviour) {
      await this.#wait(behaviour.delayMs);
    }
    const response = this.#answer(request, path);
    this.requests.push({ method: request.method, path, status: response.status });
    return response;
  }

  async #wait(delayMs: number): Promise<void> {
    const waited = Promise.withResolvers<void>();
    const timer = setTimeout(waited.resolve, delayMs);
    await Promise.race([waited.promise, this.#ended.promise]);
    clearTimeout(timer);
  }

  #answer(request: Request, path: string): Response {
    const { behaviour } = this;
    if (behaviour === "off" || request.headers.has("x-forwarded-for")) return status(403);
    if (typeof behaviour === "object" && "path" in behaviour && behaviour.path === path) {
      return new Response(behaviour.body, { status: behaviour.status ?? 200 });
    }
    if (path === "/latest/api/token") return this.#token(request);
    if (request.method !== "GET") return status(405);
    const ends = this.#tokens.get(request.headers.get(TOKEN_HEADER) ?? "");
    if (ends === undefined || ends <= Date.now()) return status(401);
    const text = this.#text(path);
    return text === undefined
      ? status(404)
      : new Response(text, { headers: { "content-type": "text/plain" } });
  }

  #token(request: Request): Response {
    if (request.method !== "PUT") return status(405);
    const ttlSeconds = Number(request.headers.get(TTL_HEADER) ?? "none");
    if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > LONGEST_TTL_SECONDS) {
      return status(400);
    }
    const token = crypto.randomUUID();
    this.#tokens.set(token, Date.now() + ttlSeconds * 1000);
    return new Response(token, { headers: { [TTL_HEADER]: String(ttlSeconds) } });
  }

  #text(path: string): string | undefined {
    const { instanceId, region, accountId, profile, identity, document, paths } = this.facts;
    const profiles = "/latest/meta-data/iam/security-credentials/";
    const texts: Record<string, string | undefined> = {
      "/latest/dynamic/instance-identity/document": JSON.stringify(
        { version: "2017-09-30", accountId, region, instanceId, ...document },
        null,
        2,
      ),
      "/latest/meta-data/instance-id": instanceId,
      "/latest/meta-data/placement/region": region,
      "/latest/meta-data/identity-credentials/ec2/info": identity &&
        JSON.stringify({ Code: "Success", LastUpdated: now(), AccountId: accountId }),
      "/latest/meta-data/identity-credentials/ec2/security-credentials/ec2-instance": identity &&
        credentialsText(identity),
      [profiles]: profile?.roleName,
      [profiles.slice(0, -1)]: profile?.roleName,
      ...profile ? { [profiles + profile.roleName]: credentialsText(profile.credentials) } : {},
      ...paths,
    };
    return texts[path];
  }
}

function status(code: number): Response {
  return new Response("", { status: code });
}

/** The service writes its times without fractions of a second. */
function now(afterMs = 0): string {
  return new Date(Date.now() + afterMs).toISOString().replace(/\.\d+/, "");
}

function credentialsText(credentials: MetadataCredentials): string {
  return JSON.stringify(
    {
      Code: "Success",
      LastUpdated: now(),
      Type: "AWS-HMAC",
      Expiration: now(SIX_HOURS_MS),
      ...credentials,
    },
    null,
    2,
  );
}
