import type { NextCommand } from "../../core/cli/next_command.ts";
import { counted, fewText, numberText, relativeText } from "../../core/cli/words.ts";
import type { Block, Item, Section, Text, Words } from "../../core/text/sections.ts";
import { editsOf } from "../change/repo_change.ts";
import { INLINE_QUOTA } from "../policy/size.ts";
import type { RepoPlan } from "../repo_plan.ts";
import { NAMED } from "../plan_give_back.ts";
import { isGiveBack, type RoleChange, roleChanges, versionText } from "./changes.ts";
import { diffItems } from "./diff.ts";
import { givenBackText } from "./losses.ts";
import { fewRows } from "./many_services.ts";
import { accountName, lossOf, type RoleEntry } from "./names.ts";
import { keptText, lossText } from "./reason_words.ts";

/** One role in full: its evidence, what it would lose and keep and why, and the policies. */
export function roleText(entry: RoleEntry, plan: RepoPlan): Text {
  const changes = roleChanges(plan.changes, plan).filter((one) => one.entry === entry);
  const restore = changes.find(({ kind }) => kind === "restore");
  return [
    restore
      ? restoreSection(restore)
      : [{ items: [losesItem(entry, changes, plan), ...keepsItems(entry, plan)] }],
    ...policiesText(entry, changes),
    roleManagedSection(entry),
    aboutSection(entry),
  ];
}

/** Why a version is not restored: the role has it already, or a reason against it. */
export function notRestoredSection(
  { arn }: RoleEntry,
  version: number,
  { spared }: RepoPlan,
): Section {
  const reasons = spared.filter(({ target }) => target === arn);
  return [{
    items: [
      reasons.length === 0
        ? { name: `Its inline policies are those of version ${version} already.` }
        : {
          name: `Cannot restore version ${version}`,
          tone: "strong",
          blocks: [becauseBlock(reasons)],
        },
    ],
  }];
}

/** What is not given back and why, each with the command that does it all the same. */
export function notGivenBackSection(
  { arn }: RoleEntry,
  { spared }: RepoPlan,
  command: NextCommand,
): Section {
  const reasons = spared.filter(({ target }) => target === arn);
  return [
    reasons.length === 0 ? "" : {
      items: [{
        name: "Cannot give back",
        tone: "strong",
        blocks: reasons.flatMap(({ detail }): Block[] => {
          const [, why, sentence, job, verb, words] = WITH_COMMAND.exec(detail) ?? [];
          return why === undefined ? [becauseBlock([{ detail }])] : [
            becauseBlock([{ detail: why }]),
            { next: sentence!, command: command(`${job} ${verb}`, ...words!.split(" ")) },
          ];
        }),
      }],
    },
  ];
}

/**
 * A command is only ready to paste on a line of its own, and with the options that this run was
 * given. Its words are actions, IDs and names, of which a shell expands none.
 */
const WITH_COMMAND = /^(.*)\. (To [^:]+:) groundskeeper (\S+) (\S+) (.*)$/s;

/** Which role, where, and how good the evidence is. */
export function roleHead(entry: RoleEntry, plan: RepoPlan): Block {
  const now = new Date(plan.as_of);
  const ago = (instant: string) => relativeText(new Date(instant), now);
  const used = entry.last_used === null ? "no use is known" : `last used ${ago(entry.last_used)}`;
  return {
    heading: [
      entry.role,
      accountName(plan, entry.account),
      `created ${ago(entry.created)}, ${used}`,
      evidenceText(entry, now),
    ],
  };
}

/** "evidence of 3 hours ago, complete: 37 services". */
function evidenceText({ evidence }: RoleEntry, now: Date): string {
  if ("reason" in evidence) return `no complete evidence: ${evidence.detail}`;
  const { source, services, completed_at, speaks_until = null, level } = evidence;
  return `evidence of ${relativeText(new Date(completed_at), now)}` +
    (source === "aardvark" ? " from Aardvark: " : ", complete: ") + counted(services, "service") +
    (level === "action" ? ", by action" : "") +
    (speaks_until === null
      ? ""
      : `; it shows use until about ${relativeText(new Date(speaks_until), now)}`);
}

function losesItem(entry: RoleEntry, changes: readonly RoleChange[], plan: RepoPlan): Item {
  const now = new Date(plan.as_of);
  const { permissions, loses, mode, ineligible } = entry;
  const lost = lossOf(entry);
  const because = becauseBlock(reasonsAgainst(entry, plan));
  if (lost === 0) {
    return { name: `loses nothing of ${counted(permissions, "permission")}`, blocks: [because] };
  }
  const isPlanned = changes.some(({ managed }) => managed === null);
  const word = isPlanned
    ? "would lose"
    : mode === "propose"
    ? "proposed to lose"
    : ineligible.length > 0
    ? "unused, and stays"
    : "could lose";
  const rows = fewRows(loses.map((loss) => ({
    service: loss.service,
    counts: [loss.actions.length],
    why: lossText(loss, now),
  })));
  return {
    name: [word, `${numberText(lost)} of ${counted(permissions, "permission")}`],
    blocks: [because, {
      columns: ["", "", ""],
      rows: rows.map(({ service, counts, why }) => ({
        cells: [service, ...counts, why],
        ...(isPlanned ? { tone: "destroy" } : {}),
      })),
    }],
  };
}

function becauseBlock(reasons: readonly { readonly detail: string }[]): Block {
  return { facts: reasons.map(({ detail }): Words => ["because", detail.replace(/\.$/, "")]) };
}

/**
 * Every reason for which nothing is removed, and the other reasons against a change: code manages
 * the role, or the result would be too long.
 */
function reasonsAgainst({ arn, ineligible }: RoleEntry, { spared }: RepoPlan) {
  const told = new Set(ineligible.map(({ reason }) => reason));
  const held = spared.filter(({ target, reason }) => target === arn && !told.has(reason));
  return [...ineligible, ...held];
}

/** What stays, by service and reason. */
function keepsItems(entry: RoleEntry, plan: RepoPlan): Item[] {
  // With --remove most of what a role has was simply not asked for.
  const keeps = entry.keeps.filter(({ reason }) => reason !== "not-requested");
  const rows = fewRows(keeps.map((kept) => ({
    service: keptName(kept, entry),
    counts: [kept.actions.length],
    why: keptText(kept, new Date(plan.as_of)),
  })));
  return rows.length === 0 ? [] : [{
    name: "keeps",
    blocks: [{ columns: ["", ""], rows: rows.map(({ service, why }) => [service, why]) }],
  }];
}

/** "kms (all 14)", "s3 (3 of 90)", or the action where it is one. */
function keptName({ service, actions }: RoleEntry["keeps"][number], entry: RoleEntry): string {
  const all = [...entry.keeps, ...entry.loses].filter((one) => one.service === service)
    .flatMap(({ actions }) => actions).length;
  const [action] = actions;
  if (actions.length === 1) return action!.includes(":") ? action! : `${service}:${action}`;
  return actions.length === all
    ? `${service} (all ${all})`
    : `${service} (${actions.length} of ${all})`;
}

function restoreSection(change: RoleChange): Section {
  const { gained } = change.change.after;
  return [
    isGiveBack(change) ? change.change.reason : {
      facts: [[`restores version ${versionText(change)}`, `gives back ${givenBackText(change)}`]],
    },
    // The reason of a give-back names the first ones.
    isGiveBack(change) && gained.length <= NAMED ? "" : { items: [{ name: fewText(gained, 20) }] },
  ];
}

function policiesText(entry: RoleEntry, changes: readonly RoleChange[]): Text {
  const inline = changes.find(({ managed }) => managed === null);
  const { before, after } = entry.size;
  const diffs = diffItems(inline ? editsOf(inline.change) : entry.edits);
  const size = `${numberText(before)} -> ${numberText(after)} of ` +
    `${numberText(INLINE_QUOTA)} characters`;
  return [
    ...diffs.map((item) => [{ items: [item] }]),
    diffs.length === 0 ? [] : [{ items: [{ name: ["inline policies together", size] }] }],
    ...changes.filter(({ managed }) => managed !== null)
      .flatMap(({ change }) => diffItems(editsOf(change), "managed policy"))
      .map((item) => [{ items: [item] }]),
  ];
}

/** What is unused in its managed policies. */
export function roleManagedSection({ managed }: RoleEntry): Section {
  const rows = managed.map(({ arn, attachments, permissions, unused, unused_services }) => [
    arn,
    `${numberText(unused)} of ${numberText(permissions)} unused` +
    (attachments === 1 ? "" : `, attached ${attachments} times`),
    fewText(unused_services, 5),
  ]);
  return rows.length === 0
    ? []
    : [{ items: [{ name: "managed policies", blocks: [{ columns: ["", "", ""], rows }] }] }];
}

/** Facts that decide nothing and that people ask for. */
function aboutSection({ unused, instance_profiles, notes }: RoleEntry): Section {
  const profiles = instance_profiles.length === 0
    ? "."
    : `; it is in the instance profile ${instance_profiles.join(", ")}.`;
  return [
    unused ? `Nobody uses this role. Deleting it stays with its owner${profiles}` : "",
    ...notes,
  ];
}
