import * as z from "zod";
import { problemsOf } from "../../core/config/problems.ts";
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

function byAccount(value: z.ZodType<string>) {
  const key = z.string().regex(/^(all|\d{12})$/, 'must be "all" or the ID of an account');
  return z.record(key, z.array(value));
}

const bucketSchema = z.strictObject({
  bucket: z.string().min(3),
  key: z.string().min(1),
  account_number: accountId.optional(),
  region: regionName.optional(),
  assume_role: roleName.optional(),
});

/** The object in S3 that a blocklist is read from, in Repokid's words. */
export type BlocklistBucket = z.infer<typeof bucketSchema>;

/** What `repo.filterConfig` says of the built-in filters, in Repokid's shapes (its README). */
export type FilterSettings = {
  readonly age: { readonly minimumDays: number };
  readonly blocklist: { readonly names: ByAccount; readonly bucket: BlocklistBucket | null };
  readonly exclusive: ByAccount;
};

const ageSchema = z.strictObject({ minimum_age: z.int().min(0).max(36_500).default(90) });
const noSettings = z.strictObject({});

/**
 * Reads the settings of the built-in filters.
 *
 * @returns the settings, and what is wrong with them: sentences that begin with a path
 */
export function readFilterSettings(
  filterConfig: { readonly [name: string]: unknown },
): { readonly settings: FilterSettings; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const own = (name: string) => Object.hasOwn(filterConfig, name) ? filterConfig[name] : {};
  const read = <Schema extends z.ZodType>(schema: Schema, value: unknown, path: string[]) => {
    const whole = ["repo", "filterConfig", ...path];
    // Wrapped, so that what is wrong is told with its whole path.
    const wrapped = whole.reduceRight<z.ZodType>(
      (inner, key) => z.object({ [key]: inner }),
      schema,
    );
    const input = whole.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
    const result = wrapped.safeParse(input);
    if (!result.success) problems.push(...problemsOf(result.error, input, wrapped));
    return schema.safeParse(value).data as z.infer<Schema> | undefined;
  };
  const blocklist = own("blocklist");
  const isObject = blocklist !== null && typeof blocklist === "object" && !Array.isArray(blocklist);
  const { blocklist_bucket: bucket, ...names } = isObject
    ? blocklist as { [key: string]: unknown }
    : {};
  const settings = {
    age: { minimumDays: read(ageSchema, own("age"), ["age"])?.minimum_age ?? 90 },
    blocklist: {
      names: read(byAccount(roleName), isObject ? names : blocklist, ["blocklist"]) ?? {},
      bucket: bucket === undefined
        ? null
        : read(bucketSchema, bucket, ["blocklist", "blocklist_bucket"]) ?? null,
    },
    exclusive: read(byAccount(roleGlob), own("exclusive"), ["exclusive"]) ?? {},
  };
  read(noSettings, own("lambda"), ["lambda"]);
  read(noSettings, own("opt-out"), ["opt-out"]);
  return { settings, problems };
}

/** What an account and all accounts have in such a list. */
export function listed(lists: ByAccount, account: string): readonly string[] {
  const own = (key: string) => Object.hasOwn(lists, key) ? lists[key]! : [];
  return [...own("all"), ...own(account)];
}
