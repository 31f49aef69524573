import assert from "assert";
import { installScript } from "../../client/install.ts";
import { ClientWorld, INSTANCE } from "./client_world.ts";
import { canRun, COVERED, inNamespace } from "./namespace.ts";
import { commandOf, run } from "./programs.ts";

const HAS_NAMESPACES = await canRun(COVERED);

/** PAM's files as Debian has them, shortened. */
const SSHD = `@include common-auth
account required pam_nologin.so
# session lines
session [success=ok ignore=ignore module_unknown=ignore default=bad] pam_selinux.so close
session required pam_env.so user_readenv=1 envfile=/etc/default/locale
@include common-session
`;
const LOGIN = `auth optional pam_faildelay.so
-session optional pam_loginuid.so
session required pam_limits.so
`;

/** What stands for programs that would change the machine. */
const STAND_INS: Readonly<Record<string, string>> = {
  "systemd-tmpfiles": "mkdir -m 0700 -p /var/spool/groundskeeper/tmp",
  nft: '[ -r "$2" ]',
  systemctl: `[ "$1" = enable ] || exit 0
shift 2
for unit; do
  wanted=$(sed -n 's/^WantedBy=//p' /etc/systemd/system/$unit)
  mkdir -p /etc/systemd/system/$wanted.wants
  ln -sf ../$unit /etc/systemd/system/$wanted.wants/$unit
done`,
};

/** Installs by the script in a namespace, and does `then` there. */
async function installed(world: ClientWorld, then: string) {
  const stub = (name: string, text: string) =>
    `printf '%s\n' '#!/bin/sh' '${text.replaceAll("'", `'\\''`)}' > /mnt/bin/${name}`;
  await Deno.writeTextFile(`${world.folder}/install.sh`, installScript(false));
  await Deno.writeTextFile(`${world.folder}/sshd`, SSHD);
  await Deno.writeTextFile(`${world.folder}/login`, LOGIN);
  return await inNamespace(`${COVERED}
mkdir -p /mnt/bin /etc/pam.d
${Object.entries(STAND_INS).map(([name, text]) => stub(name, text)).join("\n")}
chmod +x /mnt/bin/*
cp ${world.folder}/sshd ${world.folder}/login /etc/pam.d/
install -D -m 0755 ${Deno.execPath()} /usr/local/bin/new
mv /usr/local/bin/new /usr/local/bin/deno
install -D -m 0644 /dev/null /usr/lib/groundskeeper/groundskeeper-login.js
PATH=/mnt/bin:$PATH sh ${world.folder}/install.sh
${then}`);
}

Deno.test("the script of install is what a shell takes, for both forms", async () => {
  for (const compiled of [false, true]) {
    const { stdout } = await run("client", ["install", ...(compiled ? ["--compiled"] : [])], {
      folder: "/tmp",
    });
    assert.equal(stdout.trim(), installScript(compiled).trim());
    assert.ok(!/@[A-Z]+@/.test(stdout));
    const sh = new Deno.Command("sh", { args: ["-n"], stdin: "piped", stderr: "piped" }).spawn();
    const writer = sh.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdout));
    await writer.close();
    const { code, stderr } = await sh.output();
    assert.deepEqual([code, new TextDecoder().decode(stderr)], [0, ""]);
  }
});

Deno.test("what PAM calls has no network, and no line is longer than PAM reads", () => {
  for (const compiled of [false, true]) {
    const [line = ""] = installScript(compiled).match(/session optional pam_exec\.so[^|]*/) ?? [];
    assert.match(line, /seteuid quiet type=open_session \/\S+/);
    assert.ok(!line.includes("--allow-net"));
    // Linux-PAM before 1.5 reads lines of 1,024 bytes.
    assert.ok(line.length < 900, `${line.length} characters`);
    // PAM gives brackets a meaning of their own.
    assert.ok(!/[[\]\\]/.test(line.replace(/\\n&$/, "")), line);
  }
});

async function worldWithSpool(): Promise<ClientWorld> {
  const world = await ClientWorld.open();
  await Deno.mkdir(world.spool, { mode: 0o700 });
  return world;
}

Deno.test({
  name: "after the script every check of doctor is right, and the queue has a hello",
  ignore: !HAS_NAMESPACES,
  fn: async () => {
    await using world = await worldWithSpool();
    const arn = `arn:aws:sts::${world.account}:assumed-role/aws:ec2-instance/${INSTANCE}`;
    const sts = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response(`<GetCallerIdentityResult><Arn>${arn}</Arn></GetCallerIdentityResult>`),
    );
    const endpoints = {
      metadata: world.metadata.endpoint,
      sqs: world.aws.endpoint,
      sts: `http://127.0.0.1:${sts.addr.port}`,
    };
    await world.configure({ endpoints });
    const words = await commandOf("client", ["doctor", "--json"], {
      folder: world.folder,
      local: Object.values(endpoints),
    });
    const doctor = ["env", "-i", Deno.execPath(), ...words].map((word) => `'${word}'`).join(" ");
    const { code, stdout, stderr } = await installed(world, doctor);
    await sts.shutdown();
    assert.ok(stdout.includes(`STS calls it ${arn}`), stdout);
    const { checks } = JSON.parse(stdout) as {
      readonly checks: readonly { readonly name: string; readonly state: string }[];
    };
    const states = Object.fromEntries(checks.map(({ name, state }) => [name, state]));
    assert.deepEqual(states, {
      configuration: "ok",
      "metadata service": "ok",
      clock: "ok",
      profile: "ok",
      identity: "ok",
      "PAM sshd": "ok",
      "PAM login": "ok",
      systemd: "ok",
      spool: "ok",
      firewall: "unknown",
      queue: "ok",
    }, `${stdout}\n${stderr}`);
    assert.equal(code, 0, stderr);
    assert.deepEqual((await world.messages()).map(({ event }) => event), ["hello"]);
  },
});

Deno.test({
  name: "the script may run twice, and puts its line before every other session line",
  ignore: !HAS_NAMESPACES,
  fn: async () => {
    await using world = await worldWithSpool();
    const again = `PATH=/mnt/bin:$PATH sh ${world.folder}/install.sh`;
    const { code, stdout, stderr } = await installed(
      world,
      `${again}; cat /etc/pam.d/sshd
echo ==
cat /etc/pam.d/login`,
    );
    assert.equal(code, 0, stderr);
    const [sshd = "", login = ""] = stdout.split("==\n");
    const [line = ""] = sshd.split("\n").filter((one) => one.includes("groundskeeper"));
    assert.match(line, /^session optional pam_exec\.so .*groundskeeper-login\.js report$/);
    assert.equal(sshd, SSHD.replace(/^session \[/m, () => `${line}\nsession [`));
    assert.equal(login, LOGIN.replace(/^-session/m, () => `${line}\n-session`));
  },
});

const PROGRAMS: readonly (readonly [what: string, change: string, file: string])[] = [
  ["may not be run", "chmod 0644", "/usr/local/bin/deno"],
  ["is written by others", "chmod 0757", "/usr/local/bin/deno"],
  ["is written by its group", "chmod 0664", "/usr/lib/groundskeeper/groundskeeper-login.js"],
];

for (const [what, change, file] of PROGRAMS) {
  Deno.test({
    name: `doctor says that ${file} ${what}`,
    ignore: !HAS_NAMESPACES,
    fn: async () => {
      await using world = await worldWithSpool();
      await world.configure({});
      const words = await commandOf("client", ["doctor", "--json"], { folder: world.folder });
      const doctor = ["env", "-i", "/mnt/deno", ...words].map((word) => `'${word}'`).join(" ");
      const { stdout } = await installed(
        world,
        `cp ${Deno.execPath()} /mnt/deno\n${change} ${file}\n${doctor}`,
      );
      const { checks } = JSON.parse(stdout) as {
        readonly checks: readonly { readonly name: string; readonly detail: string }[];
      };
      const { detail = "" } = checks.find(({ name }) => name === "PAM sshd") ?? {};
      assert.ok(detail.startsWith(`${file} must be a file of root`), stdout);
    },
  });
}
