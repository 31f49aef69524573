import assert from "assert";
import clientConfig from "../../client/deno.json" with { type: "json" };
import denoConfig from "../../deno.json" with { type: "json" };

const SETS = Object.entries({ ...denoConfig.permissions, ...clientConfig.permissions }) as [
  string,
  Record<string, unknown>,
][];

Deno.test("no program may start other programs or load native code", () => {
  for (const [name, set] of SETS) {
    assert.equal(set["run"], undefined, name);
    assert.equal(set["ffi"], undefined, name);
    assert.equal(set["all"], undefined, name);
  }
});

Deno.test("a service writes literal paths only and reaches AWS and this machine only", () => {
  for (const [name, set] of SETS.filter(([name]) => name !== "groundskeeper")) {
    const write = set["write"] ?? [];
    assert.ok(Array.isArray(write) && write.every((path) => !/[*~]/.test(path)), name);
    assert.deepEqual(
      (set["net"] as string[]).filter((host) =>
        !/^(\*\.(amazonaws\.com(\.cn)?|api\.aws):443|127\.0\.0\.1|localhost|\[::1\]|169\.254\.[\d.]+|\[fd00:ec2::[\da-f]+\])$/
          .test(host)
      ),
      [],
      name,
    );
  }
});

Deno.test("the client reads PAM's variables and literal files, and reaches AWS and the metadata", () => {
  const sets = Object.entries(clientConfig.permissions) as [string, Record<string, unknown>][];
  assert.deepEqual(sets.map(([name]) => name), ["login", "client"]);
  for (const [name, set] of sets) {
    assert.deepEqual(set["env"], { allow: ["PAM_*", "SSH_*"], ignore: true }, name);
    assert.deepEqual(set["net"], [
      "169.254.169.254",
      "[fd00:ec2::254]",
      "*.amazonaws.com:443",
      "*.amazonaws.com.cn:443",
    ], name);
    const paths = [...set["read"] as string[], ...(set["write"] ?? []) as string[]];
    assert.deepEqual(paths.filter((path) => !/^(\/[\w.-]+){2,}$/.test(path)), [], name);
    assert.deepEqual(set["sys"], ["uid"], name);
  }
  assert.deepEqual(clientConfig.permissions.login.write, ["/var/spool/groundskeeper"]);
  assert.ok(!("write" in clientConfig.permissions.client));
});

Deno.test("tasks ask no registry once everything is installed", () => {
  for (const [name, task] of Object.entries(denoConfig.tasks)) {
    const { command } = task as { command: string };
    for (const run of command.match(/deno (run|test|check)[^&]*/g) ?? []) {
      assert.match(run, /--cached-only/, name);
    }
  }
});
