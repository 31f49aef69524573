import { audit, type WrongConfiguration } from "./wrong_configurations.ts";

type Step = readonly [after: string, step: string];

const steps = (...ladder: readonly Step[]) => ladder.map(([after, step]) => ({ after, do: step }));
const limits = { limits: {} };
const mark: Step = ["0m", "mark"];

const LIMITS_UNSAID =
  "audit.limits must be written out where audit.ladder stops or terminates: say how many a run " +
  'may stop and terminate at most, such as {"stop": {"perRun": {"count": 10}}, "terminate": ' +
  '{"perRun": {"count": 5}}}';

/** Ladders whose steps are in no order. */
const orders: readonly (readonly [title: string, ladder: readonly Step[], says: string])[] = [
  ["no step", [], "must not be empty, found an empty list"],
  [
    "a termination without a mark",
    [["0m", "terminate"]],
    'must begin with {"after": …, "do": "mark"}',
  ],
  [
    "a stop before the mark",
    [["0m", "stop"], ["1d", "mark"]],
    'must begin with {"after": …, "do": "mark"}',
  ],
  [
    "two marks",
    [mark, ["3d", "mark"]],
    'must go from mark over stop to terminate, found "mark" after "mark"',
  ],
  [
    "a stop after the termination",
    [mark, ["3d", "terminate"], ["4d", "stop"]],
    'must go from mark over stop to terminate, found "stop" after "terminate"',
  ],
  [
    "two steps at once",
    [mark, ["3d", "stop"], ["72h", "terminate"]],
    'must be strictly ascending, found "72h" after "3d"',
  ],
  [
    "a step before the one that it follows",
    [["2d", "mark"], ["1d", "stop"]],
    'must be strictly ascending, found "1d" after "2d"',
  ],
];

/** Ladders, and what goes with them. */
export const wrongLadders: readonly WrongConfiguration[] = [
  ...orders.map(([title, ladder, says]) => ({
    title: `a ladder with ${title}`,
    input: audit({ ...limits, ladder: steps(...ladder) }),
    says: [`audit.ladder ${says}`],
  })),
  {
    title: "a ladder with a step that nobody knows",
    input: audit({ ladder: steps(mark, ["1d", "hibernate"]) }),
    says: [
      'audit.ladder[1].do must be one of "mark", "stop", "terminate", found the string ' +
      '"hibernate"',
    ],
  },
  ...[steps(mark, ["3d", "stop"]), steps(mark, ["3d", "terminate"])].map((ladder) => ({
    title: `a ladder that does ${ladder[1]!.do} and no limits`,
    input: audit({ ladder }),
    says: [LIMITS_UNSAID],
  })),
  ...["0m", "14m", "899s"].map((grace) => ({
    title: `a grace of ${grace} and a ladder that terminates`,
    input: audit({ ...limits, grace, ladder: steps(mark, ["3d", "terminate"]) }),
    says: [
      `audit.grace must be at least 15m where audit.ladder terminates, found "${grace}": tags may ` +
      "come minutes after the instance",
    ],
  })),
];
