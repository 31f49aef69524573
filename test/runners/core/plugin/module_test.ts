import assert from "assert";
import { ConfigError } from "../../../../runners/core/errors.ts";
import {
  isModulePath,
  loadPlugin,
  pluginName,
  preparePlugin,
} from "../../../../runners/core/plugin/module.ts";
import { createLog } from "../../../../runners/core/log/log.ts";

async function withModule(text: string, test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/ours.ts`, text);
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const REFUSED: readonly (readonly [what: string, text: string, says: RegExp])[] = [
  [
    "that does not parse",
    "export const = 1;",
    /repo\.filters\[0\] cannot be loaded from ".*ours\.ts"/,
  ],
  ["that throws", 'throw new Error("no database");', /no database/],
  ["that imports what is not there", 'import "./missing.ts";', /missing\.ts/],
  [
    "whose permissions are patterns",
    'export const permissions = [{action: "s3:*", why: "x"}];',
    /permissions/,
  ],
  [
    "whose permissions are no list",
    "export const permissions = {};",
    /"permissions", which must be a list/,
  ],
  [
    "that asks for a right to change IAM",
    'export const permissions = [{action: "iam:DeleteRole", why: "x"}];',
    /asks for iam:DeleteRole/,
  ],
  [
    "that asks for a right to change IAM in other letters",
    'export const permissions = [{action: "IAM:deleterole", why: "x"}];',
    /asks for IAM:deleterole/,
  ],
  [
    "that asks to become another role",
    'export const permissions = [{action: "sts:AssumeRole", why: "x"}];',
    /asks for sts:AssumeRole/,
  ],
];

for (const [what, text, says] of REFUSED) {
  Deno.test(`a module is refused ${what}`, () =>
    withModule(
      text,
      (folder) =>
        assert.rejects(loadPlugin("./ours.ts", folder, "repo.filters[0]"), (error: unknown) => {
          assert.ok(error instanceof ConfigError);
          assert.match(error.message, says);
          return true;
        }),
    ));
}

Deno.test("a module that is not there is an error, never a rule that is content", async () => {
  await assert.rejects(loadPlugin("./ours.ts", "/nowhere", "repo.filters[0]"), ConfigError);
});

Deno.test("a module is found beside the configuration and says what it needs", () =>
  withModule(
    'export const permissions = [{action: "athena:GetQueryResults", why: "reads the trail"}];',
    async (folder) => {
      const { name, permissions } = await loadPlugin("./ours.ts", folder, "repo.hooks[0]");
      assert.equal(name, "ours");
      assert.deepEqual(permissions, [
        { action: "athena:GetQueryResults", why: "reads the trail (repo.hooks[0])" },
      ]);
    },
  ));

Deno.test("a module is called by its file's name", () => {
  assert.equal(pluginName("./a/b/keep_tag.ts"), "keep_tag");
  assert.equal(pluginName("C:\\rules\\keep.mjs"), "keep");
  assert.ok(isModulePath("x.js") && !isModulePath("blocklist"));
});

const preparing = {
  settings: { a: 1 },
  directory: "/",
  accounts: [],
  now: new Date(0),
  session: null,
  log: createLog({ write: () => {}, now: () => new Date(0), format: "json", level: "error" }),
};
const plugin = (exports: { readonly [name: string]: unknown }) => ({
  name: "ours",
  path: "./ours.ts",
  exports,
  permissions: [],
});

Deno.test("what fails to prepare ends the run", async () => {
  const prepare = () => Promise.reject(new Error("no file"));
  await assert.rejects(preparePlugin(plugin({ prepare }), preparing), /Cannot prepare.*no file/);
  await assert.rejects(preparePlugin(plugin({ prepare: 1 }), preparing), /no function/);
});

Deno.test("prepare is handed its settings, and is waited for", async () => {
  const seen: unknown[] = [];
  const prepare = async ({ settings }: { settings: unknown }) => {
    await Promise.resolve();
    seen.push(settings);
  };
  await preparePlugin(plugin({ prepare }), preparing);
  await preparePlugin(plugin({}), preparing);
  assert.deepEqual(seen, [{ a: 1 }]);
});
