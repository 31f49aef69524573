import { audit, type WrongConfiguration } from "./wrong_configurations.ts";

const enforce = { accounts: ["111111111111"] };
const LACKS_OWNER =
  'audit.canary.tags lacks "owner", which audit.required asks for: a canary has every required ' +
  'tag. Add it, or say audit.canary.mode: "off"';
const keeps = (key: string) =>
  `audit.canary.tags sets "${key}", which Groundskeeper keeps for itself`;

/** Canaries that prove nothing, and tags that Groundskeeper keeps. */
export const wrongCanaries: readonly WrongConfiguration[] = [
  {
    title: "an enforced account, and a canary without a required tag",
    input: audit({ enforce }),
    says: [LACKS_OWNER],
  },
  {
    title: "an enforced unit, and a canary without a required tag",
    input: {
      ...audit({ enforce: { units: ["ou-ab12-cdef3456"] } }),
      organization: { accounts: "organizations", roles: "r" },
    },
    says: [LACKS_OWNER],
  },
  {
    title: "all accounts enforced but one, and a canary without a required tag",
    input: audit({ enforce: { accounts: { allExcept: ["111111111111"] } } }),
    says: [LACKS_OWNER],
  },
  {
    title: "a canary with none of either-of keys",
    input: audit({
      required: [{ anyOf: [{ key: "team" }, { key: "squad" }] }],
      enforce,
    }),
    says: [LACKS_OWNER.replace("owner", "team or squad")],
  },
  {
    title: "a canary that is required everywhere and has no required tag",
    input: audit({ canary: { mode: "required", tags: { Name: "canary" } } }),
    says: [LACKS_OWNER],
  },
  {
    title: "a canary whose required tag is empty",
    input: audit({ enforce, canary: { tags: { owner: " " } } }),
    says: [LACKS_OWNER],
  },
  {
    title: "a canary whose required tag is written otherwise",
    input: audit({ enforce, canary: { tags: { Owner: "alice" } } }),
    says: [LACKS_OWNER],
  },
  ...["groundskeeper-audit", "groundskeeper-until", "groundskeeper-canary"].map((key) => ({
    title: `a canary that carries ${key}`,
    input: audit({ canary: { tags: { owner: "alice", [key]: "x" } } }),
    says: [keeps(key)],
  })),
  {
    title: "a canary that carries the mark's own key in another case",
    input: audit({ mark: "wanting", canary: { tags: { owner: "alice", Wanting: "x" } } }),
    says: [keeps("wanting")],
  },
  {
    title: "a canary that carries a key of AWS",
    input: audit({ canary: { tags: { "aws:owner": "alice" } } }),
    says: [
      'audit.canary.tags.aws:owner must not begin with "aws:", which AWS keeps for itself',
    ],
  },
  {
    title: "a canary of an image that is none",
    input: audit({ canary: { image: "al2023" } }),
    says: [
      'audit.canary.image must be an image ID, or an SSM parameter that holds one: "ssm:/…", ' +
      'found the string "al2023"',
    ],
  },
  ...["groundskeeper-until", "Groundskeeper-Canary"].map((key) => ({
    title: `a rule about ${key}`,
    input: audit({ required: [{ key }] }),
    says: [`audit.required[0] requires "${key}", which Groundskeeper keeps for itself`],
  })),
  {
    title: "a rule with an old name that Groundskeeper keeps",
    input: audit({ required: [{ key: "owner", aliases: ["groundskeeper-until"] }] }),
    says: [
      'audit.required[0] requires "groundskeeper-until", which Groundskeeper keeps for itself',
    ],
  },
  ...["groundskeeper-until", "groundskeeper-canary"].map((mark) => ({
    title: `a mark called ${mark}`,
    input: audit({ mark }),
    says: [`audit.mark is "${mark}", which Groundskeeper keeps for another purpose`],
  })),
  {
    title: "a breaker of more than all",
    input: audit({ breakers: { ratioJump: 25 } }),
    says: ["audit.breakers.ratioJump must be at most 1, found the number 25"],
  },
];
