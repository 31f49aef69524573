import type { ChangeOutcome } from "../../core/run/run_document.ts";
import { counted } from "../../core/cli/words.ts";
import type { Action, AuditChange } from "../ladder/audit_change.ts";
import type { StepName } from "../config.ts";

/** The actions of a plan, the weightiest first. Stamps are no part of a plan. */
const TOLD_ACTIONS = ["terminate", "stop", "start", "mark", "unmark", "restore"] as const;

const WORDS: Readonly<Record<Action, { readonly will: string; readonly done: string }>> = {
  terminate: { will: "terminate", done: "terminated" },
  stop: { will: "stop", done: "stopped" },
  start: { will: "start", done: "started" },
  mark: { will: "mark", done: "marked" },
  unmark: { will: "unmark", done: "unmarked" },
  restore: { will: "restore protection", done: "given back their protection" },
  stamp: { will: "stamp", done: "stamped" },
  "create-canary": { will: "create", done: "created" },
  "stop-canary": { will: "stop", done: "stopped" },
};

/** "stop", "restore protection". */
export function actionText(action: Action): string {
  return WORDS[action].will;
}

/** "stopped", as it is said of instances. */
export function doneText(action: Action): string {
  return WORDS[action].done;
}

/** The changes of each action, without the actions that there are none of. */
export function byAction<One extends Pick<AuditChange, "kind">>(
  changes: readonly One[],
): (readonly [typeof TOLD_ACTIONS[number], readonly One[]])[] {
  const groups = Map.groupBy(changes, ({ kind }) => kind);
  return TOLD_ACTIONS.flatMap((action) => {
    const own = groups.get(action);
    return own ? [[action, own] as const] : [];
  });
}

/** "1 terminate, 2 stop": what is planned. */
export function plannedText(changes: readonly Pick<AuditChange, "kind">[]): string {
  return byAction(changes).map(([action, own]) => `${own.length} ${actionText(action)}`).join(", ");
}

/** "2 of 2 stopped, 4 of 5 marked, 1 failed", counted from outcomes. */
export function outcomesText(changes: readonly (AuditChange & ChangeOutcome)[]): string {
  const count = (outcome: ChangeOutcome["outcome"], of = changes) =>
    of.filter((change) => change.outcome === outcome).length;
  return [
    ...byAction(changes).map(([action, own]) =>
      `${count("done", own)} of ${own.length} ${doneText(action)}`
    ),
    ...(["pending", "failed", "unknown", "drifted", "skipped"] as const)
      .filter((outcome) => count(outcome) > 0).map((outcome) => `${count(outcome)} ${outcome}`),
  ].join(", ");
}

/** "1 termination, 2 stops": steps that are to come. */
export function stepsText(steps: readonly StepName[]): string {
  return byAction(steps.map((kind) => ({ kind })))
    .map(([, own]) => counted(own.length, nounOf(own[0]!.kind))).join(", ");
}

/** "stops", "terminations". */
export function stepNouns(step: StepName): string {
  return `${nounOf(step)}s`;
}

function nounOf(step: StepName): string {
  return step === "terminate" ? "termination" : step;
}
