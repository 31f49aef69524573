import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import * as z from "zod";
import { isArn, parseArn } from "../../core/aws/arn.ts";
import { parseInstant } from "./timestamps.ts";
import type { OptOut } from "../planning.ts";
import type { ImportedVersion } from "../inventory/rows.ts";

/** What Repokid wrote in place of an empty string, and never took back. */
const EMPTY = "---DYNAMO-EMPTY-STRING---";

const ROLE_ID = /^AROA[A-Z0-9]{1,124}$/;

const versionsSchema = z.array(z.looseObject({
  Source: z.string(),
  Discovered: z.union([z.string(), z.number()]),
  Policy: z.record(z.string(), z.unknown()),
}));

/** A version, and its id in the store. */
type ImportedRow = { readonly id: string; readonly value: ImportedVersion };

/** What an item of Repokid's table says of a role (repokid 0.19, `role.py`). */
export type RepokidItem = {
  /** null: the item has none, so that nothing can be stored. */
  readonly roleId: string | null;
  /** The role, as `ACCOUNT/NAME`; null: the item does not say it. */
  readonly role: string | null;
  /** Its history; null: it cannot be read. */
  readonly versions: readonly ImportedRow[] | null;
  /** An opt-out that is still in force, or the text of one whose end cannot be read. */
  readonly optOut: Omit<OptOut, "at"> | { readonly unreadable: string } | null;
  /** Permissions that must stay, with when that ends; null: its end cannot be read. */
  readonly kept: readonly { readonly permission: string; readonly until: Date | null }[];
  /** A scheduled removal. */
  readonly scheduled: { readonly due: Date | null; readonly permissions: readonly string[] } | null;
  /** How many are no longer in force. */
  readonly expired: { readonly optOuts: number; readonly kept: number };
  /** What could not be read, a sentence each. */
  readonly problems: readonly string[];
};

type Plain = { readonly [name: string]: unknown };

/**
 * Reads one item, each attribute by itself: a history that cannot be read must not hide an opt-out.
 * Its versions are shown and never restored: it is not certain that AWS had them so. `Active` is
 * not read: Repokid has it the wrong way round.
 *
 * @param now decides what has expired
 */
export function readRepokidItem(
  item: Readonly<Record<string, AttributeValue>>,
  now: Date,
): RepokidItem {
  const plain: Plain = plainMap(item);
  const problems: string[] = [];
  const named = plain["RoleId"];
  const roleId = typeof named === "string" && ROLE_ID.test(named) ? named : null;
  if (roleId === null) {
    problems.push(`RoleId must be the ID of a role, such as AROA…, found ${said(named)}`);
  }
  const optOut = readOptOut(plain["OptOut"], now);
  const { kept, over } = readKept(plain["NoRepoPermissions"], now, problems);
  return {
    roleId,
    role: roleOf(plain, problems),
    versions: roleId === null ? null : readVersions(roleId, plain["Policies"], problems),
    optOut: optOut === "over" ? null : optOut,
    kept,
    scheduled: readSchedule(plain, problems),
    expired: { optOuts: optOut === "over" ? 1 : 0, kept: over },
    problems,
  };
}

function roleOf({ Arn, Account, RoleName }: Plain, problems: string[]): string | null {
  const account = isText(Account) ? String(Account) : null;
  const name = isText(RoleName) ? String(RoleName) : null;
  if (typeof Arn !== "string" || !isArn(Arn)) {
    if (!isNothing(Arn)) problems.push(`Arn must be the ARN of a role, found ${said(Arn)}`);
    return account && name ? `${account}/${name}` : null;
  }
  const arn = parseArn(Arn);
  const inArn = `${arn.account}/${arn.resource.slice(arn.resource.lastIndexOf("/") + 1)}`;
  if (account !== null && account !== arn.account) {
    problems.push(`Account is ${said(account)}, and its Arn is of ${arn.account}`);
  }
  return inArn;
}

function readVersions(roleId: string, value: unknown, problems: string[]): ImportedRow[] | null {
  const read = versionsSchema.safeParse(isNothing(value) ? [] : value);
  if (!read.success) {
    const { path, message } = read.error.issues[0]!;
    problems.push(`Its history was not imported: ${["Policies", ...path].join(".")}: ${message}`);
    return null;
  }
  const rows: ImportedRow[] = [];
  for (const [index, { Source, Discovered, Policy }] of read.data.entries()) {
    const discovered = parseInstant(Discovered)?.toISOString();
    if (discovered === undefined) {
      problems.push(
        `Its history was not imported: version ${index + 1} was discovered at "${Discovered}"`,
      );
      return null;
    }
    const policies = Object.fromEntries(
      Object.entries(Policy).map(([name, document]) => [name, JSON.stringify(document)]),
    );
    const id = `${roleId}/${discovered}/${String(index).padStart(6, "0")}`;
    rows.push({ id, value: { source: Source, discovered, policies, imported: true } });
  }
  return rows;
}

/** Repokid requires only the end; owner and reason are beside it. */
function readOptOut(value: unknown, now: Date): RepokidItem["optOut"] | "over" {
  if (isNothing(value)) return null;
  const { owner, reason, expire } = isMap(value) ? value : {};
  const end = parseInstant(expire);
  if (end === undefined) return { unreadable: said(value) };
  if (end <= now) return "over";
  return {
    owner: isText(owner) ? String(owner) : "an owner that Repokid's table does not name",
    reason: isText(reason) ? String(reason) : "Repokid's table gives no reason",
    // Here it ends with its day, never before Repokid's instant.
    until: dayOf(end),
  };
}

/** The day of an instant in UTC, `2027-01-31`. */
export function dayOf(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}

function readKept(value: unknown, now: Date, problems: string[]) {
  const kept: { permission: string; until: Date | null }[] = [];
  let over = 0;
  if (!isNothing(value) && !isMap(value)) {
    problems.push(`NoRepoPermissions must be a map, found ${said(value)}`);
  }
  for (const [permission, expire] of Object.entries(isMap(value) ? value : {})) {
    const until = parseInstant(expire) ?? null;
    if (until !== null && until <= now) over++;
    else kept.push({ permission, until });
  }
  return { kept, over };
}

/** 0 means "not scheduled" in Repokid. A removal that is due still waits. */
function readSchedule(
  { RepoScheduled, ScheduledPerms }: Plain,
  problems: string[],
): RepokidItem["scheduled"] {
  if (isNothing(RepoScheduled) || isText(RepoScheduled) && Number(RepoScheduled) === 0) return null;
  const isList = Array.isArray(ScheduledPerms) && ScheduledPerms.every(isText);
  if (!isList) {
    problems.push(`ScheduledPerms must be a list of permissions, found ${said(ScheduledPerms)}`);
  }
  return {
    due: parseInstant(RepoScheduled) ?? null,
    permissions: isList ? ScheduledPerms.map(String) : [],
  };
}

/** Whether an attribute says nothing: it is not there, or empty, as Repokid leaves many. */
function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  return isMap(value) && Object.keys(value).length === 0;
}

function isMap(value: unknown): value is Plain {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** A number that somebody has written as a number is a text too. */
function isText(value: unknown): boolean {
  return typeof value === "number" || typeof value === "string" && value.trim() !== "";
}

function said(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

/** A value of DynamoDB as plain data. Sets become lists; this table has no bytes. */
function plainValue(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S === EMPTY ? "" : value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.L) return value.L.map(plainValue);
  if (value.M) return plainMap(value.M);
  if (value.SS) return value.SS.map((text) => text === EMPTY ? "" : text);
  if (value.NS) return value.NS.map(Number);
  return null;
}

function plainMap(map: Readonly<Record<string, AttributeValue>>): Plain {
  return Object.fromEntries(Object.entries(map).map(([name, one]) => [name, plainValue(one)]));
}
