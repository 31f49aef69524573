import assert from "assert";
import { ROOT } from "../architecture/module_graph.ts";
import { INSTALLATIONS, THREE } from "../infra/installations.ts";
import { type Stack, stacksIn, synthesis, synthesized } from "../infra/synth.ts";
import { installInfra } from "../tasks/install_packages.ts";

const CDKTN = "infra/cdktn/deno.json";
await installInfra(CDKTN);

/** A stack without what names the program that wrote it, and the provider that its bindings are for. */
function apart({ "//": notes, terraform: { required_providers, ...state }, ...stack }: Noted) {
  const { metadata: { version, ...noted }, ...rest } = notes;
  return {
    by: { version, provider: required_providers.aws },
    stack: { ...stack, notes: { ...rest, ...noted }, state },
  };
}

type Noted = Omit<Stack, "terraform"> & {
  readonly "//": { readonly metadata: { readonly version: string } };
  readonly terraform: { readonly required_providers: { readonly aws: object } };
};

for (const [title, content] of Object.entries(INSTALLATIONS)) {
  Deno.test(`cdktn writes what cdktf does, but for versions: ${title}`, async () => {
    await using ours = await synthesized(content);
    await using theirs = await synthesized(content, { packages: CDKTN });
    assert.deepEqual(Object.keys(theirs.stacks), Object.keys(ours.stacks));
    for (const [name, stack] of Object.entries(ours.stacks)) {
      const [mine, other] = [apart(stack as Noted), apart(theirs.stacks[name] as Noted)];
      assert.deepEqual(other.stack, mine.stack);
      assert.deepEqual([mine.by, other.by], [
        { version: "0.21.0", provider: { source: "aws", version: "6.25.0" } },
        { version: "0.24.0", provider: { source: "hashicorp/aws", version: "6.66.0" } },
      ]);
    }
  });
}

/** Whether packages can be had here: cdktf-cli is in no lock of ours, and 570 MB. */
const { success: isReachable } = await new Deno.Command("npm", { args: ["ping"] }).output();

Deno.test({
  name: "cdktf-cli synthesizes what deno task synth does",
  ignore: !isReachable,
  fn: async () => {
    const checkout = await Deno.makeTempDir({ prefix: "groundskeeper-cli-" });
    for (const name of ["cdktf.json", "deno.json", "deno.lock", "infra", "reports", "runners"]) {
      await Deno.symlink(`${ROOT}${name}`, `${checkout}/${name}`);
    }
    const config = `${checkout}/mine.json`;
    await Deno.writeTextFile(config, JSON.stringify(THREE));
    const deno = Deno.execPath();
    const { success, stdout, stderr } = await new Deno.Command("npx", {
      args: ["-y", "cdktf-cli@0.21.0", "synth"],
      cwd: checkout,
      env: {
        PATH: `${deno.slice(0, deno.lastIndexOf("/"))}:${Deno.env.get("PATH")}`,
        GROUNDSKEEPER_CONFIG: config,
        // It asks nobody for a newer version, and no person.
        CHECKPOINT_DISABLE: "1",
        CI: "true",
      },
    }).output();
    const said = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
    assert.ok(success, said);
    assert.match(said, /Wrote 4 stacks to /);
    const plain = `${checkout}/plain`;
    assert.equal((await synthesis(plain, { args: ["--config", config] })).code, 0);
    assert.deepEqual(stacksIn(`${checkout}/cdktf.out`), stacksIn(plain));
    await Deno.remove(checkout, { recursive: true });
  },
});
