import assert from "assert";
import { DeleteRoleCommand, DeleteRolePolicyCommand } from "@aws-sdk/client-iam";
import type { RepoKeys, RoleEntry } from "../../runners/repo/present/names.ts";
import type { RoleRow } from "../../runners/repo/planning.ts";
import { inProcess, type RanHere } from "./in_process.ts";
import { halfUsed, halfUsedRoles, type RepoWorld, repoWorld } from "./repo_world.ts";

/** The numbers of a role, wherever they are printed. */
type Numbers = readonly [permissions: number, removable: number, reasons: string];

type Run = (args: string) => Promise<RanHere>;

const WORLD = {
  roles: [
    ...halfUsedRoles(4),
    halfUsed("young", { ageDays: 5 }),
    halfUsed("coded", { tags: { "aws:cloudformation:stack-name": "app" } }),
    halfUsed("kept"),
  ],
  repo: { scheduleAfter: "0s" },
};

async function jsonOf<Document>(run: Run, args: string): Promise<Document> {
  const { stdout, stderr } = await run(`${args} --json`);
  try {
    return JSON.parse(stdout);
  } catch (error) {
    throw new Error(`${args}: ${stdout}${stderr}`, { cause: error });
  }
}

const sum = (numbers: Record<string, Numbers>, index: 0 | 1) =>
  Object.values(numbers).reduce((total, one) => total + one[index], 0);

/**
 * Each role's numbers by a plan, which leaves no trace, and the same everywhere else that prints one.
 */
async function compare(run: Run, hint: string): Promise<Record<string, Numbers>> {
  const plan = await jsonOf<RepoKeys>(run, "repo plan");
  const planned = Object.fromEntries(
    plan.roles.map((entry: RoleEntry): [string, Numbers] => [entry.role, [
      entry.permissions,
      entry.removable,
      entry.ineligible.map(({ reason }) => reason).sort().join(),
    ]]),
  );
  const { roles } = await jsonOf<{ roles: RoleRow[] }>(run, "repo roles");
  const stored = Object.fromEntries(
    roles.map((row): [string, Numbers] => [row.name, [
      row.permissions,
      row.removable,
      row.disqualified_by.toSorted().join(),
    ]]),
  );
  assert.deepEqual(stored, planned, `${hint}: the inventory and a plan differ`);
  const [count, permissions, removable] = [
    Object.keys(planned).length,
    sum(planned, 0),
    sum(planned, 1),
  ];
  const said = (number: number) => number.toLocaleString("en");
  const texts: Record<string, string> = {
    "repo roles": `${count} roles: ${said(removable)} of ${
      said(permissions)
    } permissions removable`,
    "repo stats": `${count} ${said(permissions)} ${said(removable)} For a`,
    "repo plan": `account-0 ${count} ${
      Object.values(planned).filter(([, , reasons]) => reasons === "").length
    } ${said(permissions)} ${said(removable)} `,
  };
  for (const [args, expected] of Object.entries(texts)) {
    const text = (await run(args)).stdout.replaceAll(/\s+/g, " ");
    assert.ok(text.includes(expected), `${hint}: ${args} does not say "${expected}": ${text}`);
  }
  const { date: _, ...today } = plan.over_time.at(-1)!;
  assert.deepEqual(today, { roles: count, permissions, removable }, hint);
  return planned;
}

/** What a report publishes and what the history keeps of it. */
async function compareReport(run: Run, directory: string, numbers: Record<string, Numbers>) {
  await Deno.mkdir(`${directory}/out`, { recursive: true });
  await Deno.remove(`${directory}/out`, { recursive: true });
  assert.equal((await run("repo report")).code, 0);
  const [permissions, removable] = [sum(numbers, 0), sum(numbers, 1)];
  const last = (await jsonOf<{ summary: Record<string, unknown> }[]>(run, "repo history")).at(-1);
  assert.deepEqual([last!.summary["permissions"], last!.summary["removable"]], [
    permissions,
    removable,
  ]);
  const files = await Array.fromAsync(walk(`${directory}/out`));
  const page = await Deno.readTextFile(files.find((path) => /\/repo-\w+\.html$/.test(path))!);
  const said = `${removable.toLocaleString("en")} of ${
    permissions.toLocaleString("en")
  } permissions`;
  assert.ok(page.includes(said), `the page does not say "${said}"`);
  const documents = (await Promise.all(
    files.filter((path) => path.endsWith(".jsonl")).map((path) => Deno.readTextFile(path)),
  )).join("\n");
  assert.match(
    documents,
    new RegExp(`"permissions": ?${permissions},\\s*"removable": ?${removable},`),
  );
}

async function* walk(directory: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    if (isDirectory) yield* walk(`${directory}/${name}`);
    else yield `${directory}/${name}`;
  }
}

async function deleteRole(world: RepoWorld, RoleName: string): Promise<void> {
  await world.byHand(async (iam) => {
    for (const PolicyName of ["main", "more", "groundskeeper-deny"]) {
      await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    }
    await iam.send(new DeleteRoleCommand({ RoleName }));
  });
}

Deno.test("every figure of the roles is one number, whatever verb prints it and whatever ran before", async () => {
  await using world = await repoWorld(WORLD);
  const role = (name: string) => `${world.accounts[0]}/${name}`;
  await inProcess(world, async (run) => {
    const { accounts } = await jsonOf<{
      accounts: { roles: number; permissions: number; removable: { permissions: number } }[];
    }>(run, "repo refresh");
    const first = await compare(run, "after refresh");
    assert.deepEqual(
      [accounts[0]!.roles, accounts[0]!.permissions, accounts[0]!.removable.permissions],
      [Object.keys(first).length, sum(first, 0), sum(first, 1)],
    );
    assert.ok(first["young"]![1] > 0 && first["young"]![2] !== "");
    await compareReport(run, world.directory, first);

    const options = `--owner alice --reason mine --until 2099-01-01`;
    await run(`repo opt-out ${role("kept")} ${options}`);
    await run("repo report");
    const kept = await compare(run, "after report");
    assert.equal(sum(kept, 1), sum(first, 1));

    // Each plans all roles for another purpose.
    const special: readonly (readonly [args: string, changes: readonly string[]])[] = [
      ["repo apply --yes --scheduled", []],
      ["repo report --remove s3:PutObject", []],
      ["repo report --scheduled", []],
      [`repo schedule --role ${role("app-0")}`, []],
      ["repo apply --yes --scheduled", ["app-0"]],
      [`repo apply --yes --remove s3:Put* --role ${role("app-1")}`, ["app-1"]],
      [`repo apply --yes --remove sqs:SendMessage --override-filters`, ["app-1", "app-2", "app-3"]],
      [`repo apply --yes --remove s3:GetObject --deny --role ${role("app-3")}`, ["app-3"]],
      [`repo apply --yes --restore 1 --role ${role("app-1")}`, ["app-1"]],
      [`repo apply --yes --role ${role("app-2")}`, ["app-2"]],
    ];
    let before = kept;
    for (const [args, changes] of special) {
      const { code, stderr } = await run(args);
      assert.equal(code, 0, `${args}: ${stderr}`);
      const after = await compare(run, `after ${args}`);
      for (const name of Object.keys(after)) {
        if (changes.length > 0 && (changes.includes(name) || args.includes("override"))) continue;
        assert.deepEqual(after[name], before[name], `${args} has changed the figures of ${name}`);
      }
      before = after;
    }
    await compareReport(run, world.directory, before);

    await deleteRole(world, "app-3");
    await run("repo refresh");
    const { "app-3": gone, ...rest } = before;
    assert.ok(gone);
    assert.deepEqual(await compare(run, "after a role was deleted"), rest);
    const csv = await jsonOf<{ role: string; active: boolean }[]>(run, "repo stats");
    assert.ok(csv.some(({ role, active }) => role === "app-3" && !active));
  });
});
