import { counted, numberText, relativeText } from "../../core/cli/words.ts";
import type { RenderInput } from "../../core/job.ts";
import { earlierChanges } from "../../core/report/run_words.ts";
import { sumOf } from "../../core/sum_of.ts";
import {
  type Block,
  type Item,
  listItems,
  type Section,
  tableRows,
  type Text,
} from "../../core/text/sections.ts";
import type { Planned } from "../../core/plan/document.ts";
import { withOutcomes } from "../../core/run/run_document.ts";
import type { DirtyTypes, Finding } from "../plan.ts";

type DirtyPlan = Planned<DirtyTypes>;

/** What a person reads: what was read, whose clients would tell, who is dirty, what to type next. */
export function dirtyText(input: RenderInput<DirtyTypes>): Text {
  const { plan, run, written } = input;
  const { running } = clientTotals(plan);
  return [
    [
      {
        heading: `Dirty instances of ${counted(plan.own.accounts.length, "account")}, ` +
          `${counted(running, "running instance")}`,
      },
      plan.hypothetical ? `as of ${plan.as_of}, hypothetical` : "",
    ],
    coverageSection(plan),
    plan.own.clients.length < 2 ? [] : [clientsTable(plan)],
    unknownSection(plan),
    dirtySection(plan),
    changesSection(input),
    earlierChanges(plan, run),
    sparedSection(plan),
    written.length === 0 ? [] : [{ next: "Written:", command: written }],
    input.asking ? [] : [nextBlock(input)],
  ];
}

/** The figures of all Regions that were read. */
export function clientTotals({ own: { clients } }: DirtyPlan) {
  const running = sumOf(clients, (one) => one.running);
  const spoke = sumOf(clients, (one) => one.spoke);
  const dirty = sumOf(clients, (one) => one.dirty);
  const clean = sumOf(clients, (one) => one.clean);
  return { running, spoke, dirty, clean, unknown: running - dirty - clean };
}

/** "287 of 312 running instances have a client that has spoken since their launch". */
export function clientsSentence(plan: DirtyPlan): string {
  const { running, spoke, unknown } = clientTotals(plan);
  const have = `${numberText(spoke)} of ${counted(running, "running instance")} ` +
    `${spoke === 1 ? "has" : "have"} a client that has spoken since the launch`;
  return unknown === 0 ? have : `${have}; ${numberText(unknown)} ` +
    `${unknown === 1 ? "is" : "are"} not known to be clean`;
}

function coverageSection({ coverage, ...plan }: DirtyPlan): Section {
  const { planned, proven, unproven } = coverage;
  return [
    {
      words: [
        ["Coverage", `${proven} of ${counted(planned, "account-region")} read`],
        ["Clients", clientsSentence({ coverage, ...plan })],
      ],
    },
    listItems(unproven, ({ account, region, detail }) => ({
      name: ["not read", `${accountName(plan, account)} ${region}`],
      tone: "strong",
      blocks: [detail],
    })),
  ];
}

export function accountName({ own }: Pick<DirtyPlan, "own">, id: string): string {
  return own.accounts.find(({ account }) => account === id)?.name ?? id;
}

/** The figures by account and Region. */
export function clientsTable(plan: DirtyPlan) {
  return {
    columns: ["Account", "Region", "Running", "Client spoke", "Dirty", "Clean", "Not known"],
    ...tableRows(plan.own.clients, ({ account, region, running, spoke, dirty, clean }) => [
      accountName(plan, account),
      region,
      running,
      spoke,
      dirty,
      clean,
      running - dirty - clean,
    ]),
  };
}

/** The instances that are not known to be clean, by their groups, the largest first. */
export function unknownGroups(plan: DirtyPlan) {
  return plan.own.clients
    .flatMap(({ account, region, unknown }) =>
      unknown.map(({ group, count }) => ({
        place: `${accountName(plan, account)} ${region}`,
        group: group === "" ? "of no Auto Scaling group" : group,
        count,
      }))
    ).sort((a, b) => b.count - a.count);
}

function unknownSection(plan: DirtyPlan): Section {
  const groups = unknownGroups(plan);
  if (groups.length === 0) return [];
  return [
    "Not known to be clean: no client has spoken since the launch, or it is not proven who sent " +
    "what was told",
    listItems(groups, ({ count, group, place }) => ({ name: [count, group, place] })),
  ];
}

function dirtySection(plan: DirtyPlan): Section {
  const dirty = plan.own.instances.filter(({ status }) => status === "dirty" || status === null);
  if (dirty.length === 0) return ["No instance that was read is dirty."];
  return ["Dirty", listItems(dirty, (one) => dirtyItem(one, plan))];
}

function dirtyItem(finding: Finding, plan: DirtyPlan): Item {
  const { account, region, id, name, group, state, tag } = finding;
  return {
    name: [id, name ?? group ?? "", `${accountName(plan, account)} ${region}`],
    blocks: [
      `${sinceText(finding, new Date(plan.as_of))}` +
      (state === null ? "; its Region was not read" : tag === null ? "; it has no tag" : ""),
    ],
  };
}

/** "since 3 days ago: session_open (pam, verified); 4 events". */
export function sinceText({ since, marks }: Finding, now: Date): string {
  if (since === null) return counted(marks, "event");
  const { event, source, level, at } = since;
  return `dirty since ${relativeText(new Date(at), now)}: ${event} (${source}, ${level}); ` +
    counted(marks, "event");
}

function changesSection({ plan, run }: RenderInput<DirtyTypes>): Section {
  const changes = run?.changes ?? withOutcomes<DirtyTypes>(plan.changes, new Map());
  if (changes.length === 0) return [];
  return [
    run ? "Done" : "Would do",
    listItems(changes, ({ kind, target, reason, outcome, error }) => ({
      name: [
        kind === "clear" ? "remove the tag" : "write the tag",
        target.slice(target.lastIndexOf("/") + 1),
        ...outcome === null ? [] : [outcome],
      ],
      blocks: [error?.message ?? reason],
    })),
  ];
}

function sparedSection({ spared }: DirtyPlan): Section {
  return spared.length === 0 ? [] : [
    "Spared",
    listItems(spared, ({ target, detail }) => ({
      name: target.slice(target.lastIndexOf("/") + 1),
      blocks: [detail],
    })),
  ];
}

function nextBlock({ plan, run, command, planFile }: RenderInput<DirtyTypes>): Block {
  if (run?.changes.some(({ outcome }) => outcome === "done" || outcome === "unknown")) {
    return { next: "To see what was done:", command: command("changes") };
  }
  if (plan.hypothetical) return "Nothing was changed. A hypothetical plan is never applied.";
  if (plan.changes.length > 0) {
    return planFile
      ? {
        next: "Nothing was changed. To do exactly this:",
        command: command("dirty apply", "--plan", planFile),
      }
      : { next: "Nothing was changed. To write the tags:", command: command("dirty apply") };
  }
  const [first] = plan.own.instances;
  return first
    ? {
      next: "Nothing was changed. To see who was there:",
      command: command("dirty show", first.id),
    }
    : "Nothing was changed.";
}
