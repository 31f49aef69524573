/** A configuration that is wrong, and every sentence that is said about it. */
export interface WrongConfiguration {
  readonly title: string;
  readonly input: unknown;
  readonly says: readonly string[];
}

/** A rule that is right. */
export const rule = { key: "owner" };

/** An audit that asks for no canary, so that nothing need be said of its tags. */
export const uncanaried = { required: [rule], canary: { mode: "off" } };

/** A configuration whose audit has these settings beside a right rule. */
export const audit = (settings: object) => ({
  version: 1,
  audit: { required: [rule], ...settings },
});

/** A configuration whose one rule has these settings. */
export const required = (settings: object) => audit({ required: [{ ...rule, ...settings }] });

/** A configuration with these settings of the organization. */
export const organization = (settings: object) => ({ version: 1, organization: settings });

/** A configuration with one exemption that has these settings. */
export const exempt = (settings: object) =>
  audit({
    exempt: [{
      match: { account: "111111111111" },
      reason: "why",
      until: "2027-01-31",
      ...settings,
    }],
  });
