import { counted, fewText } from "../../core/cli/words.ts";
import { sumOf } from "../../core/sum_of.ts";
import type { Section } from "../../core/text/sections.ts";
import type { RepoPlan } from "../repo_plan.ts";
import type { RepoSettings } from "../config.ts";
import { namesText } from "./left_alone.ts";
import { type Named, type RoleEntry } from "./names.ts";
import { keptText } from "./reason_words.ts";

/** Services that would go, and that nobody was ever seen to use; "" where there are none. */
export function neverSeenSentence(plan: Named): string {
  const { roles: entries, never_seen: { roles, services } } = plan.own;
  if (services.length === 0) return "";
  const losses = Map.groupBy(entries.flatMap(({ loses }) => loses), ({ service }) => service);
  const going = (service: string) =>
    sumOf(losses.get(service) ?? [], ({ actions }) => actions.length);
  const most = services.toSorted((a, b) => going(b) - going(a));
  return `${
    counted(
      services.length,
      "service that roles would lose was",
      "services that roles would lose were",
    )
  } ` +
    `never seen used by any role (${counted(roles, "role")} read): ${fewText(most, 3)}. ` +
    `IAM may not track ${services.length === 1 ? "it" : "all of them"}: pin what you know to be ` +
    `used, such as repo.pinned: ["${most[0]}:*"].`;
}

/** What a person must know of roles, once for all roles that share it. */
export function notesSection(plan: RepoPlan, { asked }: Pick<RepoSettings, "asked">): Section {
  const notes = plan.own.roles.flatMap((entry) =>
    [...entry.notes, ...(asked.remove === null ? [] : heldNotes(entry, plan))]
      .map((note) => ({ note, entry }))
  );
  const groups = [...Map.groupBy(notes, ({ note }) => note)]
    .sort(([, a], [, b]) => b.length - a.length);
  return [{
    words: groups.map(([note, own]) => [
      "Noted",
      `${note.replace(/\.$/, "")}: ${namesText(own.map(({ entry }) => entry), 3, plan)}`,
    ]),
    show: 5,
  }];
}

/** What was named with `--remove` and stays. */
function heldNotes({ keeps, mode }: RoleEntry, plan: RepoPlan): string[] {
  if (mode === "none") return [];
  return keeps.filter(({ reason }) => reason === "pinned" || reason === "norepo-sid")
    .map((kept) => {
      const { service, actions } = kept;
      const what = actions.length === 1
        ? `${actions[0]} stays`
        : `${counted(actions.length, "action")} of ${service} stay`;
      return `${what}, though you named it: ${keptText(kept, new Date(plan.as_of))}`;
    });
}
