import assert from "assert";
import { ROOT } from "../architecture/module_graph.ts";

/** A unit that stands for each file that was changed. */
const UNITS = [...Deno.readDirSync(`${ROOT}hosts/systemd`)].map(({ name }) =>
  name.replace(/@\.service$/, "@audit-report.service").replace(/\.d$/, "")
).sort();

/** Faults, each in a line of a file, which systemd must notice. */
const FAULTS: readonly (readonly [file: string, line: RegExp, wrong: string])[] = [
  ["groundskeeper@.service", /^KillSignal=.*$/m, "KillSignall=SIGTERM"],
  ["groundskeeper@.service", /^KillSignal=.*$/m, "KillSignal=SIGSTOPP"],
  ["groundskeeper@.service", /^ExecStart=.*$/m, "ExecStart=/nowhere/entry_point.sh %i"],
  ["groundskeeper@.service", /^SystemCallFilter=@system-service.*$/m, "SystemCallFilter=@none"],
  ["groundskeeper@audit-report.timer", /^OnCalendar=.*$/m, "OnCalendar=*:60"],
  ["groundskeeper@repo-serve.service.d/serve.conf", /^Restart=.*$/m, "Restart=ever"],
];

/** The units in a folder of their own, with the checkout where they expect it. */
async function withUnits(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "groundskeeper-units-" });
  await new Deno.Command("cp", { args: ["-r", `${ROOT}hosts/systemd/.`, folder] }).output();
  await change(
    `${folder}/groundskeeper@.service`,
    /\/opt\/groundskeeper(?=\/container)/,
    ROOT.slice(0, -1),
  );
  await work(folder);
  await Deno.remove(folder, { recursive: true });
}

async function change(path: string, from: RegExp, to: string): Promise<void> {
  const text = await Deno.readTextFile(path);
  assert.match(text, from);
  await Deno.writeTextFile(path, text.replace(from, to));
}

/** systemd tells of an unknown key on stderr, with exit code 0. */
async function verify(folder: string, unit: string): Promise<string> {
  const { code, stderr } = await new Deno.Command("systemd-analyze", {
    args: ["verify", "--man=no", unit],
    // A path that ends with a colon goes before the system's own.
    env: { SYSTEMD_UNIT_PATH: `${folder}:` },
  }).output();
  const said = new TextDecoder().decode(stderr);
  return code === 0 ? said : `${said}\nexit ${code}`;
}

Deno.test("systemd finds nothing wrong in a unit", () =>
  withUnits(async (folder) => {
    assert.ok(UNITS.length > 3);
    for (const unit of UNITS) assert.equal(await verify(folder, unit), "", unit);
  }));

for (const [file, line, wrong] of FAULTS) {
  Deno.test(`systemd notices ${wrong}`, () =>
    withUnits(async (folder) => {
      await change(`${folder}/${file}`, line, wrong);
      assert.notEqual(
        await verify(folder, file.replace("@.", "@audit-report.").replace(/\.d\/.*/, "")),
        "",
      );
    }));
}

Deno.test("what a service could do to its machine is little", async () => {
  const { success, stdout, stderr } = await new Deno.Command("systemd-analyze", {
    args: [
      "security",
      "--offline=true",
      "--threshold=20",
      "--no-pager",
      `${ROOT}hosts/systemd/groundskeeper@.service`,
    ],
  }).output();
  assert.ok(success, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
});

Deno.test("systemctl enables each timer and the service that always runs", () =>
  withUnits(async (units) => {
    const root = await Deno.makeTempDir({ prefix: "groundskeeper-root-" });
    const folder = `${root}/etc/systemd/system`;
    await Deno.mkdir(folder, { recursive: true });
    await new Deno.Command("cp", { args: ["-r", `${units}/.`, folder] }).output();
    const starting = UNITS.filter((unit) => !unit.endsWith("audit-report.service"));
    for (const unit of starting) {
      const { success } = await new Deno.Command("systemctl", {
        args: [`--root=${root}`, "enable", unit],
      }).output();
      assert.ok(success, unit);
    }
    const wanted = ["timers", "multi-user"].flatMap((target) =>
      [...Deno.readDirSync(`${folder}/${target}.target.wants`)].map(({ name }) => name)
    );
    assert.deepEqual(wanted.sort(), starting);
    await Deno.remove(root, { recursive: true });
  }));
