import { instanceIdOf } from "../../core/aws/arn.ts";
import { counted, dayText } from "../../core/cli/words.ts";
import type { RenderInput } from "../../core/job.ts";
import { budgetsText, earlierChanges, refusalText } from "../../core/report/run_words.ts";
import { type Block, listItems, type Section, type Text } from "../../core/text/sections.ts";
import { actionText, byAction, doneText, outcomesText } from "../present/action_words.ts";
import { limitName, placeName, readInstants } from "../present/names.ts";
import type { AfterUndo, UndoTypes } from "./undo_plan.ts";

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
      { words: [["Coverage", `${proven} of ${counted(planned, "account-region")} read`]] },
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

function changesSection({ plan, run }: Shown): Section {
  if (plan.changes.length === 0) return ["Would do nothing"];
  const after = new Map(plan.own.after_undo.map((one) => [one.id, one]));
  const tried = run !== null && wasTried(run) ? run.changes : null;
  return [
    tried ? { words: [["Done", outcomesText(tried)]] } : "Would do",
    {
      items: byAction(tried ?? plan.changes).map(([action, own]) => ({
        name: [actionText(action), own.length],
        blocks: [listItems(own, (change) => {
          const id = instanceIdOf(change.target);
          const next = after.get(id);
          const { outcome = null, error = null } = tried ? change as typeof tried[number] : {};
          return {
            name: [placeName(plan, change), id, next?.name ?? ""],
            blocks: [
              change.reason,
              tried && outcome !== "done"
                ? [outcome ?? "not tried", ...(error ? [error.message] : [])].join(": ")
                : "",
            ],
          };
        })],
      })),
    },
  ];
}

function sparedBlock({ plan }: Shown): Block {
  return plan.spared.length === 0 ? "" : {
    words: [
      ["Spared", counted(plan.spared.length, "instance")],
      ...plan.spared.map((one) =>
        [
          "",
          `${placeName(plan, one)} ${instanceIdOf(one.target)}: ` +
          readInstants(one.detail, new Date(plan.as_of)),
        ] as const
      ),
    ],
  };
}

function limitsBlock({ plan }: Shown): Block {
  const { limits, refused, changes } = plan;
  return refused || limits.length === 0 || changes.every(({ kind }) => kind !== "start")
    ? ""
    : { words: [["Limits", budgetsText(limits, () => "starts")]] };
}

/** What the next apply does to what is started, and how an owner stays out of it. */
function afterSection({ plan, run }: Shown): Section {
  const ended = new Map(run?.changes.map((one) => [instanceIdOf(one.target), one.outcome]));
  const concerned = plan.own.after_undo.filter(({ id }) =>
    !wasTried(run) || ended.get(id) === "done" || ended.get(id) === "unknown"
  );
  if (concerned.length === 0 || plan.refused) return [];
  const now = new Date(plan.as_of);
  const returning = concerned.some(({ step }) => step !== null);
  return [
    `The next audit apply goes on with ${
      concerned.length === 1 ? "it" : "them"
    } as if the owner had started ${concerned.length === 1 ? "it" : "them"}:`,
    listItems(concerned, (one) => ({
      name: [placeName(plan, one), one.id, one.name],
      blocks: [afterText(one, now)],
    })),
    returning
      ? "To keep an instance running, correct its tags, or name it in audit.exempt, before that."
      : "",
  ];
}

function afterText({ step, due, why }: AfterUndo, now: Date): string {
  if (step === null) return `left running: ${readInstants(why, now)}`;
  const at = new Date(due!);
  const when = at <= now ? "at once" : `from ${dayText(at, now)} on`;
  return `${doneText(step)}${step === "stop" ? " again" : ""} ${when}: ${why}`;
}

function refusedSection({ plan, command }: Telling): Section {
  const sentence = refusalText(plan, {
    limit: limitName,
    scope: (scope) => {
      const [account = "", region] = scope.split("/");
      return region === undefined ? account : placeName(plan, { account, region });
    },
    verb: "start",
    one: "instance",
  });
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
