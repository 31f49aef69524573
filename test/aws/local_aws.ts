/** The local AWS: servers that nobody here wrote, and a proxy in front. */

import { install, type InstallOptions, type ServerName } from "./install.ts";
import { Memory } from "./memory.ts";
import { Proxy, type ProxyOptions } from "./proxy.ts";
import { startServer } from "./servers.ts";
import type { Upstream } from "./upstream.ts";

export interface LocalAwsOptions extends ProxyOptions, Pick<InstallOptions, "onProgress"> {
  readonly services?: {
    /** `true` for SQS, DynamoDB and SNS; `"auth"`: MiniStack alone, which enforces IAM. */
    readonly ministack?: boolean | "auth";
  };
  /** The account of `environment`'s credentials. Default: 123456789012. */
  readonly account?: string;
  readonly verbose?: boolean;
}

export interface LocalAws extends AsyncDisposable {
  readonly proxy: Proxy;
  /** What clients take as `endpoint` or `AWS_ENDPOINT_URL`. */
  readonly endpoint: string;
  /** The environment of a client program: the root user of `account`. */
  readonly environment: Readonly<Record<string, string>>;
  /** The servers behind, for proxies in other processes; see `upstreamVariable`. */
  readonly upstream: Upstream;
}

/** The environment variable that hands running servers to other processes, as JSON. */
export const upstreamVariable = "GROUNDSKEEPER_LOCAL_AWS";

/**
 * Installs the servers if needed, starts them and a proxy. Disposing of it ends all of them.
 * @throws Error if the installation or a start fails
 */
export async function startLocalAws(options: LocalAwsOptions = {}): Promise<LocalAws> {
  await using stack = new AsyncDisposableStack();
  const { ministack = false } = options.services ?? {};
  const start = async (name: ServerName) =>
    stack.use(await startOne(name, ministack === "auth", options)).address;
  const upstream: Upstream = {
    moto: ministack === "auth" ? null : await start("moto"),
    ministack: ministack === false ? null : await start("ministack"),
    enforcesIam: ministack === "auth",
  };
  const proxy = stack.use(await Proxy.start(upstream, options));
  const owned = stack.move();
  return localAws(proxy, upstream, options, () => owned.disposeAsync());
}

/** The servers of this process, started when first asked for; they end with it. */
const shared: { moto?: Promise<string>; ministack?: Promise<string> } = {};
const sharedMemory = new Memory();

/**
 * A new proxy before running servers: those named in `GROUNDSKEEPER_LOCAL_AWS`, else this
 * process's own, started when first asked for. Disposing of it ends the proxy only.
 *
 * A test file that calls it in its tests imports `start_shared.ts` too.
 *
 * @throws Error if the installation or a start fails; TypeError for `ministack: "auth"`, whose
 * accounts cannot be shared
 */
export async function connectLocalAws(options: LocalAwsOptions = {}): Promise<LocalAws> {
  const { ministack = false } = options.services ?? {};
  if (ministack === "auth") {
    throw new TypeError(`Cannot share a MiniStack that enforces IAM. Use startLocalAws`);
  }
  const named = JSON.parse(Deno.env.get(upstreamVariable) ?? "null") as Upstream | null;
  const address = async (name: ServerName) => {
    const running = named?.[name];
    if (running) return running;
    return await (shared[name] ??= startOne(name, false, options).then(({ address }) => address));
  };
  const upstream: Upstream = {
    moto: await address("moto"),
    ministack: ministack ? await address("ministack") : named?.ministack ?? null,
    enforcesIam: false,
  };
  const proxy = await Proxy.start(upstream, { memory: sharedMemory, ...options });
  return localAws(proxy, upstream, options, () => proxy[Symbol.asyncDispose]());
}

async function startOne(name: ServerName, enforceIam: boolean, options: LocalAwsOptions) {
  const { onProgress, verbose = false } = options;
  const installed = await install({ servers: [name], ...(onProgress ? { onProgress } : {}) });
  const python = installed[name];
  if (python === undefined) throw new Error(`Cannot start ${name}: it was not installed`);
  return await startServer(name, { python, enforceIam, verbose });
}

function localAws(
  proxy: Proxy,
  upstream: Upstream,
  options: LocalAwsOptions,
  dispose: () => Promise<void>,
): LocalAws {
  return {
    proxy,
    endpoint: proxy.endpoint,
    environment: {
      AWS_ENDPOINT_URL: proxy.endpoint,
      AWS_ACCESS_KEY_ID: options.account ?? "123456789012",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_REGION: "us-east-1",
      // The AWS CLI reads this one.
      AWS_DEFAULT_REGION: "us-east-1",
    },
    upstream,
    [Symbol.asyncDispose]: dispose,
  };
}
