import pLimit from "p-limit";
import type { Session } from "../../core/aws/sessions.ts";
import type { Clock } from "../../core/clock.ts";
import { durationMs } from "../../core/duration.ts";
import type { RepoConfig } from "../config.ts";
import type { RoleFacts } from "../inventory/read_roles.ts";
import type { Evidence, Failure, ObservedRole } from "../observed.ts";
import { readAardvark } from "./aardvark.ts";
import { collectEvidence } from "./collect.ts";
import { NOT_ASKED } from "./not_asked.ts";

/** How many reports of an account are made at once: more has been seen to be throttled. */
const AT_ONCE = 4;

export type EvidenceOptions = {
  readonly config: Pick<RepoConfig, "level" | "aardvark" | "evidenceMaxAge">;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
};

type Found = (arn: string) => Promise<Evidence | Failure>;

/**
 * Gives each role the evidence of its use, in the order of the roles, as soon as it is there.
 *
 * @throws what a signal throws; anything else is the failure of one role's evidence
 */
export async function* withEvidence(
  session: Session,
  roles: readonly RoleFacts[],
  options: EvidenceOptions,
): AsyncGenerator<ObservedRole> {
  const asked = roles.filter(losesByEvidence).map(({ arn }) => arn);
  const find = options.config.aardvark === null
    ? fromIam(session, options)
    : await fromAardvark(options.config.aardvark.api, session, asked, options);
  const limit = pLimit(AT_ONCE);
  const begun = roles.map((role) =>
    losesByEvidence(role) ? limit(() => find(role.arn)) : Promise.resolve(NOT_ASKED)
  );
  // One that is cut by a signal ends this loop; nobody waits for the others any more.
  for (const one of begun) one.catch(() => {});
  try {
    for (const [index, role] of roles.entries()) yield { ...role, evidence: await begun[index]! };
  } finally {
    limit.clearQueue();
  }
}

/** Whether permissions could be removed from a role: AWS alone changes service-linked ones. */
function losesByEvidence({ path, inline, attached }: RoleFacts): boolean {
  return !path.startsWith("/aws-service-role/") &&
    (Object.keys(inline).length > 0 || attached.length > 0);
}

function fromIam(session: Session, { config, clock }: EvidenceOptions): Found {
  return (arn) => collectEvidence(session, arn, { level: config.level, clock });
}

async function fromAardvark(
  api: string,
  session: Session,
  arns: readonly string[],
  { config, clock, fetch }: EvidenceOptions,
): Promise<Found> {
  const found = await readAardvark(api, arns, {
    fetch,
    signal: session.reading.abortSignal,
    now: clock.now(),
    maxAgeMs: durationMs(config.evidenceMaxAge),
  });
  return (arn) => Promise.resolve(found.get(arn)!);
}
