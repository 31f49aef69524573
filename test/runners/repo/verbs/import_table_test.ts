import assert from "assert";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Session } from "../../../../runners/core/aws/session.ts";
import { findOptOut } from "../../../../runners/repo/inventory/opt_outs.ts";
import { listImported, OPT_OUTS } from "../../../../runners/repo/inventory/rows.ts";
import { readVersion } from "../../../../runners/repo/inventory/versions.ts";
import { importTableVerb } from "../../../../runners/repo/verbs/import_table.ts";
import { versionsVerb } from "../../../../runners/repo/verbs/versions.ts";
import { withStore } from "../../core/run/store_in_folder.ts";
import { aRole, keyOf, PROD, roleIdOf } from "../inventory/roles.ts";
import { answering, refresh, said } from "./inventory.ts";

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

const NO_WILL = {
  opt_outs: 0,
  opt_outs_before: 0,
  expired: { opt_outs: 0, permissions: 0 },
  problems: [],
};

const read = (session: Session) => ({ session, region: "us-east-1", table: "repokid_roles" });

Deno.test("all pages of the table are read, in Repokid's spelling of instants and empty strings", async () => {
  await withStore(async (store) => {
    const table = tableOf(
      [item(1, ["Scan", "2021-01-02T03:04:05.678901", "---DYNAMO-EMPTY-STRING---"])],
      [],
      [item(2, ["Scan", "2021-02-01T00:00:00", "a"], ["Repo", "2021-03-01T00:00:00", "a"])],
    );
    for (let time = 0; time < 2; time++) {
      const { json, exitCode } = await importTableVerb(store, read(table), answering);
      assert.equal(exitCode, 0);
      assert.deepEqual(json, { table: "repokid_roles", roles: 2, versions: 3, ...NO_WILL });
    }
    const [version] = await listImported(store, keyOf(1));
    assert.equal(version!.discovered, "2021-01-02T03:04:05.678Z");
    assert.equal(JSON.parse(version!.policies["app"]!).Statement[0].Sid, "");
    const sources = (await listImported(store, keyOf(2))).map(({ source }) => source);
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
    const { text, exitCode } = await importTableVerb(store, read(table), answering);
    assert.equal(exitCode, 3);
    assert.match(
      said({ text }),
      /Imported 1 version of 1 of 4 roles, and 0 opt-outs, from repokid_roles/,
    );
    assert.match(
      said({ text }),
      new RegExp(`${roleIdOf(1)} {3}.*version 1 was discovered at "some day"`),
    );
    assert.equal((await listImported(store, keyOf(1))).length, 0);
  });
});

Deno.test("imported versions are shown apart, have no number, and cannot be had for a restore", async () => {
  await withStore(async (store) => {
    await refresh(store, { [PROD]: { roles: [aRole(1)] } });
    const table = tableOf([item(1, ["Scan", "2021-02-01T00:00:00", "a"])]);
    await importTableVerb(store, read(table), answering);
    const { text } = await versionsVerb(store, { account: PROD, name: "role-1" }, answering);
    assert.match(said({ text }), /role-1 {3}1 version of its inline policies/);
    assert.match(said({ text }), /1 older version came from Repokid's table.*\n(.*\n)?.*Scan/);
    const version = await readVersion(store, keyOf(1), 1);
    assert.deepEqual("policies" in version && version.policies, aRole(1).inline);
    assert.equal("reason" in await readVersion(store, keyOf(1), 2), true);
  });
});

/** 1 January 2030. */
const LATER = 1_893_456_000;
const OVER = 1_600_000_000;

/** An item of one role of the inventory, with what an owner wants. */
function wish(more: Item, number = 1): Item {
  return {
    RoleId: { S: roleIdOf(number) },
    RoleName: { S: `role-${number}` },
    Account: { S: PROD },
    Arn: { S: `arn:aws:iam::${PROD}:role/role-${number}` },
    ...more,
  };
}

const optOut = (expire: AttributeValue, owner = "bob", reason = "quarterly"): Item => ({
  OptOut: { M: { owner: { S: owner }, reason: { S: reason }, expire } },
});

const OPT_OUT = `groundskeeper repo opt-out ${PROD}/role-1 --owner `;

interface Wish {
  readonly title: string;
  readonly item: Item;
  /** The end of the opt-out in the store; absent: there is none. */
  readonly until?: string;
  readonly expired?: { readonly opt_outs: number; readonly permissions: number };
  /** The listed problems, each with its command; empty: there are none. */
  readonly listed?: readonly (readonly [problem: RegExp, command: string | null])[];
}

const wishes: readonly Wish[] = [
  { title: "an opt-out", item: wish(optOut({ N: `${LATER}` })), until: "2030-01-01" },
  { title: "an opt-out in a text", item: wish(optOut({ S: `${LATER}` })), until: "2030-01-01" },
  {
    title: "an opt-out in milliseconds, of the last instant of a day",
    item: wish(optOut({ N: `${LATER * 1_000 - 1}` })),
    until: "2029-12-31",
  },
  {
    title: "an opt-out of nobody",
    item: wish({ OptOut: { M: { expire: { N: `${LATER}` } } } }),
    until: "2030-01-01",
  },
  {
    title: "an opt-out of an item without name",
    item: { RoleId: { S: roleIdOf(1) }, ...optOut({ N: `${LATER}` }) },
    until: "2030-01-01",
  },
  {
    title: "an opt-out of a role that the inventory does not know",
    item: { RoleId: { S: roleIdOf(9) }, ...optOut({ N: `${LATER}` }) },
    until: "2030-01-01",
  },
  {
    title: "an opt-out that is over",
    item: wish(optOut({ N: `${OVER}` })),
    expired: { opt_outs: 1, permissions: 0 },
  },
  { title: "an empty opt-out", item: wish({ OptOut: { M: {} } }) },
  { title: "an opt-out of NULL", item: wish({ OptOut: { NULL: true } }) },
  {
    title: "an opt-out without an end",
    item: wish({ OptOut: { M: { owner: { S: "bob" } } } }),
    listed: [[
      /opt-out was not imported: OptOut is {"owner":"bob"}, and has no instant/,
      `${OPT_OUT}NAME --reason TEXT --until YYYY-MM-DD`,
    ]],
  },
  {
    title: "an opt-out that is a text",
    item: wish({ OptOut: { S: "yes" } }),
    listed: [[/OptOut is "yes"/, `${OPT_OUT}NAME --reason TEXT --until YYYY-MM-DD`]],
  },
  {
    title: "an opt-out of an item whose role nobody knows",
    item: { RoleName: { S: "role-1" }, Account: { S: PROD }, ...optOut({ N: `${LATER}` }) },
    listed: [
      [/^RoleId must be the ID of a role/, null],
      [/nobody knows of which role/, `${OPT_OUT}bob --reason quarterly --until 2030-01-01`],
    ],
  },
  {
    title: "an item whose account is another than its ARN's",
    item: wish({ Account: { S: "999999999999" }, ...optOut({ N: `${LATER}` }) }),
    until: "2030-01-01",
    listed: [[/^Account is "999999999999", and its Arn is of 111111111111$/, null]],
  },
  {
    title: "an item of a role that was made again",
    item: { ...wish(optOut({ N: `${LATER}` })), RoleId: { S: roleIdOf(8) } },
    until: "2030-01-01",
    listed: [[/deleted and made again/, `groundskeeper repo role ${PROD}/role-1`]],
  },
  {
    title: "permissions that stay, and one that no longer does",
    item: wish({
      NoRepoPermissions: {
        M: { "s3:PutObject": { N: `${LATER}` }, sqs: { S: `${LATER}` }, old: { N: `${OVER}` } },
      },
    }),
    expired: { opt_outs: 0, permissions: 1 },
    listed: [[
      /^2 permissions must stay .*: s3:PutObject until 2030-01-01, sqs until 2030-01-01\. Add/,
      `${OPT_OUT}NAME --reason 'Repokid'\\''s NoRepoPermissions' --until 2030-01-01`,
    ]],
  },
  {
    title: "a permission that stays until nobody knows when",
    item: wish({ NoRepoPermissions: { M: { "s3:PutObject": { S: "soon" } } } }),
    listed: [[
      /s3:PutObject until an instant that cannot be read/,
      `${OPT_OUT}NAME --reason 'Repokid'\\''s NoRepoPermissions' --until YYYY-MM-DD`,
    ]],
  },
  {
    title: "a list of permissions that is none",
    item: wish({ NoRepoPermissions: { S: "all" } }),
    listed: [[/^NoRepoPermissions must be a map, found "all"$/, null]],
  },
  {
    title: "a schedule, in a set",
    item: wish({
      RepoScheduled: { N: `${LATER}` },
      ScheduledPerms: { SS: ["sqs", "s3:putobject"] },
    }),
    listed: [[
      /^Repokid was to remove sqs, s3:putobject on 2030-01-01\. Nothing is scheduled here/,
      `groundskeeper repo schedule --role ${PROD}/role-1`,
    ]],
  },
  {
    title: "a schedule whose day has come",
    item: wish({ RepoScheduled: { N: `${OVER}` }, ScheduledPerms: { L: [{ S: "sqs" }] } }),
    listed: [[/remove sqs on 2020-09-13/, `groundskeeper repo schedule --role ${PROD}/role-1`]],
  },
  {
    title: "no schedule",
    item: wish({ RepoScheduled: { N: "0" }, ScheduledPerms: { L: [{ S: "sqs" }] } }),
  },
  {
    title: "a history that cannot be read beside an opt-out",
    item: wish({ Policies: { S: "none" }, ...optOut({ N: `${LATER}` }) }),
    until: "2030-01-01",
    listed: [[/^Its history was not imported: Policies: /, null]],
  },
];

for (const { title, item, until, expired, listed = [] } of wishes) {
  Deno.test(`of ${title} the owner's will is kept, or listed with what to do`, async () => {
    await withStore(async (store) => {
      await refresh(store, { [PROD]: { roles: [aRole(1)] } });
      for (let time = 0; time < 2; time++) {
        const { json, exitCode } = await importTableVerb(store, read(tableOf([item])), answering);
        const told = json as unknown as {
          problems: { problem: string; command: string | null }[];
          expired: unknown;
          opt_outs: number;
          opt_outs_before: number;
        };
        assert.deepEqual(told.problems.map(({ command }) => command), listed.map(([, one]) => one));
        listed.forEach(([problem], index) => assert.match(told.problems[index]!.problem, problem));
        assert.equal(exitCode, listed.length === 0 ? 0 : 3);
        assert.deepEqual(told.expired, expired ?? { opt_outs: 0, permissions: 0 });
        const counts = until === undefined ? [0, 0] : time === 0 ? [1, 0] : [0, 1];
        assert.deepEqual([told.opt_outs, told.opt_outs_before], counts);
      }
      const roleId = item["RoleId"]?.S ?? "none";
      assert.equal(
        (await findOptOut(store, { account: PROD, role_id: roleId }))?.value.until,
        until,
      );
    });
  });
}

Deno.test("an opt-out that a person has set here since stays as it is, and a later one is listed", async () => {
  await withStore(async (store) => {
    const here = {
      owner: "alice",
      reason: "mine",
      until: "2027-06-30",
      at: "2026-11-01T00:00:00Z",
    };
    await refresh(store, { [PROD]: { roles: [aRole(1)] } });
    await store.write([OPT_OUTS.of(PROD).write(roleIdOf(1), here, "absent")]);
    const table = tableOf([wish(optOut({ N: `${LATER}` }))]);
    const { text, exitCode } = await importTableVerb(store, read(table), answering);
    assert.equal(exitCode, 3);
    assert.match(said({ text }), /opted out here until the end of 2027-06-30 by alice/);
    assert.deepEqual((await OPT_OUTS.of(PROD).get(store, roleIdOf(1)))?.value, here);
  });
});

const failures: readonly (readonly [
  name: string,
  message: string,
  status: number,
  says: RegExp,
  exit: number,
])[] = [
  ["ResourceNotFoundException", "Requested resource not found", 400, /there is no such table/, 2],
  ["ValidationException", "1 validation error", 400, /Check its name$/, 2],
  ["AccessDeniedException", "not authorized", 400, /Give the role dynamodb:Scan on this table/, 1],
  ["ThrottlingException", "Rate exceeded", 400, /run it again$/, 1],
  ["UnrecognizedClientException", "The security token is invalid", 400, /run it again$/, 1],
];

for (const [name, message, httpStatusCode, says, exitCode] of failures) {
  Deno.test(`a table that answers ${name} is told in a sentence`, async () => {
    const error = Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
    const session = {
      client: () => ({ send: () => Promise.reject(error) }),
      reading: { abortSignal: new AbortController().signal },
    } as unknown as Session;
    await withStore(async (store) => {
      await assert.rejects(importTableVerb(store, read(session), answering), (thrown: Error) => {
        assert.match(thrown.message, /^Cannot read the table "repokid_roles" in us-east-1: /);
        assert.match(thrown.message, says);
        assert.equal((thrown as { exitCode?: number }).exitCode, exitCode);
        return true;
      });
    });
  });
}

Deno.test("a table of something else is refused before anything is stored; an empty one is told", async () => {
  await withStore(async (store) => {
    const other = tableOf([], [{ id: { S: "a" } }, { id: { S: "b" } }]);
    await assert.rejects(importTableVerb(store, read(other), answering), {
      name: "UsageError",
      message: /none of its first 2 items has the attribute RoleId or RoleName/,
    });
    const { text, exitCode } = await importTableVerb(store, read(tableOf([])), answering);
    assert.match(said({ text }), /The table repokid_roles has no items\. Nothing was imported/);
    assert.equal(exitCode, 3);
  });
});
