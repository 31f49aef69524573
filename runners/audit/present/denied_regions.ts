import type { OrganizationConfig } from "../../core/config/organization.ts";
import { chunksOf } from "../../core/chunks.ts";
import { counted } from "../../core/cli/words.ts";
import { compareText } from "../../core/plan/canonical.ts";
import type { Coverage } from "../../core/plan/coverage.ts";

type Regions = OrganizationConfig["regions"];

/** A Region that a policy denies in some accounts, and in how many it was asked. */
type Denied = { readonly region: string; readonly denied: number; readonly asked: number };

function deniedRegions({ regions, unproven }: Coverage): Denied[] {
  const asked = Map.groupBy([...regions, ...unproven], ({ region }) => region);
  const denied = Map.groupBy(
    unproven.filter(({ region, reason }) => reason === "denied-by-policy" && region !== "global"),
    ({ region }) => region,
  );
  return [...denied].map(([region, places]) => (
    { region, denied: places.length, asked: asked.get(region)!.length }
  )).sort((a, b) => compareText(a.region, b.region));
}

/** What to do about Regions that policies deny: a sentence, and the setting that it names, in lines. */
export type DeniedAdvice = { readonly say: string; readonly setting: readonly string[] };

/**
 * The complete setting that leaves out the Regions that policies deny. organization.regions is of all
 * accounts: a Region that some account answers in is never left out by it, since its instances would
 * not be seen any more. Such a Region is told by itself.
 */
export function deniedAdvice(
  coverage: Coverage,
  configured: Regions = "enabled",
): DeniedAdvice[] {
  const { true: everywhere = [], false: somewhere = [] } = Object.groupBy(
    deniedRegions(coverage),
    ({ denied, asked }) => `${denied === asked}`,
  );
  const setting = leavingOut(everywhere.map(({ region }) => region), configured);
  const those = everywhere.length === 1 ? "the Region" : "the Regions";
  return [
    ...(setting === null
      ? []
      : [{ say: `To leave ${those} out, write in the configuration:`, setting }]),
    ...somewhere.map(({ region, denied, asked }) => ({
      say: `${region} is denied in ${denied} of ${counted(asked, "account")}. ` +
        "organization.regions is of all accounts: allow the observing role there, or give those " +
        "accounts a configuration of their own.",
      setting: [],
    })),
  ];
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
