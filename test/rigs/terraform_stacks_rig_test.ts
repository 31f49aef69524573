import assert from "assert";
import { INSTALLATIONS } from "../infra/installations.ts";
import { synthesized } from "../infra/synth.ts";
import { useProvider, Workspace } from "./terraform.ts";

Deno.test("Terraform finds nothing wrong in any stack of any installation", async () => {
  await using all = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir();
  all.defer(() => Deno.remove(folder, { recursive: true }));
  const modules: Record<string, { source: string }> = {};
  for (const [title, content] of Object.entries(INSTALLATIONS)) {
    const { outdir, stacks } = all.use(await synthesized(content));
    for (const name of Object.keys(stacks)) {
      await Deno.mkdir(`${folder}/${title}`, { recursive: true });
      await Deno.rename(`${outdir}/stacks/${name}`, `${folder}/${title}/${name}`);
      modules[`${title}-${name}`] = { source: `./${title}/${name}` };
      await useProvider(`${folder}/${title}/${name}`);
    }
  }
  // As parts of one configuration: to load the provider takes longer than all the rest.
  await Deno.writeTextFile(`${folder}/main.tf.json`, JSON.stringify({ module: modules }));
  const problems = await (await Workspace.open(folder)).problems();
  assert.equal(Object.keys(modules).length, 12);
  // A part has no state of its own.
  const ofParts = /^Backend configuration ignored/;
  assert.deepEqual(problems.filter((problem) => !ofParts.test(problem)), []);
});
