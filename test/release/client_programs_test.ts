import assert from "assert";
import clientConfig from "../../client/deno.json" with { type: "json" };
import rootConfig from "../../deno.json" with { type: "json" };
import { buildClient, checksums, type RunDeno } from "../../release/client_programs.ts";

/** A Deno that bundles, and compiles all but the `fails`th executable. */
function standIn(root: string, fails = Infinity) {
  const calls: (readonly string[])[] = [];
  const runDeno: RunDeno = async (args) => {
    calls.push(args);
    if (args[0] === "task") {
      await Deno.mkdir(`${root}/out/client`, { recursive: true });
      for (const name of ["login", "client"]) {
        await Deno.writeTextFile(`${root}/out/client/groundskeeper-${name}.js`, name);
      }
      return { success: true, said: "" };
    }
    if (calls.length - 1 >= fails) return { success: false, said: "failed to lookup address" };
    const output = args.find((arg) => arg.startsWith("--output="))!.slice("--output=".length);
    await Deno.writeTextFile(output, "ELF");
    return { success: true, said: "" };
  };
  return { calls, runDeno };
}

async function withRoot(work: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  await work(root).finally(() => Deno.remove(root, { recursive: true }));
}

const EXECUTABLES = ["login-x86_64", "login-aarch64", "client-x86_64", "client-aarch64"]
  .map((name) => `out/client/groundskeeper-${name}`);

Deno.test("a release has bundles and executables, each with its permission set, and checksums", () =>
  withRoot(async (root) => {
    const { calls, runDeno } = standIn(root);
    const { files, missing } = await buildClient(root, runDeno);
    assert.equal(missing, undefined);
    assert.deepEqual(files.slice(2, 6), EXECUTABLES);
    for (const args of calls.slice(1)) {
      const [, program] = /groundskeeper-(\w+)\.js$/.exec(args.at(-1)!) ?? [];
      assert.ok(args.includes(`-P=${program}`), args.join(" "));
    }
    const { success } = await new Deno.Command("sha256sum", {
      args: ["--check", "--strict", "--quiet", "SHA256SUMS"],
      cwd: `${root}/out/client`,
    }).output();
    assert.ok(success);
    const sums = await Deno.readTextFile(`${root}/out/client/SHA256SUMS`);
    assert.equal(sums, await checksums(root, files.slice(0, -1)));
  }));

for (const fails of [1, 2, 4]) {
  Deno.test(`where executable ${fails} of 4 cannot be made, there is none, and it says why`, () =>
    withRoot(async (root) => {
      const { files, missing } = await buildClient(root, standIn(root, fails).runDeno);
      assert.match(missing ?? "", /^Cannot compile groundskeeper-\S+: failed to lookup address$/);
      assert.deepEqual(files.map((file) => file.replace(/.*\//, "")), [
        "groundskeeper-login.js",
        "groundskeeper-client.js",
        "SHA256SUMS",
      ]);
      const written = [...Deno.readDirSync(`${root}/out/client`)].map(({ name }) => name).sort();
      assert.deepEqual(written, [...files.map((file) => file.replace(/.*\//, ""))].sort());
    }));
}

Deno.test("the client has the version of the project", () => {
  assert.equal(clientConfig.version, rootConfig.version);
});
