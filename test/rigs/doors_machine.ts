import { fileURLToPath } from "node:url";

/** What a program inside the machine did. */
export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** A line, typed once the text `after` was printed since the line before it. */
export type Typed = { readonly after: string; readonly line: string };

export type RunOptions = {
  /** What the program reads: a text, or lines that are typed when a prompt is seen. */
  readonly stdin?: string | readonly Typed[];
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
};

/** The password of every person. */
export const PASSWORD = "doors";

/** As `openssl passwd -6` prints it. */
const PASSWORD_HASH = "$6$doors$pv9Pkh8vTABQ4RUIemQJ/No...DjsGmgKdSu8Ul6YifFcFfu6SjUKFPj" +
  ".3tGitt7zDi/DOvVF75RKc5bJMLX4/";

/** A person whose account has expired; each machine has this one. */
export const EXPIRED = "expired";

const SCRIPT = fileURLToPath(new URL("doors_machine.sh", import.meta.url));

/** What takes root, and a kernel that lets it. */
const MOUNTS = "mount -t tmpfs doors /mnt && mkdir /mnt/upper /mnt/work && " +
  "mount -t overlay -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work etc /etc";

/** How long an sshd may take to listen, in milliseconds. */
const LISTENING_MS = 10_000;

/**
 * This machine once more, with an sshd and people of its own: what it writes goes to overlays in a
 * mount namespace, and its processes have a PID namespace. PAM's files are those of this machine,
 * and the network is its loopback. All of it disappears when the machine is disposed of, and when
 * this process is killed.
 */
export class DoorsMachine implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#stdin = child.stdin.getWriter();
  }

  /** @returns why no such machine can be made here, if so */
  static missing(): string | undefined {
    if (Deno.build.os !== "linux") return "only Linux has mount namespaces";
    const { success, stderr } = new Deno.Command("unshare", {
      args: ["--mount", "--pid", "--fork", "--mount-proc", "sh", "-c", MOUNTS],
    }).outputSync();
    if (success) return undefined;
    return `no namespace with an overlay can be made: ${new TextDecoder().decode(stderr).trim()}`;
  }

  /** @throws Error if the namespaces cannot be made */
  static async start(): Promise<DoorsMachine> {
    const child = new Deno.Command("unshare", {
      args: [
        ...["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"],
        ...["sh", SCRIPT, Deno.execPath()],
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const machine = new DoorsMachine(child);
    const reader = child.stdout.getReader();
    const { done } = await reader.read();
    reader.releaseLock();
    if (done) {
      throw new Error(`Cannot make a machine with doors: see the lines above`);
    }
    await machine.addPerson(EXPIRED, { expired: true });
    return machine;
  }

  /** The path by which a file of the machine is reached from outside. */
  path(absolute: string): string {
    return `/proc/${this.#child.pid}/root${absolute}`;
  }

  /** Starts a program inside as root, and waits for its end. */
  async run(command: readonly string[], { stdin = "", env = {} }: RunOptions = {}): Promise<Ran> {
    const child = new Deno.Command("nsenter", {
      args: [...this.#namespaces(), ...command],
      env: { ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const [{ code }, stdout, stderr] = await Promise.all([
      child.status,
      converse(child, typeof stdin === "string" ? [{ after: "", line: stdin }] : stdin),
      new Response(child.stderr).text(),
    ]);
    return { code, stdout, stderr };
  }

  /** @throws Error if the program ends with another code than 0 */
  async runWell(command: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const ran = await this.run(command, options);
    if (ran.code !== 0) {
      throw new Error(
        `${command.join(" ")} ended with ${ran.code}: ${ran.stdout}${ran.stderr}`,
      );
    }
    return ran;
  }

  /**
   * Starts an sshd whose PAM service is `service`; one without a file of its own gets sshd's, without
   * the client.
   * @returns its port
   */
  async startSshd(service = "sshd"): Promise<number> {
    // The name of sshd's program is the name of its PAM file. sshd wants an absolute path.
    const program = `/mnt/${service}`;
    await this.runWell(["cp", "/usr/sbin/sshd", program]);
    await this.runWell(["cp", "--no-clobber", "/mnt/pam.d/sshd", `/etc/pam.d/${service}`]);
    const port = freePort();
    const log = `/var/log/${service}.log`;
    await this.runWell([program, "-f", "/mnt/sshd_config", "-p", String(port), "-E", log]);
    await listening(port);
    return port;
  }

  /** Makes a person with a password and an SSH key of their own. */
  async addPerson(name: string, { keyType = "ed25519", expired = false } = {}): Promise<void> {
    const expiry = expired ? ["--expiredate", "1970-01-02"] : [];
    await this.runWell(["useradd", "-m", "-s", "/bin/sh", "-p", PASSWORD_HASH, ...expiry, name]);
    const key = `/mnt/keys/${name}`;
    await this.runWell(["ssh-keygen", "-q", "-t", keyType, "-N", "", "-C", name, "-f", key]);
  }

  /** The sessions that PAM has opened since the last call, as `service person`, in order. */
  async takeSessions(): Promise<string[]> {
    const path = this.path("/mnt/sessions");
    const lines = (await Deno.readTextFile(path)).split("\n").filter((line) => line !== "");
    await Deno.truncate(path);
    return lines;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stdin.close();
    await this.#child.stdout.cancel();
    await this.#child.status;
  }

  #namespaces(): string[] {
    const folder = `/proc/${this.#child.pid}/ns`;
    return [`--mount=${folder}/mnt`, `--pid=${folder}/pid_for_children`, "--"];
  }
}

/** Types each line when its prompt was printed, then closes. @returns all that was printed */
async function converse(child: Deno.ChildProcess, typed: readonly Typed[]): Promise<string> {
  const keyboard = child.stdin.getWriter();
  const waiting = [...typed];
  let printed = "";
  let unanswered = 0;
  const answer = async () => {
    for (let next = waiting[0]; next; next = waiting[0]) {
      const prompt = printed.indexOf(next.after, unanswered);
      if (prompt < 0) return;
      unanswered = prompt + next.after.length;
      waiting.shift();
      await keyboard.write(new TextEncoder().encode(next.line));
      if (waiting.length === 0) await keyboard.close();
    }
  };
  const reading = async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      printed += text;
      await answer();
    }
  };
  try {
    await answer();
    await reading();
  } catch (error) {
    // The program ended without reading all of it.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
  return printed;
}

/** A port that was free a moment ago. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** @throws Error if nothing listens in time */
async function listening(port: number): Promise<void> {
  const until = Date.now() + LISTENING_MS;
  while (true) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused) || Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
