/** Groups of documents: one for each value of the field, or of the fields together. */
export type Group = {
  readonly label: string;
  readonly fields: readonly [string, ...string[]];
  /** At most so many groups. */
  readonly size: number;
  /** The groups that were seen last come first; otherwise they are in the order of the alphabet. */
  readonly newest?: true;
};

/** Groups by a field. */
export const group = (label: string, field: string, size = 1_000): Group => (
  { label, fields: [field], size }
);
/** Groups by a field, of which those are taken that were seen last. The panel has `LAST_SEEN`. */
export const seenLast = (label: string, field: string): Group => (
  { ...group(label, field), newest: true }
);

export const BY_ID = group("ID", "cloud.account.id");
export const BY_REGION = group("Region", "region", 100);
/** The ID tells accounts apart that have the same name. */
export const BY_ACCOUNT: Group = {
  ...group("Account", "account"),
  fields: ["account", "cloud.account.id"],
};
export const BY_ACCOUNT_REGION: Group = {
  ...group("Account and Region", "region", 10_000),
  fields: [...BY_ACCOUNT.fields, "region"],
};
