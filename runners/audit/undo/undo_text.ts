import { instanceIdOf } from "../../core/aws/arn.ts";
import { counted, dayText } from "../../core/cli/words.ts";
import type { Spared } from "../../core/plan/change.ts";
import type { RenderInput } from "../../core/job.ts";
import type { ChangeOutcome } from "../../core/run/run_document.ts";
import { budgetsText, earlierChanges } from "../../core/report/run_words.ts";
import {
  type Block,
  listItems,
  type Section,
  type Text,
  type Words,
} from "../../core/text/sections.ts";
import { actionText, byAction, outcomesText } from "../present/action_words.ts";
import type { StepName } from "../config.ts";
import { finality } from "../ladder/audit_change.ts";
import { placeName, readInstants } from "../present/names.ts";
import { refusalSentence } from "../present/refused.ts";
import { type AfterUndo, isLeft, type UndoTypes } from "./undo_plan.ts";

type Telling = RenderInput<UndoTypes>;
type Shown = Pick<Telling, "plan" | "run">;

/** What an undo would start and restore, what it leaves alone, and what the next apply does then. */
export function undoText(telling: Telling): Text {
  const { plan, run, written } = telling;
  const { undoes } = plan.own;
  const { planned, proven, unproven } = plan.coverage;
  return [
    [{ heading: `Undo of run ${undoes}` }],
    [
      {
        words: [[
          "Coverage",
          `The instances of this run were read in ${proven} of ${
            counted(planned, "account-region")
          }.`,
        ]],
      },
      listItems(unproven, (one) => ({
        name: ["not read", placeName(plan, one)],
        tone: "strong",
        blocks: [one.detail],
      })),
    ],
    changesSection(telling),
    earlierChanges(plan, run),
    [sparedBlock(telling)],
    [limitsBlock(telling)],
    afterSection(telling),
    refusedSection(telling),
    written.length === 0 ? [] : [{ next: "Written:", command: written }],
    telling.asking ? [] : [nextBlock(telling)],
  ];
}

function wasTried(run: Telling["run"]): boolean {
  return run?.changes.some(({ outcome }) => outcome !== null) ?? false;
}

/** What is started and restored, and what the next apply does to what is started. */
function changesSection({ plan, run }: Shown): Section {
  const tried = run !== null && wasTried(run) ? run.changes : null;
  if (!tried && run !== null) return [];
  if (plan.changes.length === 0) return ["Would do nothing"];
  const after = new Map(plan.own.after_undo.map((one) => [one.id, one]));
  const now = new Date(plan.as_of);
  return [
    tried ? { words: [["Done", outcomesText(tried)]] } : "Would do",
    {
      items: byAction(tried ?? plan.changes).map(([action, own]) => ({
        name: [actionText(action), own.length],
        blocks: [listItems(own, (change) => {
          const id = instanceIdOf(change.target);
          const next = after.get(id);
          return {
            name: [placeName(plan, change), id, next?.name ?? ""],
            blocks: [
              tried ? outcomeText(change) : "",
              next ? `${nextText(next, now)}: ${readInstants(next.why, now)}` : change.reason,
            ],
          };
        })],
      })),
    },
  ];
}

/** What became of a change; "" where it was made. */
function outcomeText({ outcome = null, error }: Partial<ChangeOutcome>): string {
  return outcome === "done"
    ? ""
    : [outcome ?? "not tried", ...(error ? [error.message] : [])].join(": ");
}

/** "the next apply stops it again". */
function nextText({ step, due }: AfterUndo, now: Date): string {
  if (step === null) return "the next apply leaves it running";
  const at = new Date(due!);
  const final = finality(step);
  const then = at <= now ? "the next apply" : `an apply from ${dayText(at, now)} on`;
  return `${then} ${STEP_WORDS[step]}${final && `. ${final}`}`;
}

const STEP_WORDS: Readonly<Record<StepName, string>> = {
  mark: "marks it again, and the ladder begins again",
  stop: "stops it again",
  terminate: "terminates it",
};

/** What is not undone although it was to be, and what needs no more, by name. */
function sparedBlock({ plan }: Shown): Block {
  const all = counted(plan.changes.length + plan.spared.length, "instance");
  const now = new Date(plan.as_of);
  const group = (word: string, spared: readonly Spared[]): Words[] =>
    spared.length === 0 ? [] : [
      [word, `${spared.length} of ${all}`],
      ...spared.map((one): Words => {
        const where = `${placeName(plan, one)} ${instanceIdOf(one.target)}`;
        return ["", `${where}: ${readInstants(one.detail, now)}`];
      }),
    ];
  return {
    words: [
      ...group("Not undone", plan.spared.filter(isLeft)),
      ...group("Spared", plan.spared.filter((one) => !isLeft(one))),
    ],
  };
}

function limitsBlock({ plan }: Shown): Block {
  const { limits, refused, changes } = plan;
  return refused || limits.length === 0 || changes.every(({ kind }) => kind !== "start")
    ? ""
    : { words: [["Limits", budgetsText(limits, () => "starts")]] };
}

/** How an owner keeps out of what comes after the undo. */
function afterSection({ plan, run }: Shown): Section {
  const coming = plan.own.after_undo.filter(({ step }) => step !== null).length;
  if (coming === 0 || plan.refused || run !== null && !wasTried(run)) return [];
  return [
    `The ladder goes on with ${counted(coming, "instance")} as if the owner had started ` +
    `${
      coming === 1 ? "it" : "them"
    }. To keep an instance running, correct its tags, or name it in ` +
    "audit.exempt, before the next apply.",
  ];
}

function refusedSection({ plan, command }: Telling): Section {
  const sentence = refusalSentence(plan);
  return sentence === null ? [] : [
    { tone: "refused", text: `${sentence}.` },
    {
      next: "To see them:",
      command: `${command("audit plan", "--undo-run", plan.own.undoes, "--json")} | jq .changes`,
    },
  ];
}

function nextBlock({ plan, run, planFile, command }: Telling): Block {
  const { undoes } = plan.own;
  if (plan.refused) return "";
  if (wasTried(run)) {
    return { next: "To see what the next apply would do:", command: command("audit plan") };
  }
  if (plan.changes.length === 0) {
    return {
      next: "Nothing was changed. To see what that run did:",
      command: command("changes", "--run", undoes),
    };
  }
  if (plan.hypothetical) return "Nothing was changed. A hypothetical plan is never applied.";
  const words = planFile ? ["--plan", planFile] : [];
  return {
    next: planFile
      ? "Nothing was changed. To do exactly this:"
      : "Nothing was changed. To do this:",
    command: command("audit apply", "--undo-run", undoes, ...words),
  };
}
