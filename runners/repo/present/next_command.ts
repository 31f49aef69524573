import { mayHaveEffect } from "../../core/journal/entry.ts";
import type { RenderInput } from "../repo_plan.ts";
import type { Text } from "../../core/text/sections.ts";
import { isGrant, type RepoSettings } from "../config.ts";
import { undoing } from "../flags.ts";
import { proposedRoles } from "./losses.ts";
import { type RoleEntry, roleReference } from "./names.ts";
import { waitsForFirstRun } from "./new_permissions.ts";

/** How many roles a command names that people paste. */
const NAMED = 10;

/**
 * The options that ask the same again: `--role 111111111111/app --remove s3:*`. Many roles are not
 * named one by one: they come from a file.
 */
export function askedAgain({ asked }: Pick<RepoSettings, "asked">): string[] {
  const { roles, scheduled, remove, deny, overrideFilters, restore, policy } = asked;
  const { restoreRun, giveBack, removedBy } = asked;
  const named = roles ?? [];
  return [
    ...(named.length > NAMED
      ? ["--role-file", "FILE"]
      : named.flatMap(({ account, name }) => ["--role", `${account}/${name}`])),
    ...(scheduled ? ["--scheduled"] : []),
    ...(remove ?? []).flatMap((action) => ["--remove", action]),
    ...(deny ? ["--deny"] : []),
    ...(overrideFilters ? ["--override-filters"] : []),
    ...(restore === null ? [] : [
      "--restore",
      ...(policy === null ? [String(restore)] : [`v${restore}`, "--policy", policy]),
    ]),
    ...(restoreRun === null ? [] : ["--restore-run", restoreRun]),
    ...(giveBack ?? []).flatMap((action) => ["--give-back", action]),
    ...(removedBy === null ? [] : ["--removed-by", removedBy]),
  ];
}

/** What the person must fill in. */
const OPT_OUT = ["--owner", "NAME", "--reason", "TEXT", "--until", "YYYY-MM-DD"];

type Said = Pick<RenderInput, "plan" | "run" | "planFile" | "command" | "config">;

/** What to type next, complete, after a sentence that says what it does. */
export function nextText(said: Said, one: RoleEntry | null): Text {
  const { plan, run, planFile, command, config } = said;
  const asked = askedAgain(config);
  if (plan.refused) return [];
  const { restoreRun } = config.asked;
  const isSingle = restoreRun === null && isGrant(config.asked);
  const versions = one && isSingle && next(
    "Nothing was changed. To see its versions:",
    command("repo versions", roleReference(one)),
  );
  if (run) {
    const isEffective = run.changes.some(mayHaveEffect);
    const undo = undoing(run.run_id, run.changes);
    const isPart = run.changes.some(({ outcome }) => outcome !== "done");
    return isEffective
      ? [
        ...(undo ? next(`${undo.sentence}:`, command(...undo.words)) : []),
        ...(restoreRun !== null && isPart
          ? next("To try the rest again:", command("repo apply", ...asked))
          : []),
        ...next("To see what was done:", command("changes")),
      ]
      : plan.changes.length > 0
      ? next("Nothing was changed. To make these changes:", command("repo apply", ...asked))
      : versions || NOTHING;
  }
  if (plan.hypothetical) return [["Nothing was changed. A hypothetical plan is never applied."]];
  if (plan.changes.length === 0 && restoreRun !== null) {
    return next(
      "Nothing was changed. To see what that run did:",
      command("changes", "--run", restoreRun),
    );
  }
  if (plan.changes.length === 0) {
    return waitsForFirstRun(plan)
      ? next("Nothing was changed. To start the clock:", command("repo report"))
      : planFile === null && proposedRoles(plan).length > 0
      ? next(
        "Nothing was changed. To write the proposed diffs:",
        command("repo plan", ...asked, "--out", "out"),
      )
      : versions ||
        (one
          ? next("Nothing was changed. To see why:", command("repo explain", roleReference(one)))
          : NOTHING);
  }
  const { remove, deny } = config.asked;
  const isBroken = remove !== null && !deny &&
    plan.own.roles.some(({ broken_patterns = [] }) => broken_patterns.length > 0);
  return [
    ...(one && !isSingle
      ? next("To keep it out:", command("repo opt-out", roleReference(one), ...OPT_OUT))
      : []),
    ...(isBroken
      ? next(
        "To keep the patterns, and deny what you named instead:",
        command("repo plan", ...askedAgain({ asked: { ...config.asked, deny: true } })),
      )
      : []),
    ...(planFile
      ? next(
        "Nothing was changed. To do exactly this:",
        command("repo apply", ...asked, "--plan", planFile),
      )
      : next(
        "Nothing was changed. To keep this plan and apply exactly it:",
        command("repo plan", ...asked, "--out", "out"),
      )),
  ];
}

const NOTHING: Text = [["Nothing was changed."]];

function next(sentence: string, command: string): Text {
  return [[{ next: sentence, command }]];
}
