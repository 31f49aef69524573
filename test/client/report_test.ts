import assert from "assert";
import { LOGIN_MAX_BYTES } from "../../runners/core/contract/login.ts";
import { SESSION } from "./client_world.ts";
import { bundleFolder, commandOf, type Ended, run } from "./programs.ts";

/** A folder with a spool and a client.json, and what is in the spool after a report. */
async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  await bundleFolder();
  const folder = await Deno.makeTempDir({ prefix: "groundskeeper-report-" });
  try {
    await configure(folder, {});
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function configure(folder: string, settings: object): Promise<void> {
  const queueUrl = "https://sqs.us-east-1.amazonaws.com/111111111111/logins";
  const text = JSON.stringify({ queueUrl, spool: `${folder}/spool`, ...settings });
  return Deno.writeTextFile(`${folder}/client.json`, text);
}

// deno-lint-ignore no-explicit-any -- what a test reads of an event
type Event = any;

function spooled(folder: string): Event[] {
  try {
    return [...Deno.readDirSync(`${folder}/spool`)].map(({ name }) => name)
      .filter((name) => name.endsWith(".json")).sort()
      .map((name) => JSON.parse(Deno.readTextFileSync(`${folder}/spool/${name}`)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return [];
    }
    throw error;
  }
}

/** As PAM calls it, without any network. */
function report(folder: string, env: object = SESSION, args: readonly string[] = []) {
  return run("login", ["report", ...args], { folder, env: { ...env } });
}

const QUIET: Ended = { code: 0, stdout: "", stderr: "" };

Deno.test("a session becomes one event with what PAM and sshd said of it", () =>
  withFolder(async (folder) => {
    const SSH_AUTH_INFO_0 = "password\n";
    assert.deepEqual(await report(folder, { ...SESSION, SSH_AUTH_INFO_0 }), QUIET);
    const [{ id, at, ...event }, ...more] = spooled(folder);
    assert.deepEqual(more, []);
    assert.match(id, /^[0-9A-HJKMNP-TV-Z]{26}$/);
    assert.ok(Math.abs(Date.parse(at) - Date.now()) < 60_000);
    assert.deepEqual(event, {
      to: "queueUrl",
      event: "session_open",
      source: "pam",
      pam: {
        service: "sshd",
        type: "open_session",
        user: "alice",
        rhost: "203.0.113.9",
        tty: "ssh",
      },
      ssh: { method: "password" },
    });
    const { mode } = Deno.statSync(`${folder}/spool/${id}.json`);
    assert.equal(mode! & 0o777, 0o600);
    assert.equal(Deno.statSync(`${folder}/spool`).mode! & 0o777, 0o700);
    assert.deepEqual([...Deno.readDirSync(`${folder}/spool/tmp`)], []);
  }));

Deno.test("the console is the service login, and other ends of a session are nothing", () =>
  withFolder(async (folder) => {
    for (const PAM_TYPE of ["close_session", "auth", "account", "password", "", "OPEN_SESSION"]) {
      assert.deepEqual(await report(folder, { ...SESSION, PAM_TYPE }), QUIET, PAM_TYPE);
    }
    const { PAM_TYPE: _, ...none } = SESSION;
    assert.deepEqual(await report(folder, none), QUIET);
    assert.deepEqual(spooled(folder), []);
    await report(folder, { ...SESSION, PAM_SERVICE: "login", PAM_TTY: "ttyS0" });
    assert.deepEqual(spooled(folder).map(({ event }) => event), ["console_login"]);
  }));

Deno.test("an event of one's own has its details, with and without PAM", () =>
  withFolder(async (folder) => {
    const args = ["--event", "x-sudo", "--detail", "user=alice", "--detail", "command=vi a=b"];
    assert.deepEqual(await report(folder, {}, args), QUIET);
    assert.deepEqual(await report(folder, SESSION, ["--event", "x-y"]), QUIET);
    const [first, second] = spooled(folder).sort((a, b) => a.event < b.event ? -1 : 1);
    assert.equal(first.event, "x-sudo");
    assert.deepEqual(first.detail, { user: "alice", command: "vi a=b" });
    assert.deepEqual([first.source, first.pam], ["command", undefined]);
    assert.equal(second.pam.user, "alice");
    for (
      const event of ["session_open", "hello", "x-", "x-A", `x-${"a".repeat(41)}`, "x-a b", ""]
    ) {
      const { code, stdout, stderr } = await report(folder, {}, ["--event", event]);
      assert.deepEqual([code, stdout], [0, ""]);
      assert.match(stderr, /is no event/);
    }
    assert.equal(spooled(folder).length, 2);
  }));

/** Where the program may not write in tests: that it tried shows that the login was not lost. */
const DEFAULT = /Cannot use .*client\.json[^]*write access to "\/var\/spool\/groundskeeper"/;

/** What is broken on the instance, and how many events the configured spool has after a report. */
const BROKEN: readonly {
  readonly name: string;
  readonly breaks: (folder: string) => Promise<unknown>;
  readonly events: number;
  readonly says: RegExp;
}[] = [
  {
    name: "no configuration",
    breaks: (folder) => Deno.remove(`${folder}/client.json`),
    events: 0,
    says: DEFAULT,
  },
  {
    name: "a configuration that is a folder",
    breaks: async (folder) => {
      await Deno.remove(`${folder}/client.json`);
      await Deno.mkdir(`${folder}/client.json`);
    },
    events: 0,
    says: DEFAULT,
  },
  ...["", "{", "null", "[]", '"text"', "{}", '{"queueUrl": 1}', "\xff\xfe", '{"spool": "relative"}']
    .map((text) => ({
      name: `a configuration with the text ${JSON.stringify(text)}`,
      breaks: (folder: string) => Deno.writeTextFile(`${folder}/client.json`, text),
      events: 0,
      says: DEFAULT,
    })),
  {
    name: "a configuration that others can write",
    breaks: (folder) => Deno.chmod(`${folder}/client.json`, 0o666),
    events: 0,
    says: /others can write it/,
  },
  {
    name: "a setting that does not exist",
    breaks: (folder) => configure(folder, { queueURL: "x" }),
    events: 0,
    says: /"queueURL" is not a setting/,
  },
  {
    name: "a queue of somebody else's host",
    breaks: (folder) =>
      configure(folder, { queueUrl: "https://sqs.us-east-1.evil.com/111111111111/logins" }),
    events: 0,
    says: /is not https:\/\/sqs/,
  },
  {
    name: "an endpoint on another machine",
    breaks: (folder) => configure(folder, { endpoints: { sqs: "http://10.0.0.1" } }),
    events: 0,
    says: /is not an origin of this machine/,
  },
  {
    name: "a spool that is a file",
    breaks: (folder) => Deno.writeTextFile(`${folder}/spool`, ""),
    events: 0,
    says: /AlreadyExists/,
  },
  {
    name: "a spool that is a link",
    breaks: async (folder) => {
      await Deno.mkdir(`${folder}/elsewhere`);
      await Deno.symlink(`${folder}/elsewhere`, `${folder}/spool`);
    },
    events: 0,
    says: /it is not a folder of this user/,
  },
  {
    name: "a spool on a disk that takes no files",
    breaks: (folder) => configure(folder, { spool: "/proc/groundskeeper" }),
    events: 0,
    says: /NotCapable|NotFound|PermissionDenied/,
  },
  {
    name: "a spool without permission",
    breaks: (folder) => configure(folder, { spool: "/root/elsewhere" }),
    events: 0,
    says: /NotCapable/,
  },
  {
    name: "a place for unfinished events that is a file",
    breaks: async (folder) => {
      await Deno.mkdir(`${folder}/spool`, { mode: 0o700 });
      await Deno.writeTextFile(`${folder}/spool/tmp`, "");
    },
    events: 0,
    says: /AlreadyExists/,
  },
  {
    name: "a spool that everybody enters",
    breaks: (folder) => Deno.mkdir(`${folder}/spool`, { mode: 0o777 }),
    events: 1,
    says: /^$/,
  },
  {
    name: "a counter that is a folder",
    breaks: (folder) => Deno.mkdir(`${folder}/spool/dropped`, { recursive: true }),
    events: 1,
    says: /^$/,
  },
];

for (const { name, breaks, events, says } of BROKEN) {
  Deno.test(`a report ends with 0 and prints nothing on stdout with ${name}`, () =>
    withFolder(async (folder) => {
      await breaks(folder);
      const { code, stdout, stderr } = await report(folder);
      assert.deepEqual([code, stdout], [0, ""]);
      assert.match(stderr, says);
      assert.equal(spooled(folder).length, events);
    }));
}

/** Environments as no sshd makes them. */
const ODD: readonly (readonly [name: string, env: { readonly [name: string]: string }])[] = [
  ["nothing but the type", { PAM_TYPE: "open_session" }],
  ["empty texts", Object.fromEntries(Object.keys(SESSION).map((key) => [key, ""]))],
  ["texts of 120,000 characters", {
    ...Object.fromEntries(Object.keys(SESSION).map((key) => [key, "x".repeat(120_000)])),
    SSH_AUTH_INFO_0: `publickey ssh-ed25519 ${"A".repeat(120_000)}`,
  }],
  ["control characters", { PAM_USER: "\x01\x02\n\r\t\x1b[2J\x7f".repeat(60) }],
  ["characters outside of the plane", { PAM_USER: "😀".repeat(200), PAM_RHOST: "\uffff\ufffe" }],
  ["quotes and backslashes", { PAM_USER: '"\\'.repeat(400), PAM_TTY: "'; rm -rf /" }],
  ["ten thousand methods", { SSH_AUTH_INFO_0: "password\n".repeat(10_000) }],
  ["a key that is none", { SSH_AUTH_INFO_0: "publickey ssh-ed25519 !!!!" }],
  ["a line without words", { SSH_AUTH_INFO_0: "\n\n \t \n" }],
  ["variables that are for others", {
    AWS_ACCESS_KEY_ID: "AKIA",
    AWS_ENDPOINT_URL: "http://203.0.113.1",
    HTTPS_PROXY: "http://203.0.113.1",
    PATH: "/nowhere",
    HOME: "/nowhere",
    DENO_DIR: "/proc/nowhere",
    LD_LIBRARY_PATH: "/nowhere",
  }],
];

for (const [name, env] of ODD) {
  Deno.test(`an environment with ${name} is one event that fits`, () =>
    withFolder(async (folder) => {
      const opens = "PAM_TYPE" in env ? env["PAM_TYPE"] === "open_session" : true;
      assert.deepEqual(await report(folder, { ...SESSION, ...env }), QUIET);
      const events = spooled(folder);
      assert.equal(events.length, opens ? 1 : 0);
      for (const event of events) {
        const bytes = new TextEncoder().encode(JSON.stringify(event)).length;
        assert.ok(bytes < LOGIN_MAX_BYTES / 2, `${bytes} bytes`);
        assert.ok(!/[\ufffe\uffff]/.test(JSON.stringify(event)));
      }
    }));
}

Deno.test("bytes that are no UTF-8 do not lose a login", () =>
  withFolder(async (folder) => {
    const words = await commandOf("login", ["report"], { folder });
    const quoted = [Deno.execPath(), ...words].map((word) => `'${word}'`).join(" ");
    const script =
      `exec env -i PAM_TYPE=open_session PAM_SERVICE=sshd "$(printf 'PAM_USER=a\\377b')" ` +
      `"$(printf 'OTHER=\\377')" ${quoted}`;
    const { code, stdout } = await new Deno.Command("sh", { args: ["-c", script] }).output();
    assert.deepEqual([code, stdout.length], [0, 0]);
    const [event] = spooled(folder);
    assert.equal(event.pam.user, "\ufffd");
  }));

Deno.test("a report does not need stdin, stdout and stderr", () =>
  withFolder(async (folder) => {
    const words = await commandOf("login", ["report"], { folder });
    const quoted = [Deno.execPath(), ...words].map((word) => `'${word}'`).join(" ");
    const script = `export PAM_TYPE=open_session PAM_SERVICE=sshd; exec ${quoted} <&- >&- 2>&-`;
    const { code } = await new Deno.Command("sh", { args: ["-c", script] }).output();
    assert.equal(code, 0);
    assert.equal(spooled(folder).length, 1);
  }));
