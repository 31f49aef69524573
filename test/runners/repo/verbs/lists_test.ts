import assert from "assert";
import type { Json } from "../../../../runners/core/json.ts";
import type { Store } from "../../../../runners/core/store/store.ts";
import { exportAccess } from "../../../../runners/repo/verbs/access_export.ts";
import { findVerb, wantedActions } from "../../../../runners/repo/verbs/find.ts";
import type { AskedAccounts } from "../../../../runners/repo/verbs/inventory_age.ts";
import { roleVerb } from "../../../../runners/repo/verbs/role.ts";
import { readRoleFile } from "../../../../runners/repo/verbs/role_file.ts";
import { rolesVerb } from "../../../../runners/repo/verbs/roles.ts";
import { statsVerb } from "../../../../runners/repo/verbs/stats.ts";
import { versionsVerb } from "../../../../runners/repo/verbs/versions.ts";
import { withStore } from "../../core/run/store_in_folder.ts";
import {
  allowing,
  anEntry,
  aRole,
  DATA,
  evidenceOf,
  JUDGED,
  PROD,
  roleIdOf,
  writesOf,
} from "../inventory/roles.ts";
import { answering, answeringAt, refresh, said } from "./inventory.ts";

const YESTERDAY = new Date("2026-11-19T12:00:00.000Z");
const DENIED = Object.assign(new Error("not authorized"), { name: "AccessDenied" });
const ALL = { accounts: null, configured: null } as const;

/** Two accounts, one of them never read, and a role that was repoed this morning. */
async function stored(work: (store: Store) => Promise<void>): Promise<void> {
  await withStore(async (store) => {
    const before = aRole(1, { name: "checkout-api" });
    await refresh(
      store,
      {
        [PROD]: {
          roles: [
            before,
            aRole(2, { name: "batch", inline: { all: allowing("*") } }),
            aRole(3, { name: "gone" }),
          ],
        },
        [DATA]: { roles: [], fails: DENIED },
      },
      YESTERDAY,
      {
        judge: ({ name }) => ({
          ...JUDGED,
          removable: name === "batch" ? 50 : 20,
          disqualified_by: name === "batch" ? ["age", "lambda"] : [],
        }),
      },
    );
    const lastChange = {
      roleId: roleIdOf(1),
      before: before.inline,
      after: { app: allowing("s3:Get*") },
      intended: "2026-11-20T06:00:00.000Z",
    };
    await store.write(writesOf(anEntry(lastChange)));
    const finished = "2026-11-20T06:00:02.000Z";
    await store.write(writesOf(anEntry({ ...lastChange, outcome: "done", finished })));
    await work(store);
  });
}

Deno.test("roles says how old it is, who was never read, and what is removable", async () => {
  await stored(async (store) => {
    const { text, sheet } = await rolesVerb(store, { ...ALL, inactive: false }, answering);
    assert.equal(
      said({ text }),
      `Refreshed  1 of 2 accounts, 1 day ago

Never refreshed completely: not all of their roles are known
  222222222222   AccessDenied: not authorized

3 roles: 70 of 280 permissions removable, if all roles were eligible (2 are)

  name           account   removable    of   last removal   left alone by   unused services
  batch          prod             50   100   -              age, lambda     sqs
  gone           prod             20   100   -                              sqs
  checkout-api   prod              0    80   5 hours ago

To see what one would lose:
  groundskeeper repo plan --role 111111111111/gone
`,
    );
    assert.deepEqual(sheet.rows[0]!.slice(0, 4), [
      "batch",
      PROD,
      `arn:aws:iam::${PROD}:role/batch`,
      "true",
    ]);
  });
});

Deno.test("on a narrow terminal only commands are wider, which nobody could paste in two", async () => {
  await stored(async (store) => {
    const role = { account: PROD, name: "checkout-api" };
    const texts = [
      await rolesVerb(store, { ...ALL, inactive: true }, answering),
      await roleVerb(store, role, answering),
      await versionsVerb(store, role, answering),
      await findVerb(store, wantedActions(["s3:Get*", "sqs:SendMessage"]), ALL, answering),
      await statsVerb(store, ALL, answering),
    ].flatMap((answer) => said(answer, 50).split("\n"));
    const wide = texts.filter((line) => line.length > 50);
    assert.deepEqual(wide.filter((line) => !line.startsWith("  groundskeeper ")), []);
    // A number in another column has a word that says what it counts.
    assert.ok(
      texts.some((line) => /^ {6}.*left alone by age, lambda/.test(line)),
      texts.join("\n"),
    );
  });
});

Deno.test("an account that is configured and was never tried is named", async () => {
  await withStore(async (store) => {
    await refresh(store, { [PROD]: { roles: [], fails: DENIED } });
    const asked = { accounts: null, configured: [PROD, DATA] };
    for (
      const { text, exitCode } of [
        await rolesVerb(store, { ...asked, inactive: false }, answering),
        await statsVerb(store, asked, answering),
        await findVerb(store, wantedActions(["s3"]), asked, answering),
      ]
    ) {
      assert.match(said({ text }), /Refreshed {2}0 of 2 accounts, never/);
      assert.match(said({ text }), /222222222222 {3}nobody has tried/);
      assert.equal(exitCode, 3);
    }
  });
});

Deno.test("an inventory without any account that is asked for is no list of no roles", async () => {
  await withStore(async (store) => {
    const nothing = {
      code: "nothing-stored",
      exitCode: 1,
      help: [{ sentence: "To read the accounts", words: ["repo refresh"] }],
    };
    const verbs = (asked: AskedAccounts) => [
      rolesVerb(store, { ...asked, inactive: true }, answering),
      statsVerb(store, asked, answering),
      findVerb(store, wantedActions(["s3"]), asked, answering),
    ];
    for (const asked of [ALL, { accounts: null, configured: [PROD] }]) {
      for (const verb of verbs(asked)) await assert.rejects(verb, nothing);
    }
    await refresh(store, { [PROD]: { roles: [] } });
    for (const verb of verbs({ accounts: [DATA], configured: null })) {
      await assert.rejects(verb, nothing);
    }
  });
});

Deno.test("find says that it does not know an action, and is done in part", async () => {
  await stored(async (store) => {
    for (
      const [action, near] of [
        ["sqs:SendMesage", / \(did you mean sqs:SendMessage\?\)/],
        ["SQS:sendmesage", / \(did you mean sqs:SendMessage\?\)/],
        ["sqss", /./],
        ["sqs:Frobnicate*", /./],
      ] as const
    ) {
      const { text, exitCode, doubts } = await findVerb(
        store,
        wantedActions([action, "s3:GetObject"]),
        { accounts: [PROD], configured: null },
        answering,
      );
      assert.equal(exitCode, 3, action);
      assert.match(said({ text }), /does not know sqs/i);
      assert.match(said({ text }), near);
      assert.match(doubts[0]!, /This answer is about what was typed/);
      assert.equal(doubts.length, 1);
      assert.doesNotMatch(said({ text }), /--remove/);
    }
  });
});

Deno.test("roles that are gone are listed only where they are asked for", async () => {
  await stored(async (store) => {
    await refresh(store, { [PROD]: { roles: [aRole(1, { name: "checkout-api" })] } });
    const shown = async (inactive: boolean) => {
      const { json } = await rolesVerb(store, { ...ALL, inactive }, answering);
      return (json as unknown as { roles: { name: string }[] }).roles.map(({ name }) => name)
        .sort();
    };
    assert.deepEqual(await shown(false), ["checkout-api"]);
    assert.deepEqual(await shown(true), ["batch", "checkout-api", "gone"]);
  });
});

Deno.test("role tells its state, versions, numbers and services", async () => {
  await stored(async (store) => {
    const { text } = await roleVerb(store, { account: PROD, name: "checkout-api" }, answering);
    assert.equal(
      said({ text }),
      `checkout-api   prod   created 2 years ago, no use is known
arn:aws:iam::111111111111:role/checkout-api
80 permissions in its inline policies, none of them removable; the last removal was 5 hours ago
Refreshed 1 day ago, first seen 1 day ago

Versions
  version   source   discovered     characters   policies
        1   Scan     19 Nov 12:00          101   app
        2   Repo     20 Nov 06:00           93   app        now

Numbers
  date           source   permissions   removable   left alone by
  19 Nov 12:00   Scan             100          20   -
  20 Nov 06:00   Repo              80           0   -

Services, by IAM of 20 Nov 02:58
  service   last used
  s3        never used since AWS tracks it (400 days)

To see what it would lose and why:
  groundskeeper repo plan --role 111111111111/checkout-api
`,
    );
  });
});

Deno.test("a role that the inventory does not know is a mistake, with what to type", async () => {
  await stored(async (store) => {
    await assert.rejects(
      roleVerb(store, { account: DATA, name: "checkout-api" }, answering),
      {
        message: /Cannot find the role "222222222222\/checkout-api"/,
        help: [{ sentence: "If it is new", words: ["repo refresh", "--account", DATA] }],
      },
    );
  });
});

Deno.test("versions are counted from 1, the oldest first, and name the restore", async () => {
  await stored(async (store) => {
    const { text, json } = await versionsVerb(
      store,
      { account: PROD, name: "checkout-api" },
      answering,
    );
    assert.match(said({ text }), /checkout-api {3}2 versions of its inline policies/);
    assert.match(said({ text }), /plan --restore 1 --role 111111111111\/checkout-api\n/);
    assert.match(
      said({ text }),
      /its run removed would bring back:\n {2}\S+ repo plan --restore-run run-1\n$/,
    );
    const { versions } = json as unknown as { versions: { seq: number; policies: Json }[] };
    assert.deepEqual(versions[0]!.policies, aRole(1).inline);
  });
});

Deno.test("stats have Repokid's columns, with a row for each change of a number", async () => {
  await stored(async (store) => {
    const { sheet, text } = await statsVerb(store, ALL, answering);
    assert.deepEqual([...sheet.columns], [
      "RoleId",
      "Role Name",
      "Account",
      "Active",
      "Date",
      "Source",
      "Permissions Count",
      "Repoable Permissions Count",
      "Disqualified By",
    ]);
    assert.deepEqual(sheet.rows.map((row) => row.slice(1)), [
      ["checkout-api", PROD, "true", "2026-11-19T12:00:00.000Z", "Scan", 100, 20, ""],
      ["checkout-api", PROD, "true", "2026-11-20T06:00:02.000Z", "Repo", 80, 0, ""],
      ["batch", PROD, "true", "2026-11-19T12:00:00.000Z", "Scan", 100, 50, "age; lambda"],
      ["gone", PROD, "true", "2026-11-19T12:00:00.000Z", "Scan", 100, 20, ""],
    ]);
    assert.match(said({ text }), / {2}20 Nov {7}3 {11}280 {10}70\n/);
  });
});

const findCases: readonly [
  what: string,
  actions: readonly string[],
  expected: Record<string, readonly [inline: string[], managed: string[]]>,
][] = [
  ["a literal in another case", ["S3:GETOBJECT"], {
    batch: [["s3:GetObject"], []],
    app: [["s3:GetObject"], []],
    reader: [[], ["s3:GetObject"]],
  }],
  ["what only a wildcard of everything allows", ["ec2:RunInstances"], {
    batch: [["ec2:RunInstances"], []],
  }],
  ["a glob that meets another glob", ["s3:*Object"], {
    batch: [["s3:*Object"], []],
    app: [["s3:*Object"], []],
    reader: [[], ["s3:*Object"]],
  }],
  ["a service alone, which NotAction leaves over", ["iam"], { batch: [["iam"], []] }],
  ["what NotAction allows", ["kms:Decrypt"], {
    batch: [["kms:Decrypt"], []],
    most: [["kms:Decrypt"], []],
  }],
  ["any of several", ["sqs:SendMessage", "iam:PassRole"], {
    batch: [["sqs:SendMessage", "iam:PassRole"], []],
    app: [["sqs:SendMessage"], []],
    most: [["sqs:SendMessage"], []],
  }],
];

for (const [what, actions, expected] of findCases) {
  Deno.test(`find finds ${what}`, async () => {
    await withStore(async (store) => {
      const arn = "arn:aws:iam::aws:policy/Reader";
      const statement = (part: object) =>
        JSON.stringify({ Version: "2012-10-17", Statement: [{ Resource: "*", ...part }] });
      await refresh(store, {
        [PROD]: {
          managed: [{
            arn,
            name: "Reader",
            attachments: 1,
            version: "v1",
            versions: {},
            document: allowing("s3:Get*"),
          }],
          roles: [
            aRole(1, { name: "batch", inline: { all: allowing("*") } }),
            aRole(2, { name: "app" }),
            aRole(3, { name: "reader", inline: {}, attached: [arn] }),
            aRole(4, {
              name: "most",
              inline: {
                most: statement({ Effect: "Allow", NotAction: ["iam:*", "s3:*", "ec2:*"] }),
              },
            }),
            aRole(5, {
              name: "denied",
              inline: { deny: statement({ Effect: "Deny", Action: "*" }) },
            }),
          ],
        },
      });
      const { json, exitCode } = await findVerb(store, wantedActions(actions), ALL, answering);
      const found = json as unknown as { role: string; actions: string[]; managed: string[] }[];
      assert.deepEqual(
        Object.fromEntries(found.map(({ role, actions, managed }) => [role, [actions, managed]])),
        expected,
      );
      assert.equal(exitCode, 0);
      const references = readRoleFile(JSON.stringify(json), [PROD]);
      assert.deepEqual(references.map(({ name }) => name).sort(), Object.keys(expected).sort());
    });
  });
}

Deno.test("find names roles whose policies cannot be understood, and is done in part", async () => {
  await withStore(async (store) => {
    await refresh(store, { [PROD]: { roles: [aRole(1, { inline: { bad: "{" } }), aRole(2)] } });
    const { text, exitCode } = await findVerb(
      store,
      wantedActions(["s3:GetObject"]),
      ALL,
      answering,
    );
    assert.equal(exitCode, 3);
    assert.match(said({ text }), /1 role could not be searched[^]*role\/role-1/);
    assert.match(said({ text }), /1 of 2 roles allows it/);
  });
});

Deno.test("find names every role that it could not look into, since --json has none of them", async () => {
  await withStore(async (store) => {
    const roles = Array.from({ length: 120 }, (_, at) => aRole(at, { inline: { bad: "{" } }));
    await refresh(store, { [PROD]: { roles } });
    const { text } = await findVerb(store, wantedActions(["s3:GetObject"]), ALL, answering);
    assert.equal(said({ text }).match(/:role\/role-/g)?.length, 120);
  });
});

Deno.test("find refuses what can be no action", () => {
  assert.throws(() => wantedActions(["s3:Get Object"]), /is no action: it has a space/);
});

const wrongFiles: readonly [what: string, text: string, RegExp][] = [
  ["no JSON", "arn:aws:iam::111111111111:role/a", /it is no JSON/],
  ["no list", '{"arn": "arn:aws:iam::111111111111:role/a"}', /it is no list/],
  ["an empty list", "[]", /it names none/],
  ["an entry without ARN", '[{"role": "a"}]', /its entry 1 is neither/],
  ["a null", "[null]", /its entry 1 is neither/],
  ["a user's ARN", '["arn:aws:iam::111111111111:user/a"]', /Cannot read "arn:aws:iam::1/],
  [
    "roles of other accounts",
    '["arn:aws:iam::111111111111:role/a", "arn:aws:iam::999999999999:role/b"]',
    /not configured: 999999999999\/b\. Take/,
  ],
];

for (const [what, text, message] of wrongFiles) {
  Deno.test(`a file of roles with ${what} is refused`, () => {
    assert.throws(() => readRoleFile(text, [PROD]), message);
  });
}

Deno.test("a file of roles may be Repokid's list of ARNs, with paths and repetitions", () => {
  const text = JSON.stringify([
    "arn:aws-us-gov:iam::111111111111:role/team/app",
    { account: PROD, role: "app", arn: `arn:aws-us-gov:iam::${PROD}:role/team/app`, actions: [] },
  ]);
  assert.deepEqual(readRoleFile(text, null), [{ account: PROD, name: "app" }]);
});

Deno.test("access export is Aardvark's answer, without roles of which nothing whole is known", async () => {
  await withStore(async (store) => {
    const used = "2026-11-19T00:00:00.000Z";
    await refresh(store, {
      [PROD]: {
        roles: [
          aRole(1, { evidence: evidenceOf(["s3"], used) }),
          aRole(2, { evidence: { reason: "throttled", detail: "" } }),
          aRole(3),
        ],
      },
    });
    await refresh(store, {
      [PROD]: { roles: [aRole(1, { evidence: evidenceOf(["s3"], used) })] },
    }, new Date("2026-11-21T00:00:00.000Z"));
    const pieces = await Array.fromAsync(exportAccess(store, null));
    assert.deepEqual(JSON.parse(pieces.join("")), {
      page: 1,
      total: 1,
      count: 1,
      [`arn:aws:iam::${PROD}:role/role-1`]: [{
        lastAuthenticated: Date.parse(used),
        lastAuthenticatedEntity: `arn:aws:iam::${PROD}:role/role-1`,
        lastUpdated: "Fri, 20 Nov 2026 02:58:00 GMT",
        serviceName: "s3",
        serviceNamespace: "s3",
        totalAuthenticatedEntities: 1,
      }],
    });
    assert.deepEqual(JSON.parse((await Array.fromAsync(exportAccess(store, [DATA]))).join("")), {
      page: 1,
      total: 0,
      count: 0,
    });
  });
});

Deno.test("a name with controls in it does not reach the terminal", async () => {
  await withStore(async (store) => {
    await refresh(store, { [PROD]: { roles: [aRole(1)] } }, YESTERDAY, {
      judge: () => ({ ...JUDGED, disqualified_by: ["own\u001b[31m"] }),
    });
    const { text } = await rolesVerb(
      store,
      { ...ALL, inactive: false },
      answeringAt("2026-11-20T00:00:00Z"),
    );
    assert.ok(!said({ text }).includes("\u001b"));
  });
});
