import assert from "assert";
import { createTwoFilesPatch } from "diff";
import { readJsonc } from "../../runners/core/config/read.ts";
import { filesBelow, ROOT } from "../architecture/module_graph.ts";
import { blocks } from "../architecture/pages.ts";
import {
  ALL,
  ALL_LOGINS,
  HOST,
  INSTALLATIONS,
  LOGINS,
  ODD,
  ONE,
  REPORTED,
  THREE,
} from "../infra/installations.ts";
import { policiesOfTemplate, readableStack } from "../infra/readable_stack.ts";
import { type Arguments, type Stack, stacksIn, synthesis, synthesized } from "../infra/synth.ts";

/** The stacks that have been shown, with what was shown. */
const shownStacks: { readonly stack: string; readonly text: string }[] = [];

/** What a stack looks like: itself, or how it differs from another one if that is little. */
function look(stack: string, text: string): string {
  const patches = shownStacks.map((shown) =>
    createTwoFilesPatch(shown.stack, stack, shown.text, text, "", "", { context: 1 })
  );
  shownStacks.push({ stack, text });
  const [shortest = text] = patches.sort((a, b) => a.length - b.length);
  return shortest.length < text.length / 4 ? shortest : text;
}

for (
  const [title, content] of Object.entries({ ONE, THREE, ALL, HOST, LOGINS, ALL_LOGINS, REPORTED })
) {
  Deno.test(`the stacks look as they did: ${title}`, async (t) => {
    await using output = await synthesized(content);
    const { stacks, outdir } = output;
    const shown = policiesOfTemplate(await Deno.readTextFile(`${outdir}/member.template.json`));
    for (const [name, stack] of Object.entries(stacks)) {
      const text = readableStack(stack, shown);
      await t.assertSnapshot(look(`${name} of ${title}`, text), {
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
const CHECKOUT = ["deno.json", "deno.lock", "infra", "reports", "runners"];

Deno.test("deno task synth takes the example, or a file by its path from where the person stands", async () => {
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
  assert.match(first, /\n {2}terraform -chdir=cdktf\.out\/stacks\/hub init\n/);
  const [provider] = stacksIn(outdir).hub!.provider.aws;
  assert.deepEqual(provider!.allowed_account_ids, ["111111111111"]);
  const second = await task(away, "--config", "mine.json");
  assert.match(second, /Wrote 4 stacks to /);
  // The folder of the checkout has a space in its name.
  assert.ok(second.includes(`  terraform -chdir='${outdir}/stacks/hub' apply\n`), second);
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
      `  terraform -chdir=${stale} init\n  terraform -chdir=${stale} destroy && rm -r ${stale}\n`,
    ),
    stderr,
  );
  const member = `member-333333333333`;
  assert.deepEqual(stacksIn(outdir)[member], output.stacks[member]);
});

for (const [title, content] of Object.entries(INSTALLATIONS)) {
  Deno.test(`stacks keep to what holds for all of them: ${title}`, async () => {
    await using output = await synthesized(content);
    for (const [name, stack] of Object.entries(output.stacks)) {
      const [, account] = /^(?:member|events)-(\d{12})$/.exec(name) ?? [];
      const { tags = {} } = content.infra as { tags?: object };
      const wanted = { project: "groundskeeper", ...tags };
      const allowed = account ?? content.infra.hub.account;
      // The configuration does not know the management account.
      const expected = ["management", "members", "events"].includes(name) ? undefined : [allowed];
      for (const provider of stack.provider.aws) {
        assert.deepEqual(provider.default_tags, [{ tags: wanted }]);
        assert.deepEqual(provider.allowed_account_ids, expected);
      }
      const [, ...regional] = stack.provider.aws;
      const regions = /^events-/.test(name) ? content.organization.regions : [];
      assert.deepEqual(regional.map(({ alias }) => alias), regions);
      assert.deepEqual(regional.map(({ region }) => region), regions);
      for (const [address, value] of resourcesOf(stack)) {
        assert.match(address, /^\w+\.[a-z][\w-]*$/);
        for (const text of textsIn(value)) assert.deepEqual(foreignExpressions(text), [], address);
      }
    }
  });
}

/** The resources of a stack by their addresses. */
function resourcesOf({ resource }: Stack): Map<string, Arguments> {
  return new Map(
    Object.entries(resource).flatMap(([type, byName]) =>
      Object.entries(byName).map(([name, value]) => [`${type}.${name}`, value] as const)
    ),
  );
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(textsIn) : [];
}

/** An attribute of a resource, which Terraform puts in its place. */
const REFERENCE = /\$\{(data\.)?(aws_\w+\.[\w-]+)(\.\w+|\[\d+\])+\}/g;

/** What Terraform would work out, but for such references. */
function foreignExpressions(text: string): string[] {
  return text.replaceAll(/([$%])\1\{/g, "").replaceAll(REFERENCE, "").match(/[$%]\{.*/g) ?? [];
}

Deno.test("what a configuration says is no expression of Terraform", async () => {
  await using output = await synthesized(ODD);
  const { hub, members } = output.stacks;
  const { owner } = ODD.audit.canary.tags;
  const canary = hub!.resource.aws_iam_role_policy!["role-a_3db_2cc_2ed_5fe-policy"]!;
  const set = members!.resource.aws_cloudformation_stack_set!.members!;
  const [task] = Object.values(hub!.resource.aws_ecs_task_definition!);
  for (const text of [canary.policy, set.template_body, task!.container_definitions]) {
    const read = (text as string).replaceAll(/([$%])\1\{/g, "$1{");
    assert.notEqual(read, text);
    assert.ok(textsIn(JSON.parse(read)).some((one) => one.includes(owner) || isOfConfig(one)));
  }
});

function isOfConfig(text: string): boolean {
  return text.startsWith("{") && textsIn(JSON.parse(text)).includes(ODD.audit.canary.tags.owner);
}

/** What a resource needs, and what that needs in turn, by address. */
function neededBy(address: string, stack: Stack, found = new Set<string>()): Set<string> {
  const value = resourcesOf(stack).get(address)!;
  const references = textsIn(value).flatMap((text) =>
    [...text.matchAll(REFERENCE)].map(([, , named]) => named!)
  );
  for (const next of [...references, ...value.depends_on as string[] ?? []]) {
    if (found.has(next)) continue;
    found.add(next);
    neededBy(next, stack, found);
  }
  return found;
}

Deno.test("what starts by itself is made after all that it works with", async () => {
  await using output = await synthesized(THREE);
  const { hub } = output.stacks;
  const all = [...resourcesOf(hub!).keys()];
  const starting = all.filter((address) => /^aws_(scheduler_schedule|ecs_service)\./.test(address));
  assert.equal(starting.length, 4);
  for (const address of starting) {
    const key = /\.(.*)-\w+$/.exec(address)![1]!;
    const needed = neededBy(address, hub!);
    const others = all.filter((one) => !needed.has(one) && one !== address);
    const home = `groundskeeper-${key.replace("-", "-home-")}`;
    assert.deepEqual(others.filter((one) => one.includes(`${key}-`) || one.includes(home)), []);
    // What belongs to other kinds of run, or watches.
    const apart = /^aws_(cloudwatch|scheduler_schedule\.|ecs_(service|task))|-home-/;
    assert.deepEqual(others.filter((one) => !apart.test(one)), []);
  }
});

const ALARMS: readonly (readonly [schedule: string, period: number, missing: string])[] = [
  ["rate(1 minute)", 120, "breaching"],
  ["rate(3 hours)", 6 * 3_600, "breaching"],
  ["rate(6 days)", 7 * 86_400, "breaching"],
  ["rate(7 days)", 7 * 86_400, "notBreaching"],
  ["rate(30 days)", 7 * 86_400, "notBreaching"],
  ["cron(0 9 * * ? *)", 2 * 86_400, "breaching"],
  ["cron(0/5 * ? * * *)", 2 * 86_400, "breaching"],
  ["cron(0 9 ? * MON-FRI *)", 7 * 86_400, "breaching"],
  ["cron(0 9 ? * 2 *)", 7 * 86_400, "breaching"],
  ["cron(0 9 1 * ? *)", 7 * 86_400, "notBreaching"],
  ["cron(0 9 */10 * ? *)", 7 * 86_400, "notBreaching"],
  ["cron(0 9 ? * 6L *)", 7 * 86_400, "notBreaching"],
  ["cron(0 9 ? * 2#1 *)", 7 * 86_400, "notBreaching"],
  ["cron(0 9 ? JAN MON *)", 7 * 86_400, "notBreaching"],
  ["cron(0 9 ? * MON 2027)", 7 * 86_400, "notBreaching"],
];

Deno.test("an alarm waits for two runs, and where it cannot wait for one it does not miss it", async () => {
  for (const [schedule, period, missing] of ALARMS) {
    const infra = { ...ONE.infra, schedules: { "audit-report": schedule } };
    await using output = await synthesized({ ...ONE, infra });
    const alarm = output.stacks.hub!.resource.aws_cloudwatch_metric_alarm!["audit-failed"]!;
    assert.deepEqual([alarm.period, alarm.treat_missing_data], [period, missing], schedule);
  }
});

Deno.test("infra imports each resource by itself: all bindings together take seconds and a gigabyte", async () => {
  const imports = (await filesBelow("infra")).flatMap((path) =>
    [...Deno.readTextFileSync(`${ROOT}${path}`).matchAll(/from "(@cdktf\/[^"]*)"/g)]
      .map(([, specifier]) => specifier!)
  );
  assert.ok(imports.length > 15);
  const deep = /^@cdktf\/provider-aws\/lib\/[a-z-]+\/index\.js$/;
  assert.deepEqual(imports.filter((specifier) => !deep.test(specifier)), []);
});
