import { partsOf } from "../../runners/core/parts.ts";
import type { ObservedAccount } from "../../runners/audit/observed.ts";
import type { AuditPlanning } from "../../runners/audit/planning.ts";
import { anyPlanning } from "../runners/audit/arbitrary_world.ts";
import {
  breakerStory,
  CANARY,
  idleBreakerStory,
  ladderStory,
  noCanaryStory,
} from "../runners/audit/ladder_story.ts";
import { explained, type Told, told } from "../runners/audit/render_input.ts";
import { provenStory, refusal, tidyStory, unprovenStory } from "../runners/audit/story.ts";
import {
  anInstance,
  configOf,
  DEV,
  idOf,
  oneRegion,
  outcome,
  planningOf,
} from "../runners/audit/world.ts";
import type { JobTexts } from "./texts.ts";

const explanationOf = (planning: AuditPlanning, subject: string, width = 100) =>
  explained(planning, subject, { width })!.text;

/** An instance whose tags are this text, and nobody's canary with this name. */
function instanceWith(text: string): string[] {
  const config = configOf({
    required: [{ key: "owner", value: { oneOf: ["alice"] } }],
    enforce: { accounts: [DEV] },
  });
  const tags = { owner: text, Name: text };
  const planning = planningOf(oneRegion(anInstance(1, { tags })), config);
  return [
    told(planning),
    told(planning, { outcomes: [outcome("failed", text)] }),
    explanationOf(planning, idOf(1)),
  ];
}

function canaryWith(text: string): string[] {
  const observed = partsOf(structuredClone([...ladderStory.observed]));
  const [{ regions: [region] }] = [...observed] as [ObservedAccount];
  region!.instances[0]!.tags["Name"] = text;
  region!.secondSource!.tags[idOf(CANARY)]!["Name"] = text;
  const planning = { ...ladderStory, observed };
  return [
    told(planning),
    explanationOf(planning, idOf(CANARY)),
    explanationOf(planning, "dev/us-east-1"),
  ];
}

const long = "no ".repeat(60);
const plans: readonly (readonly [AuditPlanning, Told])[] = [
  [provenStory, {}],
  [unprovenStory, {}],
  [tidyStory, {}],
  [provenStory, { limits: [{ limit: "limits.perRun.count", value: 10, would: 2 }] }],
  [provenStory, { refused: refusal }],
  [provenStory, { hypothetical: true }],
  [provenStory, { planFile: "out/audit-plan.json" }],
  [provenStory, { outcomes: [outcome("done"), outcome("failed", long)] }],
  [ladderStory, {}],
  [noCanaryStory, {}],
  [breakerStory, {}],
  [idleBreakerStory, {}],
  [ladderStory, {
    outcomes: Array.from({ length: 7 }, () => outcome("failed", long)),
    stamps: [outcome("failed", long)],
  }],
];
const subjects: readonly (readonly [AuditPlanning, string])[] = [
  ...[0x22, 0x23, 0x24, 0x26, 0x27, 0x28, 0x2a, 0x2d, 0x2e, 0x30, 0x51, CANARY]
    .map((number) => [ladderStory, idOf(number)] as const),
  [ladderStory, "dev/us-east-1"],
  [noCanaryStory, "dev/us-east-1"],
  [breakerStory, "dev/eu-west-1"],
  [provenStory, idOf(2)],
  [provenStory, idOf(6)],
  [provenStory, "dev/us-east-1"],
  [unprovenStory, "prod/us-west-2"],
];

export const texts: JobTexts = {
  of: (text) => [...instanceWith(text), ...canaryWith(text)],
  stories: (width) => [
    ...plans.map(([planning, how]) => told(planning, { ...how, width })),
    ...subjects.map(([planning, subject]) => explanationOf(planning, subject, width)),
  ],
  any: anyPlanning.map((planning) => (width) => [
    told(planning, { width }),
    ...[...planning.observed].flatMap(({ regions }) => regions)
      .flatMap(({ instances }) => instances)
      .map(({ id }) => explanationOf(planning, id, width)),
  ]),
};
