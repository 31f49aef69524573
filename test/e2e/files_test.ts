import assert from "assert";
import { auditWorld, groupsOf } from "./audit_world.ts";

Deno.test("plan files that are not what they were are refused, with the reason", async (t) => {
  await using world = await auditWorld({ groups: groupsOf(4, 1), accounts: 1 });
  const path = `${world.directory}/out/audit-plan.json`;
  await world.run("audit plan --out out");
  const text = await Deno.readTextFile(path);
  const apply = "audit apply --yes --plan out/audit-plan.json";
  const cases: readonly (readonly [string, () => void | Promise<void>, RegExp])[] = [
    ["truncated", () => Deno.writeTextFile(path, text.slice(0, 900)), /is not complete/],
    ["edited", () => Deno.writeTextFile(path, text.replace(/owner is missing/, "x")), /was edited/],
    ["of another kind", () => Deno.writeTextFile(path, `{"schema":"x/1"}`), /its schema is "x\/1"/],
    ["empty", () => Deno.writeTextFile(path, ""), /is not complete/],
    ["missing", () => Deno.remove(path), /there is no such file/],
    ["of another configuration", async () => {
      await Deno.writeTextFile(path, text);
      world.configure({ grace: "61m" });
    }, /made with another configuration/],
    ["too old", async () => {
      world.configure({});
      await Deno.writeTextFile(path, text);
    }, /it is 1 day old; plans\.maxAge allows 1 day/],
  ];
  for (const [name, spoil, says] of cases) {
    await t.step(name, async () => {
      await spoil();
      // Only the last case lives a day later; the others fail before time matters.
      const later = name === "too old" ? { GROUNDSKEEPER_TEST_CLOCK_AHEAD_MS: "90000000" } : {};
      const { code, said } = await world.run(apply, {
        env: { ...world.aws.environment, ...later },
      });
      assert.equal(code, 2, said);
      assert.match(said, says);
    });
  }
  await t.step("hypothetical", async () => {
    await world.run("audit plan --out out --as-of 2027-01-01T00:00:00Z");
    const { code, said } = await world.run(apply);
    assert.equal(code, 2);
    assert.match(said, /hypothetical/);
  });
  assert.ok(world.aws.proxy.calls.every(({ action }) => action !== "ec2:CreateTags"));
});

Deno.test("snapshots that are not what they were are refused, with the reason", async (t) => {
  await using world = await auditWorld({ groups: groupsOf(4, 1), accounts: 1 });
  await world.run("audit plan --save-snapshot seen");
  const path = `${world.directory}/seen/audit-snapshot/${world.accounts[0]}.json`;
  const text = await Deno.readTextFile(path);
  const cases: readonly (readonly [string, string | null, RegExp])[] = [
    ["truncated", text.slice(0, 900), /was edited or cut short/],
    ["edited", text.replace("running", "stopped"), /was edited/],
    ["missing", null, /there is no such file/],
  ];
  for (const [name, content, says] of cases) {
    await t.step(name, async () => {
      if (content === null) await Deno.remove(path);
      else await Deno.writeTextFile(path, content);
      const { code, said } = await world.run("audit plan --snapshot seen");
      assert.equal(code, 2, said);
      assert.match(said, says);
    });
  }
});

Deno.test("nothing hypothetical is applied or reported", async () => {
  await using world = await auditWorld({ groups: groupsOf(4, 1), accounts: 1 });
  await world.run("audit plan --save-snapshot seen");
  for (const verb of ["apply --yes", "report"]) {
    for (const flag of ["--snapshot seen", "--as-of 2027-01-01T00:00:00Z"]) {
      const { code, said } = await world.run(`audit ${verb} ${flag}`);
      assert.equal(code, 2, `${verb} ${flag}`);
      assert.match(said, /hypothetical/);
    }
  }
});

Deno.test("a report that cannot be written is told, and what was done stays recorded", async () => {
  await using world = await auditWorld({ groups: groupsOf(4, 1), accounts: 1 });
  await Deno.writeTextFile(`${world.directory}/out`, "a file, not a folder");
  const { code, said } = await world.run("audit apply --yes");
  assert.equal(code, 3);
  assert.match(said, /The record could not be written to files/);
  const journal = await world.json<{ outcome: string }[]>("changes");
  assert.deepEqual(journal.map(({ outcome }) => outcome), ["done", "done"]);
});

Deno.test("a store that is none is refused, and left as it is", async () => {
  await using world = await auditWorld({ groups: groupsOf(4, 1), accounts: 1 });
  const path = `${world.directory}/groundskeeper.db`;
  await Deno.writeTextFile(path, "not a store");
  for (const verb of ["plan", "report", "apply --yes", "history"]) {
    const { code, stderr } = await world.run(`audit ${verb}`);
    assert.equal(code, 1, verb + stderr);
  }
  assert.equal(await Deno.readTextFile(path), "not a store");
  assert.ok(world.aws.proxy.calls.every(({ action }) => action !== "ec2:CreateTags"));
});
