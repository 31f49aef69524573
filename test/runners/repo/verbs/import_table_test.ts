import assert from "assert";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Session } from "../../../../runners/core/aws/sessions.ts";
import { listImported } from "../../../../runners/repo/inventory/imported.ts";
import { readVersion } from "../../../../runners/repo/inventory/versions.ts";
import { importTableVerb } from "../../../../runners/repo/verbs/import_table.ts";
import { versionsVerb } from "../../../../runners/repo/verbs/versions.ts";
import { withStore } from "../../core/run/store_in_folder.ts";
import { aRole, PROD, roleIdOf } from "../inventory/roles.ts";
import { refresh, telling } from "./inventory.ts";

type Item = Record<string, AttributeValue>;

/** A session whose table answers these pages, one after the other. */
function tableOf(...pages: readonly Item[][]): Session {
  const send = ({ input }: { input: { ExclusiveStartKey?: { at: { N: string } } } }) => {
    const at = Number(input.ExclusiveStartKey?.at.N ?? 0);
    return Promise.resolve({
      Items: pages[at],
      ...(at + 1 < pages.length ? { LastEvaluatedKey: { at: { N: String(at + 1) } } } : {}),
    });
  };
  return {
    client: () => ({ send }),
    reading: { abortSignal: new AbortController().signal },
  } as unknown as Session;
}

const statement = (sid: string): AttributeValue => ({
  M: {
    Version: { S: "2012-10-17" },
    Statement: {
      L: [{
        M: {
          Sid: { S: sid },
          Effect: { S: "Allow" },
          Action: { L: [{ S: "s3:GetObject" }] },
          Resource: { S: "*" },
        },
      }],
    },
  },
});

function item(
  number: number,
  ...versions: readonly [source: string, at: string, sid: string][]
): Item {
  return {
    RoleId: { S: roleIdOf(number) },
    Policies: {
      L: versions.map(([source, at, sid]) => ({
        M: { Source: { S: source }, Discovered: { S: at }, Policy: { M: { app: statement(sid) } } },
      })),
    },
  };
}

const read = (session: Session) => ({ session, region: "us-east-1", table: "repokid_roles" });

Deno.test("all pages of the table are read, in Repokid's spelling of instants and empty strings", async () => {
  await withStore(async (store) => {
    const table = tableOf(
      [item(1, ["Scan", "2021-01-02T03:04:05.678901", "---DYNAMO-EMPTY-STRING---"])],
      [],
      [item(2, ["Scan", "2021-02-01T00:00:00", "a"], ["Repo", "2021-03-01T00:00:00", "a"])],
    );
    for (let time = 0; time < 2; time++) {
      const { json, exitCode } = await importTableVerb(store, read(table), telling);
      assert.equal(exitCode, 0);
      assert.deepEqual(json, { table: "repokid_roles", roles: 2, versions: 3, problems: [] });
    }
    const [version] = await listImported(store, roleIdOf(1));
    assert.equal(version!.discovered, "2021-01-02T03:04:05.678Z");
    assert.equal(JSON.parse(version!.policies["app"]!).Statement[0].Sid, "");
    const sources = (await listImported(store, roleIdOf(2))).map(({ source }) => source);
    assert.deepEqual(sources, ["Scan", "Repo"]);
  });
});

Deno.test("items that cannot be read are named and leave nothing, and the import is done in part", async () => {
  await withStore(async (store) => {
    const table = tableOf([
      { RoleName: { S: "app" } },
      item(1, ["Scan", "some day", "a"]),
      { RoleId: { S: roleIdOf(2) }, Policies: { S: "none" } },
      item(3, ["Scan", "2021-02-01T00:00:00", "a"]),
    ]);
    const { text, exitCode } = await importTableVerb(store, read(table), telling);
    assert.equal(exitCode, 3);
    assert.match(text, /Imported 1 version of 1 of 4 roles from repokid_roles/);
    assert.match(text, new RegExp(`${roleIdOf(1)} {3}Its version 1 was discovered at "some day"`));
    assert.equal((await listImported(store, roleIdOf(1))).length, 0);
  });
});

Deno.test("imported versions are shown apart, have no number, and cannot be had for a restore", async () => {
  await withStore(async (store) => {
    await refresh(store, { [PROD]: { roles: [aRole(1)] } });
    const table = tableOf([item(1, ["Scan", "2021-02-01T00:00:00", "a"])]);
    await importTableVerb(store, read(table), telling);
    const { text } = await versionsVerb(store, { account: PROD, name: "role-1" }, telling);
    assert.match(text, /role-1 {3}1 version of its inline policies/);
    assert.match(text, /1 older version came from Repokid's table.*\n(.*\n)?.*Scan/);
    const version = await readVersion(store, roleIdOf(1), 1);
    assert.deepEqual("policies" in version && version.policies, aRole(1).inline);
    assert.equal("reason" in await readVersion(store, roleIdOf(1), 2), true);
  });
});
