import { type Parts, partsOf } from "../../runners/core/parts.ts";
import { loadCatalogue, serviceOf } from "../../runners/repo/catalogue/catalogue.ts";
import type { Evidence, ObservedAccount, ObservedRole } from "../../runners/repo/observed.ts";
import { nextCut } from "../../runners/repo/policy/cover.ts";
import { INLINE_QUOTA, policySize } from "../../runners/repo/policy/size.ts";
import { accountIdOf } from "./audit_parts.ts";
import { type Random, seededRandom } from "./seeded_random.ts";

/** Services that inline policies speak of most, the most frequent first; the others are seldom. */
const FREQUENT = ("s3 logs ec2 dynamodb sqs sns kms lambda cloudwatch ssm secretsmanager iam sts " +
  "ecr ecs rds cloudformation elasticloadbalancing autoscaling kinesis events states " +
  "route53 glue athena elasticache es firehose xray cognito-idp apigateway batch").split(" ");

/** The one statement of a policy that grants everything, or nearly. */
const WIDE = {
  admin: { Effect: "Allow", Action: "*", Resource: "*" },
  power: {
    Effect: "Allow",
    NotAction: ["iam:*", "organizations:*", "account:*"],
    Resource: "*",
  },
} as const;

export const ROLES_PER_ACCOUNT = 100;
const DAY = 86_400_000;

/**
 * What roles there are: each kind and its share, and how often a statement has all of a service that
 * it speaks of. So wide, a good sixth of the roles that Repokid rewrites fails its own check of
 * sizes, which is near the fifth that was measured of it elsewhere.
 */
const KINDS = {
  /** For one program: mostly actions by name and `Prefix*`. */
  app: { share: 0.5, wholeService: 0.25 },
  /** For a team: mostly whole services. */
  team: { share: 0.485, wholeService: 0.8 },
  /** All actions, or all but some, in one of the two policies. */
  admin: { share: 0.01, wholeService: 0.05 },
  power: { share: 0.005, wholeService: 0.05 },
} as const;

type Kind = keyof typeof KINDS;

/** How often something else is so, of one. */
const SHARES = {
  unused: 0.6,
  /** Services of which the evidence does not speak. */
  unspoken: 0.01,
  prefix: 0.17,
  deny: 0.03,
  noRepo: 0.01,
} as const;

/**
 * Roles such as people make, with two inline policies each, within IAM's quota: patterns are mostly
 * actions, some `Prefix*`, few `service:*`; about six of ten services are not used. The same seed
 * and instant give the same accounts, each by itself.
 *
 * @param now everything is as old as it is at this instant
 * @returns the account of an index, with all its roles
 */
export function repoParts(seed: number, now: Date): (index: number) => ObservedAccount {
  const actions = Map.groupBy(loadCatalogue().actions, serviceOf);
  const all = [...actions.keys()];
  return (index) => {
    const made = rolesOf(seededRandom(seed * 1_000_000 + index), { actions, all, now });
    return {
      id: accountIdOf(index),
      name: null,
      partition: "aws",
      failure: null,
      at: now.toISOString(),
      whole: true,
      roles: Array.from(
        { length: ROLES_PER_ACCOUNT },
        (_, at) => made(index * ROLES_PER_ACCOUNT + at),
      ),
      managed: {},
    };
  };
}

/** Some accounts of {@link repoParts} together. */
export function repoCorpus(accounts: number, seed: number, now: Date): Parts<ObservedAccount> {
  const part = repoParts(seed, now);
  return partsOf(Array.from({ length: accounts }, (_, index) => part(index)));
}

/** What roles are made of. */
interface Material {
  /** By service. */
  readonly actions: ReadonlyMap<string, readonly string[]>;
  /** All services. */
  readonly all: readonly string[];
  readonly now: Date;
}

/** Makes roles, one after another. */
function rolesOf(
  random: Random,
  { actions, all, now }: Material,
): (index: number) => ObservedRole {
  return aRole;

  function aRole(index: number): ObservedRole {
    const name = `app-${String(index).padStart(5, "0")}`;
    const kind = aKind();
    const services = random.some(4, 12, aService);
    const evidence = evidenceOf(kind === "admin" || kind === "power" ? all : services);
    return {
      roleId: `AROA${String(index).padStart(17, "0")}`,
      arn: `arn:aws:iam::${accountIdOf(Math.floor(index / ROLES_PER_ACCOUNT))}:role/${name}`,
      name,
      path: "/",
      created: ago(400 + random.below(1000)),
      lastUsed: lastUseOf(evidence),
      description: "",
      tags: {},
      trust: '{"Version":"2012-10-17","Statement":[]}',
      boundary: null,
      inline: somePolicies(kind, services),
      attached: [],
      instanceProfiles: [],
      evidence,
    };
  }

  function aService(): string {
    // The square makes the first ones of the list the most frequent.
    return random.chance(0.9)
      ? FREQUENT[Math.floor(random.next() ** 2 * FREQUENT.length)]!
      : random.of(all);
  }

  function aKind(): Kind {
    let left = random.next();
    const found = Object.entries(KINDS).find(([, { share }]) => (left -= share) < 0);
    return (found?.[0] ?? "app") as Kind;
  }

  /** Two policies that fit together. */
  function somePolicies(kind: Kind, services: readonly string[]): ObservedRole["inline"] {
    for (;;) {
      const inline = {
        main: kind === "admin" || kind === "power"
          ? written([WIDE[kind]])
          : aPolicy(kind, services),
        more: aPolicy(kind, services),
      };
      if (policySize(Object.values(inline)) <= INLINE_QUOTA) return inline;
    }
  }

  function aPolicy(kind: Kind, services: readonly string[]): string {
    return written(random.times(1, 5, () => aStatement(kind, services)));
  }

  function aStatement(kind: Kind, services: readonly string[]): Record<string, unknown> {
    const patterns = random.some(1, 3, () => random.of(services))
      .flatMap((service) => somePatterns(kind, actions.get(service)!));
    const Action = patterns.length === 1 ? patterns[0] : patterns;
    return {
      ...(random.chance(SHARES.noRepo) ? { Sid: "NOREPOBreakGlass" } : {}),
      Effect: random.chance(SHARES.deny) ? "Deny" : "Allow",
      Action,
      Resource: random.chance(0.5) ? "*" : [
        `arn:aws:s3:::bucket-${random.below(1000)}`,
        `arn:aws:s3:::bucket-${random.below(1000)}/*`,
      ],
      ...(random.chance(0.1)
        ? { Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } } }
        : {}),
    };
  }

  function somePatterns(kind: Kind, own: readonly string[]): string[] {
    const prefix = own[0]!.slice(0, own[0]!.indexOf(":") + 1);
    if (random.chance(KINDS[kind].wholeService)) return [`${prefix}*`];
    return random.some(1, 8, () => {
      const action = random.of(own);
      if (!random.chance(SHARES.prefix)) return action;
      // `Get*` and `Describe*` more than `GetObject*`.
      const cut = nextCut(action, prefix.length + 1, "words");
      return `${action.slice(0, random.chance(0.7) ? cut : nextCut(action, cut + 1, "words"))}*`;
    });
  }

  /** As consoles write them, or programs. */
  function written(statements: readonly Record<string, unknown>[]): string {
    return JSON.stringify(
      { Version: "2012-10-17", Statement: statements },
      null,
      random.of(["", "  ", "    "]),
    );
  }

  function evidenceOf(services: readonly string[]): Evidence {
    const access = services.filter(() => !random.chance(SHARES.unspoken)).map((service) => {
      const isUsed = !random.chance(SHARES.unused);
      const lastUsed = isUsed
        ? ago(1 + random.below(60))
        : random.chance(0.5)
        ? null
        : ago(120 + random.below(200));
      return [service, { lastUsed, region: null, actions: null }] as const;
    });
    return {
      source: "iam",
      level: "service",
      completedAt: ago(0),
      services: Object.fromEntries(access),
    };
  }

  function ago(days: number): string {
    return new Date(now.getTime() - days * DAY).toISOString();
  }
}

/** IAM dates a use of the role itself no earlier than one of any service. */
function lastUseOf({ services }: Evidence): string | null {
  return Object.values(services).reduce<string | null>(
    (last, { lastUsed }) =>
      lastUsed !== null && (last === null || lastUsed > last) ? lastUsed : last,
    null,
  );
}

/** Roles taken evenly. @param every each so manieth of them, from the first on */
export function rolesIn(observed: Iterable<ObservedAccount>, every = 1): ObservedRole[] {
  return [...observed].flatMap(({ roles }) => roles).filter((_, at) => at % every === 0);
}
