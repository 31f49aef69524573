import assert from "assert";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import type { RoleEntry } from "../../runners/repo/present/names.ts";
import { allowing } from "../aws/seed_roles.ts";
import { halfUsed, iamWrites, outcomes, repoWorld, spared } from "./repo_world.ts";

/** An action that IAM has and the catalogue does not. */
const UNLISTED = "servicecatalog:AccountLevelDescribeRecord";
const DENY = "groundskeeper-deny";
const remove = "--remove servicecatalog:deleteproduct";

const deniedIn = (policies: Record<string, string>) =>
  DENY in policies ? JSON.parse(policies[DENY]!).Statement[0].Action : null;

Deno.test("--remove --deny keeps the patterns, denies just what is named, and is taken back by a restore", async () => {
  await using world = await repoWorld({
    roles: [
      halfUsed("app", {
        inline: { main: allowing("servicecatalog:*"), more: allowing("s3:Get*") },
      }),
      halfUsed("theirs", {
        inline: { main: allowing("servicecatalog:*"), [DENY]: allowing("s3:GetObject") },
      }),
    ],
  });
  const app = world.arn("app");
  const before = await world.policies("app");
  await world.run("repo refresh");

  // The rewriting says what it loses, and offers the Deny.
  const { stdout: offer } = await world.run(`repo plan ${remove} --role ${app}`);
  assert.match(offer, /Actions that the catalogue\s+of [\d-]+ does not know/);
  assert.match(
    offer,
    /deny what you named instead:\n {2}groundskeeper repo plan --role \S+ --remove servicecatalog:DeleteProduct --deny\n/,
  );

  const plan = await world.json<PlanDocument>(`repo plan ${remove} --deny`);
  assert.deepEqual(spared(plan), { theirs: ["deny-policy-taken"] });
  const { stdout: text } = await world.run(`repo plan ${remove} --deny --role ${app}`);
  assert.match(text, /inline policy "groundskeeper-deny" is added/);
  assert.match(text, /also stops what policies of\s+resources, managed policies/);

  const run = await world.json<RunDocument>(`repo apply --yes ${remove} --deny`);
  assert.deepEqual(outcomes(run), { app: "done" });
  assert.deepEqual(iamWrites(world).length, 1);
  const denied = await world.policies("app");
  assert.deepEqual(deniedIn(denied), ["servicecatalog:DeleteProduct"]);
  assert.equal(denied["main"], before["main"]);
  assert.equal(denied["more"], before["more"]);
  assert.equal((await world.run(`repo apply --yes ${remove} --deny --role ${app}`)).code, 0);
  assert.deepEqual(iamWrites(world).length, 1);

  // What the catalogue does not know can be named too, and joins it.
  await world.json<RunDocument>(`repo apply --yes --remove ${UNLISTED} --deny --role ${app}`);
  assert.deepEqual(deniedIn(await world.policies("app")), [
    UNLISTED,
    "servicecatalog:DeleteProduct",
  ]);
  const { stdout: why } = await world.run(`repo explain ${app} servicecatalog:DELETEPRODUCT`);
  assert.match(why, /the role does not have it: it is denied/);
  assert.match(why, /denied by\s+inline policy "groundskeeper-deny"/);
  assert.match(why, /later policies\s+of\s+the\s+role\s+grant/);
  await world.run("repo refresh");
  const found = await world.json<{ role: string }[]>("repo find servicecatalog:deleteproduct");
  assert.deepEqual(found.map(({ role }) => role), ["theirs"]);

  // Every restore takes its actions out again; the last one deletes the policy.
  const second = await world.json<RunDocument>(`repo apply --yes --restore 2 --role ${app}`);
  assert.deepEqual(outcomes(second), { app: "done" });
  assert.deepEqual(await world.policies("app"), denied);
  const first = await world.json<PlanDocument & { roles: RoleEntry[] }>(
    `repo plan --restore 1 --role ${app}`,
  );
  assert.deepEqual(first.changes[0]!.after["gained"], ["servicecatalog:DeleteProduct"]);
  await world.json<RunDocument>(`repo apply --yes --restore 1 --role ${app}`);
  assert.deepEqual(await world.policies("app"), before);

  for (const args of ["--deny", "--scheduled --deny", `--restore 1 --role ${app} --deny`]) {
    const { code, said } = await world.run(`repo plan ${args}`);
    assert.deepEqual([code, /--deny goes with --remove/.test(said)], [2, true], said);
  }
});
