import assert from "assert";
import { DOORS } from "./doors.ts";
import { DoorsMachine } from "./doors_machine.ts";

await using stack = new AsyncDisposableStack();
const machine = stack.use(await DoorsMachine.start());
const port = await machine.startSshd();
for (const person of ["alice", "bob"]) await machine.addPerson(person);
const owned = stack.move();
Deno.test.afterAll(() => owned.disposeAsync());

for (const { name, opens, enter } of DOORS) {
  Deno.test(`PAM opens ${opens.join(", ") || "no session"}: ${name}`, async () => {
    await machine.takeSessions();
    await enter({ machine, port, person: "alice", other: "bob" });
    const services = (await machine.takeSessions()).map((line) => line.split(" ")[0]);
    assert.deepEqual(services, opens);
  });
}
