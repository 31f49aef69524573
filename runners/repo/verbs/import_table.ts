import type { AttributeValue, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Text } from "../../core/text/sections.ts";
import { counted } from "../../core/cli/words.ts";
import { failureOf, isInterruption } from "../../core/aws/failure.ts";
import { regionName } from "../../core/config/values.ts";
import { pages } from "../../core/aws/paginate.ts";
import type { Session } from "../../core/aws/session.ts";
import { AwsAccessError, EXIT, GroundskeeperError, nameOf, UsageError } from "../../core/errors.ts";
import type { ReadStore, Store } from "../../core/store/store.ts";
import {
  accountOf,
  importOwnersWill,
  type KnownRoles,
  type Unimported,
} from "../migration/owners_will.ts";
import { IMPORTED, ROLES, storedAccounts } from "../inventory/rows.ts";
import { readRepokidItem } from "../migration/repokid_table.ts";
import { answer, type Answering, type VerbAnswer } from "./answer.ts";

/** The counts of an import, before its first item. */
function nothingImported() {
  return {
    /** Items whose history was read. */
    roles: 0,
    items: 0,
    versions: 0,
    opt_outs: 0,
    /** Opt-outs that the store had already. */
    opt_outs_before: 0,
    /** Items of the table that are no longer in force. */
    expired: { opt_outs: 0, permissions: 0 },
    /** What was not imported, each with what to do. */
    problems: [] as Unimported[],
  };
}

type Imported = ReturnType<typeof nothingImported>;

/** The table, and the session that may read it. */
type RepokidTable = {
  /** Of the home role, which may `dynamodb:Scan` the table. */
  readonly session: Session;
  readonly region: string;
  readonly table: string;
};

type Item = Record<string, AttributeValue>;

/**
 * `repo import-table`: reads Repokid's DynamoDB table, page by page. Its history becomes versions
 * that are shown and never restored; opt-outs that are in force become opt-outs here. Other wishes
 * of owners cannot be stored here and are listed with what to do. A second import changes nothing.
 *
 * @throws UsageError if there is no such table, or none of its items is Repokid's; AwsAccessError
 * if it may not be read
 */
export async function importTableVerb(
  store: Store,
  source: RepokidTable,
  answering: Answering,
): Promise<VerbAnswer> {
  const region = regionName.safeParse(source.region).error?.issues[0];
  if (region) throw new UsageError(`--table-region "${source.region}" ${region.message}`);
  const imported = nothingImported();
  const known = await knownRoles(store);
  for await (const items of readable(scan(source), source)) {
    if (imported.items === 0) refuseStranger(items, source.table);
    for (const item of items) await importItem(store, item, imported, { ...answering, known });
  }
  const { items: _items, ...told } = imported;
  return answer(
    textOf(imported, source.table, answering),
    { table: source.table, ...told },
    imported.problems.length === 0 && imported.items > 0 ? EXIT.done : EXIT.partly,
  );
}

/** The roles of the inventory, by ID. */
async function knownRoles(store: ReadStore): Promise<KnownRoles> {
  const known = new Map<string, { readonly account: string; readonly name: string }>();
  for (const id of await storedAccounts(store)) {
    for await (const { value } of ROLES.of(id).list(store)) {
      known.set(value.role_id, { account: id, name: value.name });
    }
  }
  return known;
}

async function importItem(
  store: Store,
  item: Item,
  imported: Imported,
  importing: Answering & { readonly known: KnownRoles },
): Promise<void> {
  const read = readRepokidItem(item, importing.now);
  const versions = read.versions ?? [];
  const rows = IMPORTED.of(accountOf(read, importing.known));
  await store.writeEach(versions.map(({ id, value }) => rows.write(id, value)));
  const { optOut, problems } = await importOwnersWill(store, read, importing);
  imported.items++;
  imported.roles += read.versions === null ? 0 : 1;
  imported.versions += versions.length;
  imported.opt_outs += optOut === "imported" ? 1 : 0;
  imported.opt_outs_before += optOut === "there" ? 1 : 0;
  imported.expired.opt_outs += read.expired.optOuts;
  imported.expired.permissions += read.expired.kept;
  imported.problems.push(...problems);
}

function textOf(imported: Imported, table: string, { command }: Answering): Text {
  const { roles, items, versions, opt_outs, opt_outs_before, expired, problems } = imported;
  if (items === 0) return [[`The table ${table} has no items. Nothing was imported.`]];
  const notes = [
    [opt_outs_before, "opt-out was", "opt-outs were", "in the store already"],
    [expired.opt_outs, "opt-out has", "opt-outs have", "expired"],
    [
      expired.permissions,
      "entry of NoRepoPermissions has",
      "entries of NoRepoPermissions have",
      "expired",
    ],
  ] as const;
  return [
    [
      {
        heading: `Imported ${counted(versions, "version")} of ${roles} of ` +
          `${counted(items, "role")}, and ${counted(opt_outs, "opt-out")}, from ${table}`,
      },
      {
        items: notes.filter(([count]) => count > 0)
          .map(([count, one, many, what]) => ({ name: `${counted(count, one, many)} ${what}` })),
      },
    ],
    problems.length === 0 ? [] : [{ heading: "Not imported" }, {
      items: problems.map(({ role_id, role, problem, command }) => ({
        name: [role ?? role_id ?? "an item without a role ID", problem],
        blocks: command === null ? [] : [{ command }],
      })),
    }],
    versions === 0 ? [] : [
      "The versions are shown for the time of store.retention, and cannot be restored.",
      { next: "To see those of a role:", command: command("repo versions", "ACCOUNT/NAME") },
    ],
  ];
}

/** Refuses a table that is not Repokid's: all its items would be read and named. */
function refuseStranger(items: readonly Item[], table: string): void {
  if (items.length === 0 || items.some((item) => "RoleId" in item || "RoleName" in item)) return;
  throw new UsageError(
    `Cannot import the table "${table}": none of its first ${counted(items.length, "item")} has ` +
      "the attribute RoleId or RoleName. Name Repokid's table. Nothing was imported",
  );
}

/** Says in a sentence why the table cannot be read. */
async function* readable(
  scanned: AsyncGenerator<readonly Item[]>,
  { table, region }: RepokidTable,
): AsyncGenerator<readonly Item[]> {
  try {
    yield* scanned;
  } catch (error) {
    if (error instanceof GroundskeeperError || isInterruption(error)) throw error;
    const cannot = `Cannot read the table "${table}" in ${region}`;
    const name = nameOf(error);
    if (name === "ResourceNotFoundException") {
      throw new UsageError(
        `${cannot}: there is no such table in this account and Region. Check its name, and name ` +
          "its Region with --table-region",
        { cause: error },
      );
    }
    const { reason, detail } = failureOf(error);
    if (name === "ValidationException") {
      throw new UsageError(`${cannot}: ${detail}. Check its name`, { cause: error });
    }
    const remedy = reason === "access-denied" || reason === "denied-by-policy"
      ? '. Give the role dynamodb:Scan on this table: see "permissions repo --role home"'
      : reason === "unreachable"
      ? ". Check the Region (--table-region) and the network"
      : ". What was imported until then stays; run it again";
    throw new AwsAccessError(reason, `${cannot}: ${detail}${remedy}`, { cause: error });
  }
}

async function* scan({ session, region, table }: RepokidTable): AsyncGenerator<readonly Item[]> {
  const { DynamoDBClient: Client, ScanCommand } = await import("@aws-sdk/client-dynamodb");
  const client: DynamoDBClient = session.client(Client, region);
  // The token of a page is a key: as a text, a repeated one is recognized.
  yield* pages(
    "dynamodb:Scan",
    (token) =>
      client.send(
        new ScanCommand({
          TableName: table,
          ConsistentRead: true,
          ...(token === undefined ? {} : { ExclusiveStartKey: JSON.parse(token) as Item }),
        }),
        session.reading,
      ),
    ({ Items, LastEvaluatedKey }) => ({
      items: Items,
      next: LastEvaluatedKey === undefined ? undefined : JSON.stringify(LastEvaluatedKey),
    }),
  );
}
