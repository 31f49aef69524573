import assert from "assert";
import { DoorsMachine } from "./doors_machine.ts";

const OWN = `
  const { DoorsMachine } = await import("${import.meta.resolve("./doors_machine.ts")}");
  const machine = await DoorsMachine.start();
  await machine.startSshd();
  console.log(machine.path("/mnt/sshd"));
  setInterval(() => {}, 60_000);
`;

Deno.test("what a machine with doors writes is seen in it alone", async () => {
  await using machine = await DoorsMachine.start();
  await machine.addPerson("alice");
  assert.match(await Deno.readTextFile(machine.path("/etc/passwd")), /^alice:/m);
  assert.doesNotMatch(await Deno.readTextFile("/etc/passwd"), /^alice:/m);
  await assert.rejects(Deno.stat("/home/alice"), Deno.errors.NotFound);
});

Deno.test("a machine with doors ends with the process that made it, also if that is killed", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", OWN],
    stdout: "piped",
  }).spawn();
  const { value } = await child.stdout.pipeThrough(new TextDecoderStream()).values().next();
  const sshd = value!.trim();
  await Deno.stat(sshd);
  child.kill("SIGKILL");
  await child.status;
  const until = Date.now() + 10_000;
  while (Date.now() < until && await isThere(sshd)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.equal(await isThere(sshd), false);
});

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, (error: unknown) => {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  });
}
