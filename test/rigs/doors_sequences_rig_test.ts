import assert from "assert";
import { type Random, seededRandom } from "../bench/seeded_random.ts";
import { once, throttle } from "../aws/faults.ts";
import { type Door, DOORS } from "./doors.ts";
import { DoorsClient } from "./doors_client.ts";

/** `DOORS_SEED=7` tries others. */
const SEED = Number(Deno.env.get("DOORS_SEED") ?? 20_261_130);

const SEQUENCES = 300;

/** As many people are under way at once, each with a sequence of their own. */
const PEOPLE = Array.from({ length: 10 }, (_, number) => `person${number}`);

/** An sshd whose client is killed 10 to 60 ms after its start, before or after the event is there. */
const CUT = "sshd-cut";

const CUT_PROGRAM = `#!/bin/sh
exec timeout --signal=KILL "0.0$(shuf -i 10-60 -n 1)" "$@"
`;

const SEND = { action: "sqs:SendMessage" } as const;

/** What a person does, one after the other. */
type Sequence = { readonly seed: number; readonly person: string; readonly steps: readonly Step[] };

type Step = {
  readonly door: Door;
  /** The service of the sshd that the person goes to. */
  readonly sshd: "sshd" | typeof CUT;
};

function sequenceOf(seed: number, person: string): Sequence {
  const random = seededRandom(seed);
  const step = (): Step => ({
    door: random.of(DOORS),
    sshd: random.chance(0.2) ? CUT : "sshd",
  });
  return { seed, person, steps: random.times(1, 3, step) };
}

await using stack = new AsyncDisposableStack();
const client = stack.use(await DoorsClient.start());
const { machine } = client;
await Deno.writeTextFile(machine.path("/mnt/cut"), CUT_PROGRAM, { mode: 0o755 });
await client.prefixReport(CUT, "/mnt/cut ");
const ports = { "sshd": await machine.startSshd(), [CUT]: await machine.startSshd(CUT) };
for (const person of [...PEOPLE, "other"]) await machine.addPerson(person);
const owned = stack.move();
Deno.test.afterAll(() => owned.disposeAsync());

for (let first = 0; first < SEQUENCES; first += PEOPLE.length) {
  const seed = SEED + first;
  const name = `sequences ${first + 1} to ${first + PEOPLE.length}, seed ${seed}: ` +
    "what PAM opens is recorded, and nothing else";
  Deno.test(name, async () => {
    const sequences = PEOPLE.map((person, number) => sequenceOf(seed + number, person));
    const ways = [...sequences.map(walk), sendInBetween(seededRandom(seed))];
    // Nobody is under way any more when the next sequences begin.
    await Promise.allSettled(ways);
    await Promise.all(ways);
    await client.drainAll();
    const opened = (await machine.takeSessions()).map((line) => line.split(" "));
    // SQS may take a message whose answer is lost: the same event is sent again, with the same id.
    const messages = new Map((await client.received()).map((message) => [message.id, message]));
    const recorded = [...messages.values()].map(({ pam, event }) => [
      ...[pam!.service, pam!.user, event],
    ]);
    for (const sequence of sequences) {
      const told = `seed ${sequence.seed}: ${namesOf(sequence)}`;
      const { person, steps } = sequence;
      const own = steps.flatMap(({ door, sshd }) =>
        // The session of su is another person's.
        door.opens.filter((service) => service !== "su")
          .map((service, at) => [service === "sshd" ? sshd : service, person, door.records[at]!])
      );
      assert.deepEqual(
        opened.filter((session) => session[1] === person),
        own.map((session) => session.slice(0, 2)),
        told,
      );
      const cut = (events: readonly string[][]) => events.filter(([service]) => service === CUT);
      const whole = (events: readonly string[][]) => events.filter(([service]) => service !== CUT);
      const events = recorded.filter((event) => event[1] === person);
      assert.deepEqual(whole(events), whole(own), told);
      // A client that is killed records an event or none.
      assert.deepEqual(cut(events), cut(own).slice(0, cut(events).length), told);
    }
    assert.ok(recorded.every(([, person]) => PEOPLE.includes(person!)));
  });
}

/** @throws Error if a door behaves otherwise than it is known to */
async function walk(sequence: Sequence): Promise<void> {
  const { seed, person, steps } = sequence;
  for (const { door, sshd } of steps) {
    try {
      await door.enter({ machine, port: ports[sshd], person, other: "other" });
    } catch (error) {
      throw new Error(`seed ${seed}: ${namesOf(sequence)}`, { cause: error });
    }
  }
}

function namesOf({ person, steps }: Sequence): string {
  const names = steps.map(({ door, sshd }) => sshd === CUT ? `${door.name}, cut` : door.name);
  return `${person}, ${names.join("; then ")}`;
}

/** What goes wrong while events are sent. @returns what ends it */
const WEATHER: readonly (() => () => void)[] = [
  ...(["answers", "off", "hangs"] as const).map((behaviour) => () => {
    client.metadata.behaviour = behaviour;
    return () => client.metadata.behaviour = "answers";
  }),
  () => client.proxy.onCall(throttle(SEND, 2)),
  () => client.proxy.onCall(once(SEND, { kind: "drop" })),
  () => client.proxy.onCall(once(SEND, { kind: "lose-answer" })),
];

/** Sends what has been recorded so far. */
async function sendInBetween(random: Random): Promise<void> {
  for (const start of random.times(1, 3, () => random.of(WEATHER))) {
    const end = start();
    try {
      await client.drain();
    } finally {
      end();
    }
  }
}
