import assert from "assert";
import { DeleteTagsCommand, EC2Client } from "@aws-sdk/client-ec2";
import type { JsonObject } from "../../runners/core/json.ts";
import type { JournalEntry } from "../../runners/core/journal/entry.ts";
import { clientConfig } from "../aws/seed.ts";
import { faultsOf } from "../runners/document_fields.ts";
import { dirtyWorld } from "./dirty_world.ts";
import { ladderWorld } from "./ladder_world.ts";
import { halfUsed, repoWorld } from "./repo_world.ts";

/** The documents of all runs of a world, as their files have them. */
function documentsIn({ directory }: { readonly directory: string }) {
  const names = [...Deno.readDirSync(`${directory}/out`)].map(({ name }) => name);
  return names.filter((name) => name.endsWith(".jsonl")).flatMap((name) =>
    Deno.readTextFileSync(`${directory}/out/${name}`).trim().split("\n")
      .map((line) => JSON.parse(line)).map(({ _id: id, _index: index, ...body }) => ({
        ...{ id, index, body },
        type: String(body["doc_type"]),
      }))
  );
}

/** A run, a change of it, and what became of it. */
type Became = readonly [run: unknown, change: unknown, outcome: unknown];

/** Holds the documents against their fields, and those of changes against the journal. */
async function check(
  world: { readonly directory: string; json<T>(command: string): Promise<T> },
  job: string,
  types: readonly string[],
): Promise<void> {
  const documents = documentsIn(world);
  assert.deepEqual(faultsOf(documents), []);
  assert.deepEqual([...new Set(documents.map(({ type }) => type))].sort(), types);
  const said = documents.filter(({ type }) => type === "groundskeeper_change")
    .map(({ body }): Became => {
      const { change } = body["groundskeeper"] as { change: JsonObject };
      return [change["run_id"], change["id"], change["outcome"]];
    });
  const journal = (await world.json<JournalEntry[]>("changes")).filter((one) => one.job === job)
    .map(({ run_id, change_id, outcome }): Became => [run_id, change_id, outcome]);
  assert.ok(journal.length > 0);
  assert.deepEqual(said.sort(), journal.sort());
}

Deno.test("the documents of an audit that marks, stops and terminates have their fields, and the journal's changes", async () => {
  await using world = await ladderWorld();
  for (const day of [0, 3.1, 14.2]) {
    world.setDay(day);
    assert.equal((await world.apply()).code, 0);
  }
  await check(world, "audit", [
    "aws_tag_action",
    "aws_tag_audit",
    "aws_tag_region",
    "aws_tag_violator",
    "groundskeeper_change",
  ]);
});

Deno.test("the documents of a removal and its restore have their fields, and the journal's changes", async () => {
  await using world = await repoWorld({ accounts: 2, roles: () => [halfUsed("app")] });
  await world.run("repo apply --yes");
  await world.run(`repo apply --role ${world.accounts[0]}/app --restore 1 --yes`);
  await check(world, "repo", [
    "aws_repo_account",
    "aws_repo_action",
    "aws_repo_role",
    "groundskeeper_change",
  ]);
});

Deno.test("the documents of dirty instances have their fields, and the journal's changes", async () => {
  await using world = await dirtyWorld({
    groups: [{ name: "web", count: 2, instanceProfile: "web" }],
  });
  const [one] = world.instances();
  await world.send(world.login(one!), one!);
  await world.run("dirty serve --once");
  await world.run("dirty report");
  const { account, region, id } = one!;
  const ec2 = new EC2Client(clientConfig(world.aws.endpoint, account, region));
  await ec2.send(new DeleteTagsCommand({ Resources: [id], Tags: [{ Key: "dirty" }] }));
  ec2.destroy();
  await world.run("dirty apply --yes");
  await check(world, "dirty", ["dirty_clients", "dirty_instance", "groundskeeper_change"]);
});
