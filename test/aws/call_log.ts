/** The log of every call that reached a proxy. */

import type { AwsRequest } from "./request.ts";
import type { Caller } from "./callers.ts";
import type { InstanceTags } from "./instance_tags.ts";

export interface Call {
  /** Counts from 1 in the order of arrival. */
  readonly n: number;
  readonly accessKeyId: string | null;
  /** The account of the credentials; null for an unknown key and for unsigned calls. */
  readonly account: string | null;
  /** The caller's ARN as STS or IAM gave it out; null where it is not known. */
  readonly principal: string | null;
  readonly service: string;
  readonly region: string;
  /** As IAM spells it, e.g. `ec2:DescribeInstances`. */
  readonly action: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** The status that the client was sent; null while it waits, and when the connection was cut. */
  status: number | null;
  /** True as soon as the call went on to moto or MiniStack, whatever became of the answer. */
  forwarded: boolean;
  /** The tags of the instances that it changes, before it; only if the proxy notes them. */
  instanceTags?: InstanceTags;
}

export class CallLog {
  readonly calls: Call[] = [];
  #arrived = 0;

  /** Writes down a call as it arrives. */
  open(request: AwsRequest, caller: Caller | undefined): Call {
    const { service, region, action, parameters, accessKeyId } = request;
    const call: Call = {
      n: ++this.#arrived,
      accessKeyId,
      account: caller?.account ?? null,
      principal: caller?.arn ?? null,
      service,
      region,
      action,
      parameters,
      status: null,
      forwarded: false,
    };
    this.calls.push(call);
    return call;
  }

  /** Forgets the calls so far; the numbers go on. */
  clear(): void {
    this.calls.length = 0;
  }
}
