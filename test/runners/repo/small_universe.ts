import type { ActionSet } from "../../../runners/repo/catalogue/action_set.ts";
import {
  type Catalogue,
  loadCatalogue,
  ONLY_MANAGED,
  unpack,
} from "../../../runners/repo/catalogue/catalogue.ts";
import { makeUniverse, type Universe } from "../../../runners/repo/catalogue/universe.ts";

/** Neighbours in every order (s3, s3-object-lambda, s3express), big ones and tiny ones. */
const SERVICES = [
  "iam",
  "kms",
  "lambda",
  "organizations",
  "s3",
  "s3-object-lambda",
  "s3express",
  "sns",
  "sqs",
  "ssmmessages",
  "sts",
  "tag",
];

/** Some actions that only the evidence knows, of a service of the catalogue and of another. */
const STRANGERS = ["s3:BrandNew", "newsvc:DoThing", "newsvc:DoThingAgain"];

/** A dozen services of the catalogue, so that a slow and simple comparison can look at everything. */
export const SMALL: Universe = makeUniverse(smallCatalogue(), STRANGERS);

function smallCatalogue(): Catalogue {
  const { date, actions, level } = loadCatalogue();
  const services = SERVICES.map((service) => {
    const levels: Record<string, string> = { name: service };
    for (const action of actions.filter((one) => one.startsWith(`${service}:`))) {
      const name = action.slice(service.length + 1);
      const of = level(action) ?? ONLY_MANAGED;
      levels[of] = of in levels ? `${levels[of]} ${name}` : name;
    }
    return [service, levels] as const;
  });
  return unpack({ date, services: Object.fromEntries(services) });
}

/** A set of the actions that are named. */
export function setOf(universe: Universe, actions: Iterable<string>): ActionSet {
  return universe.union(actions);
}

/** What a pattern matches, by a regular expression: slow, short, and nothing of the catalogue's. */
export function naively(pattern: string, universe: Universe): ReadonlySet<string> {
  const known = cache.get(pattern);
  if (known) return known;
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")
    .replaceAll("?", ".");
  const expression = new RegExp(`^${source}$`, "is");
  const matched = new Set(universe.actions.filter((action) => expression.test(action)));
  if (universe === SMALL) cache.set(pattern, matched);
  return matched;
}

const cache = new Map<string, ReadonlySet<string>>();
