import assert from "assert";
import { halfUsed, repoWorld } from "./repo_world.ts";

const STATS = "RoleId,Role Name,Account,Active,Date,Source,Permissions Count," +
  "Repoable Permissions Count,Disqualified By";

Deno.test("everything that lists reads the store alone, prints one document, and says what it does not know", async () => {
  await using world = await repoWorld({
    accounts: 2,
    roles: (account) => account === 0 ? [halfUsed("app"), halfUsed("young", { ageDays: 5 })] : [],
  });
  const nothing = await world.run("repo roles");
  assert.deepEqual([nothing.code, nothing.stdout], [1, ""]);
  const [first] = world.accounts;
  await world.run(`repo refresh --account ${first}`);
  await world.run("repo apply --yes --role " + world.arn("app"));
  world.aws.proxy.clearCalls();

  const app = `${first}/app`;
  const texts: Record<string, RegExp> = {
    "repo roles": /Never refreshed[^]*\d{12} +nobody has tried[^]*young +account-0 +827 +1,007 /,
    [`repo role ${app}`]: /the last removal was (just now|.* ago)\n[^]*\n {2}.* Repo +180 +0/,
    [`repo versions ${app}`]: / 2 +Repo .* now\n/,
    "repo stats": /3 changes of the numbers of 2 roles/,
    "repo find ec2:RunInstances": /1 of 2 roles allows it, 1 of them by inline policies/,
    "repo history": /apply/,
    "changes": /iam:PutRolePolicy +role\/app +done/,
    "repo schedule --list": /Nothing is scheduled/,
    "repo import-config repokid.json": /repo\.usageWindow/,
  };
  const config = { filter_config: { AgeFilter: { minimum_age: 120 } } };
  await Deno.writeTextFile(`${world.directory}/repokid.json`, JSON.stringify(config));
  await Promise.all(
    Object.entries(texts).map(async ([args, says]) => {
      const { stdout, said } = await world.run(args);
      assert.match(stdout, says, `${args}: ${said}\n${stdout}`);
      assert.doesNotMatch(stdout, /\n *-? *\n *-\n|undefined|repoed|\[object/, args);
      for (const line of stdout.split("\n")) {
        assert.ok(line.length <= 100 || line.startsWith("  groundskeeper"), `${args}: ${line}`);
      }
      if (args.startsWith("repo s")) return;
      const json = await world.run(`${args} --json`);
      assert.doesNotThrow(() => JSON.parse(json.stdout), args);
    }),
  );

  await world.run("repo stats --csv stats.csv");
  const [head, ...rows] = (await Deno.readTextFile(`${world.directory}/stats.csv`)).trim()
    .split(/\r?\n/);
  assert.equal(head, STATS);
  assert.deepEqual(
    rows.map((row) => row.split(",")).map(([, name, account, active, , source, all, could, by]) =>
      [name, account, active, source, all, could, by].join(" ")
    ).sort(),
    [
      `app ${first} true Repo 180 0 `,
      `app ${first} true Scan 1007 827 `,
      `young ${first} true Scan 1007 827 too-young`,
    ],
  );

  const access = await world.run("repo access export");
  assert.equal(access.code, 3);
  assert.match(access.said, /an account was never refreshed: nothing of its roles is exported/);
  const exported = JSON.parse(access.stdout);
  assert.deepEqual([exported.page, exported.total, exported.count], [1, 2, 2]);
  const [row] = exported[world.arn("young")];
  assert.deepEqual(Object.keys(row).sort(), [
    "lastAuthenticated",
    "lastAuthenticatedEntity",
    "lastUpdated",
    "serviceName",
    "serviceNamespace",
    "totalAuthenticatedEntities",
  ]);
  assert.deepEqual([row.serviceNamespace, row.lastAuthenticatedEntity], [
    "ec2",
    world.arn("young"),
  ]);
  // None of it has asked AWS for anything.
  assert.deepEqual(world.aws.proxy.calls, []);
});

Deno.test("explain says of an action who grants it, what is known and which rule decides", async () => {
  await using world = await repoWorld({
    roles: [halfUsed("app")],
    repo: { pinned: ["iam:PassRole", "sqs:*"] },
  });
  const app = world.arn("app");
  const role = await world.run(`repo explain ${app}`);
  assert.match(role.stdout, /eligible +yes\n[^]*ec2 +826 +826 +unused for 200 days/);
  for (
    const [action, says] of [
      [
        "ec2:RunInstances",
        /verdict +would be removed: unused for 200 days[^]*"ec2:\*" on all resources/,
      ],
      ["sqs:sendmessage", /sqs:SendMessage\n[^]*verdict +stays: .*pinned/],
      ["dynamodb:Query", /its inline policies do not grant it/],
    ] as const
  ) {
    const { code, stdout } = await world.run(`repo explain ${app} ${action}`);
    assert.equal(code, 0);
    assert.match(stdout, says);
  }
});
