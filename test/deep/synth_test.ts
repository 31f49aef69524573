import assert from "assert";
import { readJsonc } from "../../runners/core/config/read.ts";
import { ROOT } from "../architecture/module_graph.ts";
import { blocks } from "../architecture/pages.ts";
import { ALL, HOST, ONE, THREE } from "../infra/installations.ts";
import { policiesOfTemplate, readableStack } from "../infra/readable_stack.ts";
import { stacksIn, synthesis, synthesized } from "../infra/synth.ts";

const CONFIGURATIONS = { ONE, THREE, ALL, HOST };

/** The stacks that have been shown, by what was shown. */
const shownStacks = new Map<string, string>();

for (const [title, content] of Object.entries(CONFIGURATIONS)) {
  Deno.test(`the stacks look as they did: ${title}`, async (t) => {
    await using output = await synthesized(content);
    const { stacks, outdir } = output;
    const shown = policiesOfTemplate(await Deno.readTextFile(`${outdir}/member.template.json`));
    for (const [name, stack] of Object.entries(stacks)) {
      const text = readableStack(stack, shown);
      const before = shownStacks.get(text);
      shownStacks.set(text, before ?? `${name} of ${title}`);
      await t.assertSnapshot(before === undefined ? text : `as ${before}`, {
        name: `${title}: ${name}`,
        serializer: (text) => text,
      });
    }
  });
}

/** Every file below a folder with its text. */
function filesOf(folder: string, below = ""): [string, string][] {
  return [...Deno.readDirSync(`${folder}${below}`)].flatMap(({ name, isDirectory }) =>
    isDirectory
      ? filesOf(folder, `${below}/${name}`)
      : [[`${below}/${name}`, Deno.readTextFileSync(`${folder}${below}/${name}`)] as [
        string,
        string,
      ]]
  ).sort();
}

Deno.test("a configuration gives the same bytes each time", async () => {
  await using one = await synthesized(THREE);
  await using two = await synthesized(THREE);
  assert.deepEqual(filesOf(one.outdir), filesOf(two.outdir));
  assert.equal(filesOf(one.outdir).length, 6);
});

Deno.test("the installation that README shows is synthesized, and that of three accounts", async () => {
  const page = blocks("README.md", "jsonc").find((text) => text.includes('"infra"'))!;
  const content = readJsonc(page, "README.md") as typeof ONE;
  await using one = await synthesized(content);
  assert.deepEqual(Object.keys(one.stacks), ["hub"]);
  const accounts = ["111111111111", "222222222222", "333333333333"].map((id) => ({ id }));
  const organization = { ...content.organization, accounts };
  await using three = await synthesized({ ...content, organization });
  assert.deepEqual(Object.keys(three.stacks), [
    "hub",
    "member-222222222222",
    "member-333333333333",
  ]);
});

Deno.test("the types of infra are right", async () => {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "-q", "--config=infra/deno.json", "infra/main.ts"],
    cwd: ROOT,
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
});

const REFUSED: readonly (readonly [title: string, args: readonly string[], says: RegExp])[] = [
  ["an unknown option", ["--confg", "x.json"], /Unknown option '--confg'.*Usage: deno task synth/],
  ["a word that is no option", ["x.json"], /Unexpected argument 'x.json'.*Usage: deno task synth/],
  ["an option without its value", ["--config"], /'--config <value>' argument missing/],
  ["no file", ["--config", "/nowhere/x.json"], /"\/nowhere\/x\.json": there is no such file/],
];

for (const [title, args, says] of REFUSED) {
  Deno.test(`nothing is written with ${title}`, () => refused(args, says));
}

const WRONG: readonly (readonly [title: string, text: string, says: RegExp])[] = [
  ["no JSON", "{", /groundskeeper\.json:1:2 is not JSON/],
  [
    "no infra",
    JSON.stringify({ ...ONE, infra: undefined }),
    /groundskeeper\.json: infra is missing/,
  ],
  [
    "an unknown setting",
    JSON.stringify({ ...ONE, infra: { ...ONE.infra, subnetIDs: [] } }),
    /groundskeeper\.json: infra\.subnetIDs is not a setting. Did you mean infra\.subnetIds\?/,
  ],
  [
    "what AWS would refuse",
    JSON.stringify({ ...ONE, organization: { ...ONE.organization, roles: "acme" } }),
    /groundskeeper\.json: organization\.roles: \d+ roles would be called "acme"/,
  ],
];

for (const [title, text, says] of WRONG) {
  Deno.test(`nothing is written with a configuration of ${title}`, async () => {
    const folder = await Deno.makeTempDir();
    await Deno.writeTextFile(`${folder}/groundskeeper.json`, text);
    await refused(["--config", `${folder}/groundskeeper.json`], says);
    await Deno.remove(folder, { recursive: true });
  });
}

async function refused(args: readonly string[], says: RegExp): Promise<void> {
  const outdir = `${await Deno.makeTempDir()}/cdktf.out`;
  const { code, stdout, stderr } = await synthesis(outdir, { args });
  assert.deepEqual([code, stdout], [2, ""], stderr);
  assert.match(stderr, says);
  assert.doesNotMatch(stderr, /^ +at /m);
  await assert.rejects(Deno.stat(outdir), Deno.errors.NotFound);
}

/** What of a checkout a synthesis uses. */
const CHECKOUT = ["deno.json", "deno.lock", "infra", "runners"];

Deno.test("deno task synth takes the example, or the file that a person names from where he stands", async () => {
  const checkout = await Deno.makeTempDir({ prefix: "groundskeeper synth " });
  const away = await Deno.makeTempDir();
  for (const name of CHECKOUT) await Deno.symlink(`${ROOT}${name}`, `${checkout}/${name}`);
  await Deno.writeTextFile(`${away}/mine.json`, JSON.stringify(THREE));
  const task = async (cwd: string, ...args: readonly string[]) => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "-q", `--config=${checkout}/deno.json`, "synth", ...args],
      cwd,
      // The task that runs this test has said where it was started, and would be believed.
      clearEnv: true,
      env: Object.fromEntries(
        Object.entries(Deno.env.toObject()).filter(([name]) => name !== "INIT_CWD"),
      ),
    }).output();
    const told = new TextDecoder().decode(stderr);
    assert.equal(code, 0, told);
    return told;
  };
  const outdir = `${checkout}/cdktf.out`;
  const first = await task(checkout);
  assert.match(first, /Wrote 1 stack to /);
  // The folder of the checkout has a space in its name.
  assert.match(first, new RegExp(`terraform -chdir='${outdir}/stacks/hub' init && `));
  const [provider] = stacksIn(outdir).hub!.provider.aws;
  assert.deepEqual(provider!.allowed_account_ids, ["111111111111"]);
  assert.match(await task(away, "--config", "mine.json"), /Wrote 4 stacks to /);
  assert.deepEqual(Object.keys(stacksIn(outdir)), [
    "hub",
    "management",
    "member-222222222222",
    "member-333333333333",
  ]);
  for (const folder of [checkout, away]) await Deno.remove(folder, { recursive: true });
});

Deno.test("a stack of an earlier configuration stays, and one is told how to remove it", async () => {
  await using output = await synthesized(THREE);
  assert.doesNotMatch(output.told, /earlier/);
  const { outdir } = output;
  const accounts = THREE.organization.accounts.filter(({ id }) => id !== "333333333333");
  const config = `${output.folder}/smaller.json`;
  const smaller = { ...THREE, organization: { ...THREE.organization, accounts } };
  await Deno.writeTextFile(config, JSON.stringify(smaller));
  const { code, stderr } = await synthesis(outdir, { args: ["--config", config] });
  assert.equal(code, 0, stderr);
  const stale = `${outdir}/stacks/member-333333333333`;
  assert.match(
    stderr,
    /Wrote 3 stacks.*\n(.*\n)*1 stack of an earlier configuration is still there/,
  );
  assert.ok(
    stderr.endsWith(
      `  terraform -chdir=${stale} init && terraform -chdir=${stale} destroy && rm -r ${stale}\n`,
    ),
    stderr,
  );
  const member = `member-333333333333`;
  assert.deepEqual(stacksIn(outdir)[member], output.stacks[member]);
});
