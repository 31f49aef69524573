import type { Clock } from "../core/clock.ts";
import type { Plugin } from "../core/plugin/module.ts";
import { tellModules, type ToldTools } from "../core/plugin/told_modules.ts";
import type { EventRow } from "./ledger.ts";

/** What an auditor is told: an event that marks an instance, as the ledger has it. */
export type MarkTold = EventRow & {
  readonly account: string;
  readonly instance_id: string;
  readonly event_id: string;
  /** The instance was clean before. */
  readonly first: boolean;
};

/**
 * What a module of `dirty.auditors` exports as `marked`. It is called when the mark is recorded, at
 * least once for each mark. If it throws, that is logged, and it is called again. Nothing that it does
 * changes the mark.
 */
export type Marked = (mark: MarkTold, tools: ToldTools) => Promise<void> | void;

/** Tells all auditors of a mark. @returns false: one has failed, and they are to be told again */
export type TellAuditors = (mark: MarkTold) => Promise<boolean>;

export function auditorsOf(
  plugins: readonly Plugin[],
  tools: ToldTools & { readonly clock: Clock },
): TellAuditors {
  const tell = tellModules<MarkTold>(plugins, "marked", tools);
  return (mark) => tell(`${mark.account}/${mark.instance_id}/${mark.event_id}`, mark);
}
