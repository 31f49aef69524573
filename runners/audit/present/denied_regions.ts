import type { OrganizationConfig } from "../../core/config/organization.ts";
import { chunksOf } from "../../core/chunks.ts";
import { counted, fewText } from "../../core/cli/words.ts";
import { compareText } from "../../core/plan/canonical.ts";
import type { Coverage } from "../../core/plan/coverage.ts";

type Regions = OrganizationConfig["regions"];

/** A Region that a policy denies: in which accounts, and whether in all that were asked there. */
type Denied = {
  readonly region: string;
  readonly accounts: readonly string[];
  readonly everywhere: boolean;
};

/** What to do about Regions that policies deny: a sentence, and the setting that it names, in lines. */
export type DeniedAdvice = { readonly say: string; readonly setting: readonly string[] };

const OF_ALL = "organization.regions is of all accounts";

/**
 * What to do about the Regions that policies deny. What organization.regions leaves out is left out of
 * all accounts, and its instances are not seen any more. So the complete setting is given only for
 * Regions that are denied in all accounts that were asked there, and only after a run that has asked
 * the complete organization, in which each account has answered otherwise somewhere. The rest is told,
 * once for all Regions that the same accounts deny.
 *
 * @param configured null: the run has not asked the complete organization
 * @param nameOf what an account is called, by its ID
 */
export function deniedAdvice(
  { regions, unproven }: Coverage,
  configured: Regions | null = "enabled",
  nameOf: (account: string) => string = (account) => account,
): DeniedAdvice[] {
  const places = [
    ...regions.map((place) => ({ ...place, denied: false })),
    ...unproven.map((place) => ({ ...place, denied: place.reason === "denied-by-policy" })),
  ];
  const accounts = new Set(places.map(({ account }) => account)).size;
  // What belongs to no Region, as an account that is not read or its IAM, says nothing of one.
  const asked = Map.groupBy(
    places.filter(({ region }) => region !== "global"),
    (one) => one.account,
  );
  const closed = configured === null
    ? []
    : [...asked].filter(([, own]) => own.every(({ denied }) => denied)).map(([account]) => account);
  const { true: everywhere = [], false: somewhere = [] } = Object.groupBy(
    deniedRegions([...asked.values()].flat().filter(({ account }) => !closed.includes(account))),
    (one) => `${one.everywhere}`,
  );
  const silent = accounts - asked.size + closed.length;
  const setting = configured === null || silent > 0
    ? null
    : leavingOut(everywhere.map(({ region }) => region), configured);
  const those = everywhere.length === 1 ? "the Region" : "the Regions";
  return [
    ...(setting ? [{ say: `To leave ${those} out, write in the configuration:`, setting }] : []),
    ...(setting ? [] : told(
      everywhere,
      configured === null
        ? `${OF_ALL}: a run without --account, --region, --accounts-file and ` +
          "--snapshot shows what can be left out."
        : `${OF_ALL}, and ${silent} of ${counted(accounts, "account")} answered in no Region: ` +
          "a setting is shown once all are read.",
    )),
    ...told(
      somewhere,
      `${OF_ALL}: allow the observing role there, or give those accounts a configuration of their ` +
        "own.",
    ),
    ...(closed.length === 0 ? [] : [{
      say: `Each Region that is read is denied in ${someOf(closed)}. ` +
        (closed.length === accounts
          ? "Allow the observing role in the Regions that you use, and name them in " +
            "organization.regions."
          : `Allow the observing role there, or leave the ${
            closed.length === 1 ? "account" : "accounts"
          } out with organization.exclude.`),
      setting: [],
    }]),
  ];

  /** Where the Regions are denied, a sentence for all Regions of the same accounts, and what to do. */
  function told(denied: readonly Denied[], advice: string): DeniedAdvice[] {
    const groups = [...Map.groupBy(denied, (one) => one.accounts.join()).values()];
    const sentences = groups.map((group) => {
      const names = group.map(({ region }) => region);
      const where = someOf(group[0]!.accounts);
      return names.length === 1
        ? `${names[0]} is denied in ${where}.`
        : `${names.length} Regions are denied in ${where}: ${names.join(", ")}.`;
    });
    return groups.length === 0 ? [] : [{ say: [...sentences, advice].join(" "), setting: [] }];
  }

  /** "dev" where there is no other, "all 40 accounts", or "1 of 40 accounts (dev)". */
  function someOf(some: readonly string[]): string {
    if (accounts === 1) return nameOf(some[0]!);
    return some.length === accounts
      ? `all ${counted(accounts, "account")}`
      : `${some.length} of ${counted(accounts, "account")} (${fewText(some.map(nameOf), NAMED)})`;
  }
}

/** How many accounts of one sentence are named. */
const NAMED = 3;

function deniedRegions(
  asked: readonly { readonly account: string; readonly region: string; readonly denied: boolean }[],
): Denied[] {
  return [...Map.groupBy(asked, ({ region }) => region)].flatMap(([region, places]) => {
    const accounts = places.filter(({ denied }) => denied).map(({ account }) => account);
    return accounts.length === 0 ? [] : [{
      region,
      accounts: accounts.sort(compareText),
      everywhere: accounts.length === places.length,
    }];
  }).sort((a, b) => compareText(a.region, b.region));
}

/** The setting without some Regions; null where there is nothing to leave out, or to keep. */
function leavingOut(denied: readonly string[], configured: Regions): string[] | null {
  if (denied.length === 0) return null;
  if (Array.isArray(configured)) {
    const kept = configured.filter((region) => !denied.includes(region));
    return kept.length === 0 ? null : settingLines('"regions": [', kept, "]");
  }
  const before = configured === "enabled" ? [] : configured.allExcept;
  const out = [...new Set([...before, ...denied])].sort(compareText);
  return settingLines('"regions": {"allExcept": [', out, "]}");
}

/** Names of Regions on a line: five of the longest fit 100 columns. */
const ON_A_LINE = 5;

/** The setting in lines that fit a terminal. */
function settingLines(begin: string, regions: readonly string[], end: string): string[] {
  const quoted = chunksOf(regions, ON_A_LINE).map((some) =>
    some.map((region) => `"${region}"`).join(", ")
  );
  const [head, tail] = [`"organization": {${begin}`, `${end}}`];
  return regions.length <= 3 ? [head + quoted.join("") + tail] : [
    head,
    ...quoted.map((line, index) => `  ${line}${index < quoted.length - 1 ? "," : ""}`),
    tail,
  ];
}
