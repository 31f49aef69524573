/**
 * How seeding tells the proxy what no API can say: a header on the SDK's requests, which the
 * proxy takes off. Only test code sends it.
 */

import type { Pluggable } from "@smithy/types";

export interface Seeding {
  /** RunInstances, CreateRole, CreatePolicy: how long ago they were created, in milliseconds. */
  readonly ageMs?: number;
  /** RunInstances: the service that manages them, e.g. `eks.amazonaws.com`. */
  readonly managedBy?: string;
  /** RunInstances: the instances have their root volume in an instance store. */
  readonly rootDevice?: "instance-store";
  /** Tags whose keys begin with `aws:` are taken, as when AWS itself sets them. */
  readonly reservedTags?: boolean;
}

export const seedingHeader = "x-local-aws-seeding";

/** Reads the header. Throws a SyntaxError if it is not JSON. */
export function seedingOf(headers: Headers): Seeding | null {
  const header = headers.get(seedingHeader);
  return header === null ? null : JSON.parse(header) as Seeding;
}

/** A plug-in for any SDK client: `client.middlewareStack.use(seedingPlugin({ageMs}))`. */
export function seedingPlugin<Input extends object, Output extends object>(
  seeding: Seeding,
): Pluggable<Input, Output> {
  return {
    applyToStack(stack) {
      stack.add((next) => (args) => {
        const request = args.request as { headers: Record<string, string> };
        request.headers[seedingHeader] = JSON.stringify(seeding);
        return next(args);
      }, { step: "build", name: "localAwsSeeding", override: true });
    },
  };
}
