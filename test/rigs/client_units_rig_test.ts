import assert from "assert";
import { DoorsMachine } from "./doors_machine.ts";
import { installClient } from "./installed_client.ts";

const UNITS = [
  "groundskeeper-hello.service",
  "groundskeeper-login.path",
  "groundskeeper-login.service",
  "groundskeeper-login.timer",
];

const FOLDER = "/etc/systemd/system";

await using stack = new AsyncDisposableStack();
const machine = stack.use(await DoorsMachine.start());
await installClient(machine);
const owned = stack.move();
Deno.test.afterAll(() => owned.disposeAsync());

/** systemd tells of an unknown key on stderr, with exit code 0. */
async function verify(unit: string): Promise<string> {
  const { code, stderr } = await machine.run(["systemd-analyze", "verify", "--man=no", unit]);
  return code === 0 ? stderr : `${stderr}\nexit ${code}`;
}

Deno.test("the client's script installs these units, and systemd finds nothing wrong in them", async () => {
  const installed = [...Deno.readDirSync(machine.path(FOLDER))].map(({ name }) => name)
    .filter((name) => name.startsWith("groundskeeper") && !name.endsWith(".d")).sort();
  assert.deepEqual(installed, UNITS);
  for (const unit of UNITS) assert.equal(await verify(unit), "", unit);
});

/** Faults, each in a line of a file, which systemd must notice. */
const FAULTS: readonly (readonly [file: string, line: RegExp, wrong: string])[] = [
  ["groundskeeper-login.service", /^ExecStart=\S+/m, "ExecStart=/nowhere/deno"],
  ["groundskeeper-login.service", /^Type=.*$/m, "Type=onceshot"],
  ["groundskeeper-login.path", /^PathChanged=.*$/m, "PathChanged=spool"],
  ["groundskeeper-login.timer", /^OnUnitInactiveSec=.*$/m, "OnUnitInactiveSec=1minut"],
  ["groundskeeper-login.service.d/limits.conf", /^ProtectSystem=.*$/m, "ProtectSystems=strict"],
  ["groundskeeper-hello.service.d/limits.conf", /^SystemCallFilter=.*$/m, "SystemCallFilter=@none"],
];

for (const [file, line, wrong] of FAULTS) {
  Deno.test(`systemd notices ${wrong} in ${file}`, async () => {
    const path = machine.path(`${FOLDER}/${file}`);
    const text = await Deno.readTextFile(path);
    assert.match(text, line);
    await Deno.writeTextFile(path, text.replace(line, wrong));
    assert.notEqual(await verify(file.replace(/\.d\/.*/, "")), "");
    await Deno.writeTextFile(path, text);
  });
}

Deno.test("what the client's services could do to their machine is little", async () => {
  for (const unit of UNITS.filter((name) => name.endsWith(".service"))) {
    await machine.runWell([
      ...["systemd-analyze", "security", "--offline=true", "--threshold=30", "--no-pager"],
      `${FOLDER}/${unit}`,
    ]);
  }
});

Deno.test("systemctl enables what sends at a login, again later, and once per boot", async () => {
  const { stdout } = await machine.runWell(["sh", "-c", `ls ${FOLDER}/*.wants | grep groundsk`]);
  const enabled = UNITS.filter((name) => name !== "groundskeeper-login.service");
  assert.deepEqual(stdout.trim().split("\n").sort(), enabled);
});

Deno.test("tmpfiles makes the spool for root alone", async () => {
  const { stdout } = await machine.runWell(["stat", "-c", "%a %U", "/var/spool/groundskeeper"]);
  assert.equal(stdout, "700 root\n");
});
