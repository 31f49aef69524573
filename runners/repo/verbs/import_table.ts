import type { AttributeValue, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { visible } from "../../core/cli/table.ts";
import { counted } from "../../core/cli/words.ts";
import { chunksOf } from "../../core/chunks.ts";
import { pages } from "../../core/aws/paginate.ts";
import type { Session } from "../../core/aws/sessions.ts";
import { EXIT } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { Store } from "../../core/store/store.ts";
import { readRepokidItem } from "../inventory/repokid_table.ts";
import { answer, type Telling, type VerbAnswer } from "./answer.ts";

/** How many rows are written at once. */
const ROWS_AT_ONCE = 100;

type Item = Record<string, AttributeValue>;

/**
 * `repo import-table`: reads the history of Repokid's DynamoDB table, page by page, as versions that
 * are shown and never restored. To read it twice changes nothing.
 *
 * @param session of the home account, whose role may `dynamodb:Scan` the table
 * @throws what the SDK throws: a table that is not there, no permission
 */
export async function importTableVerb(
  store: Store,
  { session, region, table }: {
    readonly session: Session;
    readonly region: string;
    readonly table: string;
  },
  telling: Telling,
): Promise<VerbAnswer> {
  const problems: { readonly role_id: string | null; readonly problem: string }[] = [];
  let roles = 0, versions = 0;
  for await (const items of scan(session, region, table)) {
    const read = items.map(readRepokidItem);
    const good = read.filter((one) => "writes" in one);
    const writes = good.flatMap((one) => one.writes);
    for (const chunk of chunksOf(writes, ROWS_AT_ONCE)) await store.write(chunk);
    roles += good.length;
    versions += writes.length;
    for (const one of read) {
      if ("problem" in one) problems.push({ role_id: one.roleId, problem: one.problem });
    }
  }
  const { style, command } = telling;
  return answer(
    [
      style.bold(
        `Imported ${counted(versions, "version")} of ${roles} of ` +
          `${counted(roles + problems.length, "role")} from ${visible(table)}`,
      ),
      problems.length === 0 ? "" : [
        style.bold("Not imported"),
        ...problems.map(({ role_id, problem }) =>
          `  ${visible(role_id ?? "an item without a role ID")}   ${visible(problem)}`
        ),
      ].join("\n"),
      `They are shown and cannot be restored.  To see one:  ${command} versions ACCOUNT/NAME`,
    ],
    { table, roles, versions, problems } as unknown as Json,
    problems.length === 0 ? EXIT.done : EXIT.partly,
  );
}

async function* scan(
  session: Session,
  region: string,
  table: string,
): AsyncGenerator<readonly Item[]> {
  const { DynamoDBClient: Client, ScanCommand } = await import("@aws-sdk/client-dynamodb");
  const client: DynamoDBClient = session.client(Client, region);
  // The token of a page is a key, so that a repeated one is seen by its text.
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
