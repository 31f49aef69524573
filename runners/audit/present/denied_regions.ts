import type { OrganizationConfig } from "../../core/config/organization.ts";
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

/**
 * What to do about the Regions that policies deny, in sentences: the complete setting that leaves
 * them out, which ends its sentence without a period.
 *
 * organization.regions is of all accounts: a Region that some account answers in is never named in
 * it, since its instances would not be seen any more.
 */
export function deniedAdvice(coverage: Coverage, configured: Regions = "enabled"): string[] {
  const { true: everywhere = [], false: somewhere = [] } = Object.groupBy(
    deniedRegions(coverage),
    ({ denied, asked }) => `${denied === asked}`,
  );
  const setting = leavingOut(everywhere.map(({ region }) => region), configured);
  const those = everywhere.length === 1 ? "the Region" : "the Regions";
  return [
    ...(setting === null ? [] : [
      `To leave ${those} out, write in the configuration: "organization": ` +
      `{"regions": ${setting}}`,
    ]),
    ...somewhere.map(({ region, denied, asked }) =>
      `${region} is denied in ${denied} of ${counted(asked, "account")}. organization.regions is ` +
      "of all accounts: allow the observing role there, or give those accounts a configuration " +
      "of their own."
    ),
  ];
}

/** The setting without some Regions, as JSON; null where there is nothing to leave out, or to keep. */
function leavingOut(denied: readonly string[], configured: Regions): string | null {
  if (denied.length === 0) return null;
  // Names of Regions have neither of these characters.
  const json = (value: unknown) => JSON.stringify(value).replaceAll(/[,:]/g, "$& ");
  if (Array.isArray(configured)) {
    const kept = configured.filter((region) => !denied.includes(region));
    return kept.length === 0 ? null : json(kept);
  }
  const before = configured === "enabled" ? [] : configured.allExcept;
  return json({ allExcept: [...new Set([...before, ...denied])].sort(compareText) });
}
