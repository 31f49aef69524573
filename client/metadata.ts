import { isJsonObject, jsonIn, type JsonObject } from "../runners/core/contract/json.ts";
import type { InstanceName } from "../runners/core/contract/login.ts";
import { type Answer, ask } from "./ask.ts";

export type Credentials = {
  readonly [part in "accessKeyId" | "secretAccessKey" | "sessionToken"]: string;
};

export const ADDRESS = "http://169.254.169.254";
/** Of instances that have only IPv6. */
const ADDRESS_V6 = "http://[fd00:ec2::254]";

export const DOCUMENT = "/latest/dynamic/instance-identity/document";
const PROFILE = "/latest/meta-data/iam/security-credentials/";
const IDENTITY = "/latest/meta-data/identity-credentials/ec2/security-credentials/ec2-instance";

/** The instance metadata service, by IMDSv2 alone (EC2 User Guide, "Use the IMDS"). */
export class Metadata {
  private constructor(readonly origin: string, readonly token: Answer) {}

  /** Gets a token, at AWS's addresses or the one given. @throws Error why the first has none */
  static async open(endpoint?: string): Promise<Metadata> {
    const headers = { "x-aws-ec2-metadata-token-ttl-seconds": "60" };
    const origin = endpoint ?? ADDRESS;
    try {
      const token = await ask(new URL("/latest/api/token", origin), { method: "PUT", headers });
      if (token.status === 200) return new Metadata(origin, token);
      const turnOn = "aws ec2 modify-instance-metadata-options --http-endpoint enabled";
      throw new Error(`${origin} gives no token: status ${token.status}. Turn it on: ${turnOn}`);
    } catch (error) {
      if (endpoint !== undefined) throw error;
      return await Metadata.open(ADDRESS_V6).catch(() => Promise.reject(error));
    }
  }

  /** Who this is, and when it was launched: 0 if the service does not say. @throws Error */
  async instance(): Promise<{ readonly name: InstanceName; readonly launchedMs: number }> {
    const document = await this.#object(DOCUMENT) ?? {};
    const { instanceId: id, region, accountId: account, pendingTime } = document;
    const name = `${id} ${region} ${account}`;
    const isName = /^i-[0-9a-f]{8,17} [a-z]{2,4}(-[a-z]+)+-\d \d{12}$/.test(name);
    if (!isName) throw new Error(`The metadata service does not name the instance: "${name}"`);
    const launchedMs = Date.parse(String(pendingTime)) || 0;
    return { name: { id, region, account } as InstanceName, launchedMs };
  }

  /** The credentials of the instance profile's role, which may send. @throws Error */
  async profileCredentials(): Promise<Credentials> {
    const role = await this.#text(PROFILE);
    const credentials = role && await this.#credentials(PROFILE + encodeURIComponent(role));
    if (credentials) return credentials;
    const attach = "Attach one whose role may sqs:SendMessage";
    throw new Error(`The instance has no instance profile. ${attach}`);
  }

  /** Those of the instance identity role, which prove the instance; null where there are none. */
  identityCredentials = () => this.#credentials(IDENTITY);

  async #credentials(path: string): Promise<Credentials | null> {
    const found = await this.#object(path);
    if (!found) return null;
    const [accessKeyId, secretAccessKey, sessionToken] = ["AccessKeyId", "SecretAccessKey", "Token"]
      .map((name) => String(found[name] ?? ""));
    const isComplete = accessKeyId && secretAccessKey && sessionToken;
    if (isComplete) return { accessKeyId, secretAccessKey, sessionToken };
    throw new Error(`There are no credentials at ${path}: ${found["Code"] ?? "no code"}`);
  }

  /** The JSON object at a path, without members where it is none; null where there is nothing. */
  async #object(path: string): Promise<JsonObject | null> {
    const text = await this.#text(path);
    return text === null ? null : jsonIn(text).find(isJsonObject) ?? {};
  }

  async #text(path: string): Promise<string | null> {
    const headers = { "x-aws-ec2-metadata-token": this.token.text };
    const { status, text } = await ask(new URL(path, this.origin), { headers });
    if (status === 200 || status === 404) return status === 200 ? text : null;
    throw new Error(`The metadata service answered ${status} to ${path}`);
  }
}
