import assert from "assert";
import { SPOOL_CAP } from "../../client/spool.ts";
import { logIn } from "./doors.ts";
import { withDoorsClient } from "./doors_client.ts";
import { BUNDLE, CONFIG, SPOOL } from "./installed_client.ts";

/** What is wrong on the machine when somebody logs in. */
type Fault = {
  readonly name: string;
  /** Commands that make it. */
  readonly make: readonly string[];
  /** Commands that end it. */
  readonly mend?: readonly string[];
  /** Whether the login is recorded all the same. */
  readonly recorded: boolean;
  /** The check of `groundskeeper-client doctor` that finds it, if one does. */
  readonly check?: string;
};

const CLOSED_SPOOL = `mkdir -p -m 700 ${SPOOL} ${SPOOL}/tmp`;

const FAULTS: readonly Fault[] = [
  {
    name: "PAM's program is missing",
    make: ["sed -i 's#open_session /#&nowhere/#' /etc/pam.d/sshd"],
    mend: ["sed -i 's#nowhere/##' /etc/pam.d/sshd"],
    recorded: false,
    check: "PAM sshd",
  },
  {
    name: "PAM's program is not executable",
    make: ["sed -i 's#open_session /#&etc/hosts /#' /etc/pam.d/sshd"],
    mend: ["sed -i 's#/etc/hosts ##' /etc/pam.d/sshd"],
    recorded: false,
    check: "PAM sshd",
  },
  {
    name: "the bundle is missing",
    make: [`mv ${BUNDLE} /mnt/bundle`],
    mend: [`mv /mnt/bundle ${BUNDLE}`],
    recorded: false,
    check: "PAM sshd",
  },
  {
    name: "the bundle is damaged",
    make: [`mv ${BUNDLE} /mnt/bundle`, `echo 'x(' > ${BUNDLE}`],
    mend: [`mv /mnt/bundle ${BUNDLE}`],
    recorded: false,
  },
  {
    name: "the bundle belongs to somebody else",
    make: [`chown bob ${BUNDLE}`],
    recorded: true,
    check: "PAM sshd",
  },
  {
    name: "client.json is missing",
    make: [`mv ${CONFIG} /mnt`],
    mend: [`mv /mnt/client.json ${CONFIG}`],
    recorded: true,
    check: "configuration",
  },
  {
    name: "client.json is no JSON",
    make: [`mv ${CONFIG} /mnt`, `echo '{' > ${CONFIG}`],
    mend: [`mv /mnt/client.json ${CONFIG}`],
    recorded: true,
    check: "configuration",
  },
  {
    name: "everybody can write client.json",
    make: [`chmod 666 ${CONFIG}`],
    mend: [`chmod 644 ${CONFIG}`],
    recorded: true,
    check: "configuration",
  },
  { name: "the spool is missing", make: [`rm -rf ${SPOOL}`], recorded: true, check: "spool" },
  {
    name: "the spool is a file",
    make: [`rm -rf ${SPOOL}`, `touch ${SPOOL}`],
    mend: [`rm ${SPOOL}`],
    recorded: false,
    check: "spool",
  },
  {
    name: "the spool belongs to somebody else",
    make: [CLOSED_SPOOL, `chown bob ${SPOOL}`],
    mend: [`chown root ${SPOOL}`],
    recorded: false,
    check: "spool",
  },
  {
    name: "everybody can write to the spool",
    make: [CLOSED_SPOOL, `chmod 777 ${SPOOL}`],
    recorded: true,
    check: "spool",
  },
  {
    name: "the spool is read-only",
    make: [CLOSED_SPOOL, `mount --bind -o ro ${SPOOL} ${SPOOL}`],
    mend: [`umount ${SPOOL}`],
    recorded: false,
  },
  {
    name: "the disk of the spool is full",
    make: [
      CLOSED_SPOOL,
      `mount -t tmpfs -o size=16k spool ${SPOOL}`,
      `mkdir ${SPOOL}/tmp`,
      `cat /dev/zero > ${SPOOL}/zeros || true`,
    ],
    mend: [`rm ${SPOOL}/zeros`],
    recorded: false,
  },
];

for (const { name, make, mend = [], recorded, check } of FAULTS) {
  const what = recorded ? "recorded" : "not recorded";
  Deno.test(`${name}: the login works and is ${what}, and the next one is`, () =>
    withDoorsClient(async (client, visit) => {
      for (const command of make) await client.machine.runWell(["sh", "-c", command]);
      const found = await client.toFix();
      assert.equal(found.includes(check ?? ""), check !== undefined, found.join());
      await logIn(visit);
      for (const command of mend) await client.machine.runWell(["sh", "-c", command]);
      await logIn(visit);
      await client.drainAll();
      const logins = (await client.received()).filter(({ event }) => event === "session_open");
      assert.equal(logins.length, recorded ? 2 : 1);
    }));
}

Deno.test("a full spool drops the oldest events, and the messages say how many", () =>
  withDoorsClient(async (client, visit) => {
    await logIn(visit);
    const spool = client.machine.path(SPOOL);
    const [entry] = [...Deno.readDirSync(spool)].filter(({ isFile }) => isFile);
    const event = JSON.parse(await Deno.readTextFile(`${spool}/${entry!.name}`));
    await Deno.remove(`${spool}/${entry!.name}`);
    // A ULID of long ago for each.
    const ids = Array.from({ length: SPOOL_CAP }, (_, at) => String(at).padStart(26, "0"));
    for (const id of ids) {
      await Deno.writeTextFile(`${spool}/${id}.json`, JSON.stringify({ ...event, id }));
    }
    for (const _ of [1, 2, 3]) await logIn(visit);
    await client.drainAll();
    const messages = await client.received();
    assert.deepEqual(messages.slice(0, -3).map(({ id }) => id), ids.slice(3));
    assert.equal(messages.length, SPOOL_CAP);
    for (const { client } of messages) assert.equal(client.dropped, 3);
  }));
