import {
  type DoorsMachine,
  EXPIRED,
  PASSWORD,
  type Ran,
  type RunOptions,
} from "./doors_machine.ts";

/** A person before a door. */
export type Visit = {
  readonly machine: DoorsMachine;
  /** Where sshd listens. */
  readonly port: number;
  readonly person: string;
  /** Someone else with an account, for `su`. */
  readonly other: string;
};

/** A way into an instance, and what the client makes of it. */
export type Door = {
  /** As docs/dirty_doors.md names it. */
  readonly name: string;
  /** The services of the sessions that PAM opens, in order. */
  readonly opens: readonly string[];
  /** The events that the client records. */
  readonly records: readonly ("session_open" | "console_login")[];
  /** @throws Error if the door lets nobody in, or if it lets in who may not enter */
  readonly enter: (visit: Visit) => Promise<void>;
};

const SSHD = { opens: ["sshd"], records: ["session_open"] } as const;
const CONSOLE = { opens: ["login"], records: ["console_login"] } as const;
const CLOSED = { opens: [], records: [] } as const;

/** Makes ssh type the password of `PASSWORD`. */
const ASKED_BY_SSH = { SSH_ASKPASS: "/mnt/askpass", SSH_ASKPASS_REQUIRE: "force" };

/** Each door that can be tried without AWS. */
export const DOORS: readonly Door[] = [
  {
    name: "interactive shell over SSH",
    ...SSHD,
    enter: async (visit) => {
      const { stdout } = await ssh(visit, ["-tt"], [], { stdin: "tty\nexit\n" });
      expect(stdout, /\/dev\/pts\/\d+/);
    },
  },
  {
    name: "`ssh host command`",
    ...SSHD,
    enter: (visit) => logIn(visit),
  },
  {
    name: "`sftp`",
    ...SSHD,
    enter: async (visit) => {
      const { stdout } = await visit.machine.runWell(
        ["sftp", "-b", "-", "-P", String(visit.port), ...options(visit), target(visit)],
        { stdin: "pwd\n" },
      );
      expect(stdout, `/home/${visit.person}`);
    },
  },
  {
    name: "`scp`",
    ...SSHD,
    enter: (visit) => copy(visit, []),
  },
  {
    name: "`scp -O`, its old protocol",
    ...SSHD,
    enter: (visit) => copy(visit, ["-O"]),
  },
  {
    name: "`ssh -N` with a forwarded port",
    ...SSHD,
    enter: (visit) =>
      withMaster(visit, ["-o", "ExitOnForwardFailure=yes"], async (control) => {
        const socket = `${control}.forward`;
        const forward = `${socket}:127.0.0.1:${visit.port}`;
        await ssh(visit, ["-S", control, "-O", "forward", "-L", forward], []);
        expect(await banner(visit.machine.path(socket)), "SSH-2.0-");
      }),
  },
  {
    name: "two more sessions over one connection (`ControlMaster`)",
    ...SSHD,
    enter: (visit) =>
      withMaster(visit, [], async (control) => {
        for (const _ of [1, 2]) {
          await logIn(visit, ["-S", control]);
        }
      }),
  },
  {
    name: "`su` after login",
    opens: ["sshd", "su"],
    records: ["session_open"],
    enter: async (visit) => {
      const command = ["su", visit.other, "-c", "'id -un'"];
      const { stdout } = await ssh(visit, [], command, { stdin: `${PASSWORD}\n` });
      expect(stdout, visit.other);
    },
  },
  {
    name: "SSH with a password",
    ...SSHD,
    enter: (visit) => logIn(visit, ["-o", "PreferredAuthentications=password"]),
  },
  {
    name: "SSH with a certificate",
    ...SSHD,
    enter: async (visit) => {
      const certificate = await certify(visit);
      await logIn(visit, ["-o", `CertificateFile=${certificate}`]);
    },
  },
  {
    name: "a getty on a serial line",
    ...CONSOLE,
    enter: async ({ machine, person }) => {
      // script gives it a pseudo terminal in place of the line. Without exec a shell like dash stays
      // the leader of the terminal's processes, and agetty reads from the background: an error.
      const getty = ["script", "-qec", "exec agetty --noclear - vt100", "/dev/null"];
      const { stdout } = await machine.runWell(getty, {
        stdin: [
          { after: "login:", line: `${person}\n` },
          { after: "Password:", line: `${PASSWORD}\n` },
          { after: "$", line: "id -un\nexit\n" },
        ],
      });
      expect(stdout, new RegExp(`^${person}\r$`, "m"));
    },
  },
  {
    name: "SSH with a key that is not authorized",
    ...CLOSED,
    enter: (visit) => refused(visit, target(visit), "/mnt/keys/stranger"),
  },
  {
    name: "SSH with a wrong password",
    ...CLOSED,
    enter: async (visit) => {
      const only = ["-o", "PreferredAuthentications=password", "-o", "NumberOfPasswordPrompts=1"];
      const wrong = { SSH_ASKPASS: "/bin/hostname", SSH_ASKPASS_REQUIRE: "force" };
      const { machine } = visit;
      denied(await machine.run(sshCommand(visit, only, ["true"]), { env: wrong }));
    },
  },
  {
    name: "SSH as a user that does not exist",
    ...CLOSED,
    enter: (visit) => refused(visit, "nobody-of-this-name@doors", `/mnt/keys/${visit.person}`),
  },
  {
    name: "SSH to an account that has expired",
    ...CLOSED,
    enter: (visit) => refused(visit, `${EXPIRED}@doors`, `/mnt/keys/${EXPIRED}`),
  },
];

/** The arguments that all of OpenSSH's programs take. */
function options({ person }: Visit): string[] {
  return ["-F", "/mnt/ssh_config", "-i", `/mnt/keys/${person}`];
}

function target({ person }: Visit): string {
  return `${person}@doors`;
}

/** The command line of ssh for a visit. */
export function sshCommand(
  visit: Visit,
  more: readonly string[],
  command: readonly string[],
): string[] {
  return [
    ...["ssh", "-p", String(visit.port), ...options(visit)],
    ...[...more, target(visit), ...command],
  ];
}

/** @throws Error if ssh ends with another code than 0 */
function ssh(
  visit: Visit,
  more: readonly string[],
  command: readonly string[],
  run: RunOptions = {},
): Promise<Ran> {
  return visit.machine.runWell(sshCommand(visit, more, command), run);
}

/** `ssh host id -un`; ssh knows the password. @throws Error if the person does not get in */
export async function logIn(visit: Visit, more: readonly string[] = []): Promise<void> {
  expect((await ssh(visit, more, ["id", "-un"], { env: ASKED_BY_SSH })).stdout, visit.person);
}

async function copy(visit: Visit, more: readonly string[]): Promise<void> {
  const { machine, port } = visit;
  const to = `${target(visit)}:copied`;
  await machine.runWell(
    ["scp", ...more, "-P", String(port), ...options(visit), "/etc/hosts", to],
  );
  const copied = machine.path(`/home/${visit.person}/copied`);
  expect(await Deno.readTextFile(copied), await Deno.readTextFile("/etc/hosts"));
  await Deno.remove(copied);
}

/** Holds a connection that has no session of its own, as `ssh -N` does. */
async function withMaster(
  visit: Visit,
  more: readonly string[],
  work: (control: string) => Promise<void>,
): Promise<void> {
  const control = `/mnt/${crypto.randomUUID()}`;
  await ssh(visit, [...more, "-M", "-N", "-f", "-S", control], []);
  await work(control);
  await ssh(visit, ["-S", control, "-O", "exit"], []);
}

/** What a server says first on a Unix socket. */
async function banner(path: string): Promise<string> {
  using connection = await Deno.connect({ transport: "unix", path });
  const bytes = new Uint8Array(64);
  const count = await connection.read(bytes) ?? 0;
  return new TextDecoder().decode(bytes.subarray(0, count));
}

/**
 * Signs the person's key by the authority. The certificate does not lie beside the key, where ssh
 * would always use it.
 * @returns its path
 */
async function certify({ machine, person }: Visit): Promise<string> {
  const copy = `/mnt/${crypto.randomUUID()}`;
  await machine.runWell(["cp", `/mnt/keys/${person}.pub`, `${copy}.pub`]);
  await machine.runWell([
    ...["ssh-keygen", "-q", "-s", "/mnt/keys/authority", "-I", certificateId(person)],
    ...["-n", person, `${copy}.pub`],
  ]);
  return `${copy}-cert.pub`;
}

/** The key ID of the person's certificate. */
export function certificateId(person: string): string {
  return `${person} of the platform team`;
}

async function refused({ machine, port }: Visit, whom: string, key: string): Promise<void> {
  denied(
    await machine.run([
      ...["ssh", "-p", String(port), "-F", "/mnt/ssh_config", "-i", key],
      ...["-o", "BatchMode=yes", whom, "true"],
    ]),
  );
}

/** @throws Error if ssh was let in; it ends with 255 if it was not */
function denied({ code, stderr }: Ran): void {
  if (code !== 255) throw new Error(`ssh was not refused: it ended with ${code}. ${stderr}`);
}

/** @throws Error if the text has none of it */
function expect(text: string, part: string | RegExp): void {
  const found = typeof part === "string" ? text.includes(part) : part.test(text);
  if (!found) throw new Error(`Nobody came in: expected ${part} in ${JSON.stringify(text)}`);
}
