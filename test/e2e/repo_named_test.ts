import assert from "assert";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import { allowing } from "../aws/seed_roles.ts";
import { halfUsed, iamWrites, outcomes, planned, repoWorld, spared } from "./repo_world.ts";

Deno.test("what is named goes from the roles of a file, used or not, in any case and by patterns", async () => {
  await using world = await repoWorld({
    accounts: 2,
    roles: [
      halfUsed("app", { inline: { main: allowing("S3:PutObject*", "s3:Get*", "ec2:*") } }),
      halfUsed("young", { ageDays: 5 }),
      halfUsed("other", { inline: { main: allowing("dynamodb:*") } }),
      halfUsed("keep", {
        inline: {
          main: { Version: "2012-10-17", Statement: [{ Sid: "NOREPO", ...statement("s3:*") }] },
        },
      }),
    ],
  });
  const file = (name: string, content: unknown) =>
    Deno.writeTextFile(`${world.directory}/${name}`, JSON.stringify(content));
  await world.run("repo refresh");
  const found = await world.json<{ role: string; arn: string }[]>("repo find s3:putobjectacl");
  assert.deepEqual(found.map(({ role }) => role), [
    "app",
    "keep",
    "young",
    "app",
    "keep",
    "young",
  ]);
  await file("found.json", found);
  const remove = "--remove s3:PUTobject* --role-file";
  const plan = await world.json<PlanDocument>(`repo plan ${remove} found.json`);
  assert.deepEqual(planned(plan), ["app", "app"]);
  assert.deepEqual(spared(plan), { young: ["too-young", "too-young"] });
  assert.deepEqual(
    planned(await world.json(`repo plan ${remove} found.json --override-filters`)),
    ["app", "app", "young", "young"],
  );

  // Repokid's own list of ARNs.
  await file("arns.json", [world.arn("app")]);
  const run = await world.json<RunDocument>(`repo apply --yes ${remove} arns.json`);
  assert.deepEqual(outcomes(run), { app: "done" });
  const { main } = await world.policies("app");
  assert.deepEqual(JSON.parse(main!).Statement[0].Action, ["s3:Get*", "ec2:*"]);
  assert.deepEqual(
    (await world.json<{ versions: { source: string }[] }>(`repo versions ${world.arn("app")}`))
      .versions.map(({ source }) => source),
    ["Scan", "ManualPermissionRepo"],
  );
  assert.equal(iamWrites(world).length, 1);

  await file("foreign.json", [world.arn("app"), "arn:aws:iam::999999999999:role/x"]);
  await file("gone.json", [world.arn("app"), world.arn("nobody")]);
  for (
    const [args, says] of [
      [`${remove} foreign.json`, /999999999999\/x\. Take them out of it, or add their accounts/],
      [`${remove} gone.json`, /Cannot find 1 of 2 roles: "\d{12}\/nobody": there is no such role/],
      [
        `${remove} missing.json`,
        /Cannot read the role file ".*missing\.json": there is no such file/,
      ],
      [`--role ${world.accounts[0]}/nobody`, /Cannot find the role "\d{12}\/nobody"/],
      ["--role 999999999999/app", /the account is not among those that this run reads/],
    ] as const
  ) {
    const { code, said } = await world.run(`repo apply --yes ${args}`);
    assert.deepEqual([code, says.test(said)], [2, true], `${args}: ${said}`);
  }
  assert.equal(iamWrites(world).length, 1);
});

function statement(...Action: readonly string[]): object {
  return { Effect: "Allow", Action, Resource: "*" };
}
