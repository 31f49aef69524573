import * as z from "zod";
import { accountId, regionName } from "../../core/config/values.ts";

/** The filters that are built in. */
export const FILTERS = ["age", "blocklist", "exclusive", "lambda", "opt-out"] as const;
export type FilterName = typeof FILTERS[number];

/** Lists of names by account: under "all", or an account's ID. */
export type ByAccount = { readonly [account: string]: readonly string[] };

const roleName = z.string().regex(
  /^[\w+=,.@-]{1,64}$/,
  "must be the name of a role, without its path",
);

// fnmatch, which Repokid has, knows [a-z] too; IAM's patterns do not, and no name has brackets.
const roleGlob = z.string().regex(
  /^[\w+=,.@*?-]{1,128}$/,
  "must be a pattern of role names, with * and ? alone",
);

const accountKey = z.string().regex(/^(all|\d{12})$/, 'must be "all" or the ID of an account');

const bucketSchema = z.strictObject({
  bucket: z.string().min(3),
  key: z.string().min(1),
  account_number: accountId.optional(),
  region: regionName.optional(),
  assume_role: roleName.optional(),
});

/** The object in S3 that holds a blocklist, with Repokid's keys. */
export type BlocklistBucket = z.infer<typeof bucketSchema>;

const noSettings = z.strictObject({});

/**
 * The settings of the built-in filters in `repo.filterConfig`, in Repokid's shapes (its README).
 * Other names belong to modules, which read their settings themselves.
 */
export const filterConfigSchema = z.looseObject({
  age: z.strictObject({ minimum_age: z.int().min(0).max(36_500).optional() }).optional(),
  blocklist: z.object({ blocklist_bucket: bucketSchema.optional() }).catchall(z.array(roleName))
    .check(({ value, issues }) => {
      for (const name of Object.keys(value)) {
        const { error } = name === "blocklist_bucket" ? {} : accountKey.safeParse(name);
        if (!error) continue;
        issues.push({
          code: "invalid_key",
          origin: "record",
          issues: error.issues,
          path: [name],
          input: name,
        });
      }
    }).optional(),
  exclusive: z.record(accountKey, z.array(roleGlob)).optional(),
  lambda: noSettings.optional(),
  "opt-out": noSettings.optional(),
});

export type FilterConfig = z.infer<typeof filterConfigSchema>;

/** The names for one account: its own, and those of "all". */
export function listed(lists: ByAccount, account: string): readonly string[] {
  const own = (key: string) => Object.hasOwn(lists, key) ? lists[key]! : [];
  return [...own("all"), ...own(account)];
}
