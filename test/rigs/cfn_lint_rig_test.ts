import assert from "assert";
import { fileURLToPath } from "node:url";
import { pinsOf } from "../aws/install.ts";
import { virtualEnvironment } from "../aws/virtual_environment.ts";
import { INSTALLATIONS } from "../infra/installations.ts";
import { synthesized } from "../infra/synth.ts";

const PYTHON = await virtualEnvironment({
  name: "cfn-lint",
  room: "rigs",
  pins: fileURLToPath(new URL("requirements_cfn_lint.txt", import.meta.url)),
  uvPins: pinsOf("uv"),
});

/** What cfn-lint finds in a template, down to what it merely mentions, as rules with their messages. */
async function findings(template: string): Promise<string[]> {
  const { stdout, stderr } = await new Deno.Command(PYTHON.replace(/python$/, "cfn-lint"), {
    args: ["--include-checks", "I", "--format", "json", "--", template],
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.equal(text(stderr), "");
  const found = JSON.parse(text(stdout)) as { Rule: { Id: string }; Message: string }[];
  return found.map(({ Rule: { Id }, Message }) => `${Id} ${Message}`);
}

for (const [title, content] of Object.entries(INSTALLATIONS)) {
  Deno.test(`cfn-lint finds nothing in the templates of members: ${title}`, async () => {
    await using output = await synthesized(content);
    const templates = [...Deno.readDirSync(output.outdir)].map(({ name }) => name)
      .filter((name) => name.endsWith(".template.json")).sort();
    const expected = ["events", "member"].filter((name) => name === "member" || "dirty" in content);
    assert.deepEqual(templates, expected.map((name) => `${name}.template.json`));
    for (const name of templates) {
      assert.deepEqual(await findings(`${output.outdir}/${name}`), [], name);
    }
  });
}

Deno.test("cfn-lint notices what CloudFormation would refuse", async () => {
  await using output = await synthesized(INSTALLATIONS.ONE);
  const template = `${output.outdir}/member.template.json`;
  const text = await Deno.readTextFile(template);
  await Deno.writeTextFile(template, text.replace('"RoleName"', '"RollName"'));
  assert.match((await findings(template)).join(), /RollName/);
});
