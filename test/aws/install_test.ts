import assert from "assert";
import { join } from "node:path";

import { cacheFolder } from "./cache_folder.ts";
import { install } from "./install.ts";
import { makeWheel } from "./local_wheels.ts";
import { requirePython } from "./python.ts";

// These tests install one small package instead of a server, without any network: the pins are a
// parameter, uv is the one that the local AWS was installed with, and the packages are made here.

const uvPins = await Deno.readTextFile(new URL("requirements_uv.txt", import.meta.url));
await install({ servers: ["moto"] });
const installed = join(cacheFolder(), "local-aws");

/** A cache of its own that has uv, pins for one package, and a folder of packages to find. */
async function folders() {
  const folder = await Deno.makeTempDir();
  const [cache, pins, wheels] = ["cache", "pins", "wheels"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await Deno.mkdir(join(cache, "local-aws"), { recursive: true });
  for (const { name } of [...Deno.readDirSync(installed)].filter(({ name }) => isUv(name))) {
    await Deno.symlink(join(installed, name), join(cache, "local-aws", name));
  }
  await Deno.mkdir(pins);
  await Deno.mkdir(wheels);
  await Deno.writeTextFile(join(pins, "requirements_uv.txt"), uvPins);
  const pin = async (version: string, change = (line: string) => line) => {
    const line = change(await makeWheel(wheels, "example_package", version));
    // What is not in the folder is not found, and no index is asked for it.
    const text = `--no-index\n--find-links ${wheels}\n${line}`;
    await Deno.writeTextFile(join(pins, "requirements_moto.txt"), text);
  };
  await pin("1.0.0");
  return {
    cache,
    pins,
    pin,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

function isUv(name: string): boolean {
  return name.startsWith("uv-") && !name.endsWith(".lock");
}

async function version(python: string | undefined, module: string): Promise<string> {
  assert.ok(python);
  const code = `import importlib.metadata; print(importlib.metadata.version("${module}"))`;
  const { stdout } = await new Deno.Command(python, { args: ["-c", code] }).output();
  return new TextDecoder().decode(stdout).trim();
}

Deno.test("what is installed stays, works without network, and follows the pins", async () => {
  await using at = await folders();
  const said: string[] = [];
  const onProgress = (sentence: string) => {
    if (sentence.startsWith("Installing moto")) said.push(sentence);
  };
  const { cache, pins } = at;
  const options = { cache, pins, servers: ["moto"] as const, onProgress };

  // Two at once, as two test runs would: one installs, the other waits for it.
  const [first, second] = await Promise.all([install(options), install(options)]);
  assert.deepEqual(first, second);
  assert.equal(said.length, 1);
  assert.equal(await version(first.moto, "example_package"), "1.0.0");
  assert.deepEqual(await install(options), first);
  assert.equal(said.length, 1);

  // A kill in the middle leaves a folder without its marker.
  const environment = join(first.moto ?? "", "../..");
  await Deno.remove(join(environment, "groundskeeper-complete"));
  await Deno.remove(join(environment, "lib"), { recursive: true });
  assert.deepEqual(await install(options), first);
  assert.equal(await version(first.moto, "example_package"), "1.0.0");

  await at.pin("1.1.0");
  const other = await install(options);
  assert.notEqual(other.moto, first.moto);
  assert.equal(await version(other.moto, "example_package"), "1.1.0");
  assert.equal(said.length, 3);
});

Deno.test("a package that is not the pinned one is refused, with the tool's own words", async () => {
  await using at = await folders();
  await at.pin("1.0.0", (line) => line.replace(/[0-9a-f]{64}/, "0".repeat(64)));
  const { cache, pins } = at;
  await assert.rejects(install({ cache, pins, servers: ["moto"] }), (error: Error) => {
    assert.match(error.message, /^Cannot install moto: /);
    assert.match(error.message, /example.package/);
    assert.match(error.message, /package index/);
    return true;
  });
});

Deno.test("a missing Python says what to install", async () => {
  await assert.rejects(requirePython("no-such-python"), {
    message: "Cannot install the local AWS: there is no no-such-python. " +
      "Install Python 3.10 or newer",
  });
});

Deno.test("a Python that is too old or incomplete says what to do", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const fake = async (name: string, told: string) => {
      const path = join(folder, name);
      await Deno.writeTextFile(path, `#!/bin/sh\necho '${told}'\necho cpython-3 /usr Linux\n`);
      await Deno.chmod(path, 0o755);
      return path;
    };
    await assert.rejects(requirePython(await fake("old", "3 9 -")), {
      message: /is Python 3\.9\. Install Python 3\.10 or newer$/,
    });
    await assert.rejects(requirePython(await fake("bare", "3 12 venv,ensurepip")), {
      message: /lacks the modules venv,ensurepip\. On Debian and Ubuntu: apt-get install/,
    });
    assert.equal((await requirePython(await fake("fine", "3 10 -"))).identity.split(" ").length, 3);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the cache is where the environment says", () => {
  const env = (variables: Record<string, string>) => cacheFolder((name) => variables[name]);
  assert.equal(env({ GROUNDSKEEPER_CACHE: "/c", XDG_CACHE_HOME: "/x", HOME: "/h" }), "/c");
  assert.equal(env({ XDG_CACHE_HOME: "/x", HOME: "/h" }), "/x/groundskeeper");
  assert.equal(env({ HOME: "/h" }), "/h/.cache/groundskeeper");
  assert.throws(() => env({}), /Set GROUNDSKEEPER_CACHE/);
});
