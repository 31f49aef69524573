import { failureUnlessInterrupted } from "../../core/aws/failure.ts";
import type { Account } from "../../core/aws/session.ts";
import type { Job } from "../../core/job.ts";
import { partsOf } from "../../core/parts.ts";
import { coverageOfRead } from "../../core/plan/coverage.ts";
import type { JobPlan } from "../../core/plan/document.ts";
import { planPage, planSheet } from "../../core/report/plan_report.ts";
import { auditWork } from "../job.ts";
import { observeAccount as observeInstances } from "../observe.ts";
import { type ObservedAccount, type ObservedRegion, placesOf } from "../observed.ts";
import type { AuditObserving, AuditPlanning } from "../planning.ts";
import { settleCanary } from "./creation.ts";
import { findImage } from "./canary_image.ts";
import { type CanaryTypes, planCanaries } from "./canary_plan.ts";
import { canaryText } from "./canary_text.ts";

const { planInSteps: _steps, metrics: _metrics, ...shared } = auditWork;

/** Makes and stops the audit's canaries: the audit's runs, journal and roles, with another plan. */
export const canaryJob: Job<CanaryTypes> = {
  ...shared,
  groupsAtOnce: 10,
  observeAccount,
  plan,
  // What the audit's own changes came to is judged by its own plan, which proves Regions.
  settle: ({ change, entry }, observed) =>
    change.kind === "create-canary" || change.kind === "stop-canary"
      ? settleCanary(change, observed, entry)
      : { verdict: "unread" },
  observationRows: () => [],
  documentParts: () => ({ keys: {} }),
  documents: () => [],
  accountName: ({ own }, id) => own.find(({ account }) => account === id)?.name ?? id,
  findings: () => [],
  sheet: planSheet,
  page: planPage,
  text: canaryText,
  explain: () => null,
  summary: ({ coverage: { planned, proven }, changes }) => (
    { coverage: { planned, proven }, changes: changes.length }
  ),
  unmet: ({ own }) => own.some(({ action, error }) => action === "unread" || error !== null),
};

/** What the audit observes, and the image of each canary that is to be made. */
async function observeAccount(
  scoped: Account,
  observing: AuditObserving,
): Promise<ObservedAccount> {
  const { config, earlier, now } = observing;
  const account = await observeInstances(scoped, observing);
  const observed = partsOf([account]);
  const missing = planCanaries({ config, observed, earlier, now })
    .filter(({ action }) => action === "create").map(({ region }) => region);
  const regions = account.regions.map((region) =>
    missing.includes(region.region)
      ? observing.inTurn(() => withImage(account, region, observing))
      : region
  );
  return { ...account, regions: await Promise.all(regions) };
}

async function withImage(
  { id, name }: ObservedAccount,
  region: ObservedRegion,
  { session, config }: AuditObserving,
): Promise<ObservedRegion> {
  try {
    const image = await findImage(await session({ id, name }), region.region, config.canary.image);
    return { ...region, canaryImage: image };
  } catch (error) {
    return { ...region, canaryImage: failureUnlessInterrupted(error) };
  }
}

function plan(planning: AuditPlanning): JobPlan<CanaryTypes> {
  const canaries = planCanaries(planning);
  return {
    ...coverageOfRead(
      [...placesOf(planning.observed)].map(({ account, region: { region, failure } }) => (
        { account: account.id, region, failure, count: 0 }
      )),
    ),
    changes: canaries.flatMap(({ change }) => change ?? []),
    ownWrites: [],
    breakers: [],
    spared: [],
    own: canaries,
  };
}
