import assert from "assert";
import { type Random, seededRandom } from "../bench/seeded_random.ts";
import { type Door, DOORS } from "./doors.ts";
import { DoorsClient } from "./doors_client.ts";

/** `DOORS_SEED=7` tries others. */
const SEED = Number(Deno.env.get("DOORS_SEED") ?? 20_261_130);

const SEQUENCES = 300;

/** As many people are under way at once, each with a sequence of their own. */
const PEOPLE = Array.from({ length: 10 }, (_, number) => `person${number}`);

/** What a person does, one after the other. */
type Sequence = { readonly seed: number; readonly person: string; readonly doors: readonly Door[] };

function sequenceOf(seed: number, person: string): Sequence {
  const random = seededRandom(seed);
  return { seed, person, doors: random.times(1, 3, () => random.of(DOORS)) };
}

await using stack = new AsyncDisposableStack();
const client = stack.use(await DoorsClient.start());
const port = await client.machine.startSshd();
for (const person of [...PEOPLE, "other"]) await client.machine.addPerson(person);
const owned = stack.move();
Deno.test.afterAll(() => owned.disposeAsync());

for (let first = 0; first < SEQUENCES; first += PEOPLE.length) {
  const seed = SEED + first;
  const name = `the sequences ${first + 1} to ${first + PEOPLE.length}, seed ${seed}: ` +
    "what PAM opens is recorded, and nothing else";
  Deno.test(name, async () => {
    const sequences = PEOPLE.map((person, number) => sequenceOf(seed + number, person));
    await Promise.all([...sequences.map(walk), sendInBetween(seededRandom(seed))]);
    client.metadata.behaviour = "answers";
    await client.drainAll();
    const opened = await client.machine.takeSessions();
    const messages = await client.received();
    for (const { seed, person, doors } of sequences) {
      const told = `seed ${seed}: ${doors.map(({ name }) => name).join(", then ")}`;
      assert.deepEqual(
        opened.filter((line) => line.endsWith(` ${person}`)).map((line) => line.split(" ")[0]),
        doors.flatMap(({ opens }) => opens.filter((service) => service !== "su")),
        told,
      );
      assert.deepEqual(
        messages.filter(({ pam }) => pam?.user === person).map(({ event }) => event),
        doors.flatMap(({ records }) => records),
        told,
      );
    }
    const expected = sequences.flatMap(({ doors }) => doors).flatMap(({ records }) => records);
    assert.equal(messages.length, expected.length);
  });
}

/** @throws Error if a door behaves otherwise than it is known to */
async function walk({ seed, person, doors }: Sequence): Promise<void> {
  for (const door of doors) {
    try {
      await door.enter({ machine: client.machine, port, person, other: "other" });
    } catch (error) {
      throw new Error(`seed ${seed}, ${door.name}: ${error}`, { cause: error });
    }
  }
}

/** Sends what has been recorded so far, while the metadata service behaves well or badly. */
async function sendInBetween(random: Random): Promise<void> {
  for (
    const behaviour of random.times(1, 2, () => random.of(["answers", "off", "hangs"] as const))
  ) {
    client.metadata.behaviour = behaviour;
    await client.drain();
  }
}
