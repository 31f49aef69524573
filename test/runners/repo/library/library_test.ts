import assert from "assert";
import { libraryAt, shrink } from "../../../../examples/repo/library.ts";
import { ConfigError, UsageError } from "../../../../runners/core/errors.ts";
import { wholeJournal } from "../../core/journal/whole_journal.ts";
import {
  displayRole,
  type RepoLibrary,
  repoRole,
  updateRoleCache,
} from "../../../../runners/repo/mod.ts";
import { examplesIn, runExample } from "../../../architecture/examples.ts";
import { halfUsed } from "../../../e2e/repo_world.ts";
import { variable, withVariables } from "../../../entry/own_environment.ts";
import { withFolder } from "../../adapters/store_folder.ts";
import { repoTest, type Scene } from "../scene.ts";

/** The library on the local AWS, with `trustFirstScan`. */
async function withLibrary(
  { aws, account, clock }: Scene,
  work: (library: RepoLibrary) => Promise<void>,
  repo: RepoLibrary["repo"] = {},
): Promise<void> {
  await withFolder(async (_, path) => {
    const env = { AWS_ACCESS_KEY_ID: account, AWS_SECRET_ACCESS_KEY: "test" };
    // The SDK's chain reads the process's own environment.
    await withVariables({ AWS_ENDPOINT_URL: aws.endpoint, ...env }, () =>
      work({
        ...libraryAt(path),
        repo: { trustFirstScan: true, ...repo },
        env: { get: variable },
        clock,
      }));
  });
}

const writes = ({ aws }: Scene) =>
  aws.proxy.calls.filter(({ action }) => /^iam:(Put|Delete|Create|Update|Tag)/.test(action))
    .map(({ action }) => action);

repoTest("a role that is not there, and an account that is not ours, are told", async (scene) => {
  await scene.seed({ roles: [halfUsed("app")] });
  await withLibrary(scene, async (library) => {
    await assert.rejects(repoRole(`${scene.account}/none`, {}, library), UsageError);
    await assert.rejects(displayRole(`${scene.account}/app`, library), UsageError);
    await assert.rejects(updateRoleCache(scene.second, library), UsageError);
    await assert.rejects(repoRole("app", {}, library), UsageError);
    await assert.rejects(
      repoRole(`${scene.account}/app`, {}, { ...library, repo: { level: "all" as "action" } }),
      ConfigError,
    );
    const both = { remove: ["s3:*"], restore: 1 };
    await assert.rejects(repoRole(`${scene.account}/app`, both, library), UsageError);
  });
});

repoTest("without commit nothing is written, not even a store", async (scene) => {
  await scene.seed({ roles: [halfUsed("app")] });
  await withLibrary(scene, async (library) => {
    const made = await repoRole(`${scene.account}/app`, {}, library);
    assert.ok(made.change && made.entry.removable > 0);
    assert.deepEqual([made.change.outcome, made.runId], [null, null]);
    await assert.rejects(displayRole(`${scene.account}/app`, library), /does not know/);
  });
  assert.deepEqual(writes(scene), []);
});

repoTest("a limit refuses the library, too", async (scene) => {
  await scene.seed({ roles: [halfUsed("app")] });
  await withLibrary(scene, async (library) => {
    const made = await repoRole(`${scene.account}/app`, { commit: true }, library);
    assert.equal(made.refused?.limit, "limits.perRun.roles");
    assert.equal(made.change?.outcome, null);
  }, { limits: { perRun: { roles: 0 } } });
  assert.deepEqual(writes(scene), []);
});

repoTest(
  "a write that fails is journalled, and the old policies are there again",
  async (scene) => {
    await scene.seed({ roles: [halfUsed("app")] });
    scene.aws.proxy.onCall(({ action, parameters }) =>
      action === "iam:PutRolePolicy" && parameters["PolicyName"] === "main"
        ? { kind: "error", code: "AccessDenied", status: 403 }
        : undefined
    );
    await withLibrary(scene, async (library) => {
      const role = `${scene.account}/app`;
      const { change } = await repoRole(role, { commit: true }, library);
      assert.equal(change?.outcome, "failed");
      assert.ok(writes(scene).length > 1, "one was written, and put back");
      await updateRoleCache(scene.account, library);
      const { versions } = await displayRole(role, library);
      assert.equal(versions.length, 1, "what it has is what it had");
    });
  },
);

repoTest("the example says why nothing goes where everything is new", async (scene) => {
  await scene.seed({ roles: [halfUsed("app")] });
  await withLibrary(scene, async (library) => {
    const lines = await shrink(`${scene.account}/app`, library);
    assert.ok(lines.includes("sqs keeps 1: new-permission"), lines.join("\n"));
  }, { trustFirstScan: false });
  assert.deepEqual(writes(scene), []);
});

repoTest("the example shrinks a role, and the library brings it back", async (scene) => {
  await scene.seed({ roles: [halfUsed("app")] });
  await withLibrary(scene, async (library) => {
    const role = `${scene.account}/app`;
    const lines = await shrink(role, library);
    assert.equal(lines[0], "app: roles in its account: 1, versions: 1");
    assert.equal(lines.at(-1), "done", lines.join("\n"));

    const shown = await displayRole(role, library);
    assert.deepEqual(shown.versions.map(({ source }) => source), ["Scan", "Repo"]);
    assert.match(shown.text, /^app /);

    // Nobody has made a change since what a run of a later instant reads.
    await scene.clock.advance(1_000);
    const restored = await repoRole(role, { commit: true, restore: 1 }, library);
    assert.equal(restored.change?.outcome, "done");
    const store = await library.store.openToRead();
    const entries = await wholeJournal(store, "repo");
    store.close();
    assert.deepEqual(entries.map(({ outcome, tool_version }) => [outcome, tool_version]), [
      ["done", "library"],
      ["done", "library"],
    ]);
  });
});

for (const file of ["library", "repo_role"]) {
  repoTest(`the examples of ${file} hold`, async (scene) => {
    await scene.seed({ roles: [halfUsed("checkout-api")] });
    for (const { title, code } of examplesIn(`runners/repo/library/${file}.ts`)) {
      const example = { title, code: code.replaceAll("111111111111", scene.account) };
      await withLibrary(
        scene,
        (library) => runExample(example, { library, console: { log: () => {} } }),
      );
    }
  });
}
