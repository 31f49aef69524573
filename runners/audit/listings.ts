import * as z from "zod";
import type { Failure } from "../core/aws/failure.ts";
import { counted } from "../core/cli/words.ts";
import { readListFile } from "../core/config/list_file.ts";
import { madeOnce } from "../core/made_once.ts";
import { instantInRow } from "../core/store/row_kind.ts";
import type { FreeWrite } from "../core/store/store.ts";
import { alternativesOf, type AuditConfig, type KeyRule, type TagRule, takesIn } from "./config.ts";
import { BELIEVED_AFTER_MS, dropOf } from "./levels.ts";
import type { ObservedAccount, ObservedList } from "./observed.ts";
import { placeRows } from "./place_rows.ts";
import { applies, type Whereabouts } from "./when.ts";

/**
 * What values are held against besides the configuration: the IAM users of an account, and files.
 * A listing that is not believed is undefined: rules by it are undecided.
 */
export type Listings = {
  readonly users: ReadonlySet<string> | undefined;
  readonly fileOf: (file: string) => ReadonlySet<string> | undefined;
};

/** A listing that rules of an account ask for, and why it is not believed, if it is not. */
export type Listing = {
  /** The id of its row. */
  readonly rowId: string;
  readonly kind: "users" | "list";
  /** What people call it: `iam:ListUsers`, or the file. */
  readonly name: string;
  readonly values: ReadonlySet<string> | undefined;
  readonly doubt: Failure | undefined;
  /** How many values there are; undefined where it could not be read. */
  readonly size: number | undefined;
};

/** How large a listing was when it was believed last. */
const sizeRow = z.object({
  size: z.number(),
  /** RFC 3339, UTC. */
  at: instantInRow,
  /** Since when it is so much smaller that it is not believed; absent where it is. */
  doubted_since: instantInRow.exactOptional(),
  /** Its size at that instant. One that is not nearly the same is another doubt. */
  doubted: z.number().exactOptional(),
});
type SizeRow = Readonly<z.infer<typeof sizeRow>>;

/** The sizes of the listings, by account and listing. Without a run they are over in time. */
export const LISTINGS = placeRows<SizeRow>("audit/listing", sizeRow, () => "retained");

/** A listing that has lost this share of its values is not believed at once. */
const DOUBTED_DROP = 0.5;

/** Sizes that differ by no more than this share of the larger one are nearly the same. */
const NEARLY_SAME = 0.1;

/** The files that the rules ask for. */
export function filesOf(rules: readonly TagRule[]): readonly string[] {
  return [...new Set(rules.flatMap(alternativesOf).flatMap((one) => fileOf(one) ?? []))];
}

/** The file that a rule's value asks for. */
function fileOf({ value }: KeyRule): string | undefined {
  if (value && "valueFrom" in value) return value.valueFrom;
  return value && "principal" in value ? value.principal.file : undefined;
}

/** Whether a rule's value may be an IAM user of an account. */
export function asksForUsers({ value }: KeyRule, account: string): boolean {
  const { users = false } = value && "principal" in value ? value.principal : {};
  return typeof users === "boolean" ? users : takesIn(users, account);
}

/**
 * Reads the files that the rules ask for.
 *
 * @param pathOf what a path in the configuration means
 */
export async function readLists(
  { required }: Pick<AuditConfig, "required">,
  pathOf: (file: string) => string,
): Promise<ObservedList[]> {
  return await Promise.all(
    filesOf(required).map(async (file): Promise<ObservedList> => {
      const read = await readListFile(pathOf(file));
      return "values" in read ? { file, values: [...read.values] } : { file, ...read };
    }),
  );
}

/** The rules that may apply in an account, whatever the Region and the instance. */
export function rulesIn(
  rules: readonly TagRule[],
  account: Pick<ObservedAccount, "id" | "units" | "unitsAsked">,
): readonly TagRule[] {
  const somewhere = { ...accountFacts(account), region: null, vpc: null, tags: null };
  return rules.filter(({ when }) => when === undefined || applies(when, somewhere) !== false);
}

/** What conditions read of an account. */
export function accountFacts({ id, units, unitsAsked = [] }: Pick<
  ObservedAccount,
  "id" | "units" | "unitsAsked"
>): Pick<Whereabouts, "account" | "units" | "unitsAsked"> {
  return { account: id, units, unitsAsked };
}

const setOf = madeOnce((values: readonly string[]): ReadonlySet<string> => new Set(values));

/** What a plan knows of listings. */
type Judging = {
  readonly config: Pick<AuditConfig, "required">;
  readonly earlier: { readonly listings: ReadonlyMap<string, SizeRow> };
  readonly now: Date;
};

/** The listings that rules of an account ask for, each judged whether it is believed. */
export function listingsIn(
  account: ObservedAccount,
  { config, earlier: { listings: rows }, now }: Judging,
): readonly Listing[] {
  const rules = rulesIn(config.required, account);
  const { users, lists = [] } = account;
  const judged = (
    kind: Listing["kind"],
    name: string,
    read: { readonly values: readonly string[] } | Failure,
  ): Listing => {
    const rowId = `${account.id}/${kind === "users" ? kind : `${kind}/${name}`}`;
    const about = { rowId, kind, name };
    if (!("values" in read)) return { ...about, values: undefined, doubt: read, size: undefined };
    const size = read.values.length;
    const row = rows.get(rowId);
    const doubt = size === 0
      ? { reason: kind === "users" ? "empty-answer" : "empty", detail: `${name} has no value` }
      : row && isShrunk(row, size) && !isBelievedByNow(row, size, now)
      ? { reason: "shrunk", detail: shrunkText(name, row, size) }
      : undefined;
    return { ...about, values: doubt ? undefined : setOf(read.values), doubt, size };
  };
  return [
    ...(users === null
      ? []
      : [judged("users", "iam:ListUsers", "names" in users ? { values: users.names } : users)]),
    ...filesOf(rules).map((file) =>
      judged("list", file, lists.find((one) => one.file === file) ?? NOT_READ)
    ),
  ];
}

const NOT_READ: Failure = {
  reason: "not-read",
  detail: "it was not read when the accounts were: the snapshot is of another configuration",
};

/** The listings as rules are held against them. */
export function believed(listings: readonly Listing[]): Listings {
  const files = new Map(
    listings.filter(({ kind }) => kind === "list")
      .map(({ name, values }) => [name, values]),
  );
  return {
    users: listings.find(({ kind }) => kind === "users")?.values,
    fileOf: (file) => files.get(file),
  };
}

function isShrunk({ size: was }: SizeRow, size: number): boolean {
  return dropOf(size, was) >= DOUBTED_DROP;
}

/** Whether it has been of nearly this size for long enough. */
function isBelievedByNow({ doubted, doubted_since }: SizeRow, size: number, now: Date): boolean {
  return isSameDoubt(doubted, size) && doubted_since !== undefined &&
    now.getTime() - Date.parse(doubted_since) >= BELIEVED_AFTER_MS;
}

function isSameDoubt(doubted: number | undefined, size: number): boolean {
  return doubted !== undefined &&
    dropOf(Math.min(size, doubted), Math.max(size, doubted)) <= NEARLY_SAME;
}

function shrunkText(name: string, { size: was, at, doubted_since }: SizeRow, size: number): string {
  const first = doubted_since === undefined ? "" : `, first at ${doubted_since}`;
  return `${name} has ${counted(size, "value")}, and had ${was} at ${at}. If that is right, it ` +
    `is believed after report or apply have found it for a day${first}`;
}

/** What is not known without a listing, as a gap of the coverage, for people. */
export function doubtText({ kind, name, doubt }: Listing): string {
  const said = doubt?.detail ?? "";
  // As in an organization whose people sign in by IAM Identity Center.
  const none = doubt?.reason === "empty-answer"
    ? '. If there are to be none, write the names into a file: "principal": {"users": false, ' +
      '"file": "principals.txt"}'
    : "";
  return kind === "users"
    ? `The IAM users are not known: ${said}. Rules about them are undecided${none}`
    : `The values of the file "${name}" are not known: ${said}. Rules by it are undecided. Check ` +
      "the file; its path is relative to the configuration";
}

/** The sizes of what could be read; while one is in doubt, the last one before. */
export function listingRows(
  { observed, ...judging }: Judging & { readonly observed: Iterable<ObservedAccount> },
): FreeWrite[] {
  const at = judging.now.toISOString();
  return Iterator.from(observed).flatMap((account) =>
    listingsIn(account, judging).flatMap(({ rowId, doubt, size }) => {
      if (!size) return [];
      const row = judging.earlier.listings.get(rowId);
      return [LISTINGS.write(rowId, doubt && row ? doubtedRow(row, size, at) : { size, at })];
    })
  ).toArray();
}

function doubtedRow(row: SizeRow, size: number, at: string): SizeRow {
  const isSame = isSameDoubt(row.doubted, size) && row.doubted_since !== undefined &&
    row.doubted_since <= at;
  return isSame ? row : { ...row, doubted_since: at, doubted: size };
}
