import { ROOT } from "../architecture/module_graph.ts";
import type { DoorsMachine } from "./doors_machine.ts";

const FOLDER = "/usr/lib/groundskeeper";

/** Where the client's files are, as `groundskeeper-client install` says. */
export const BUNDLE = `${FOLDER}/groundskeeper-login.js`;
export const CONFIG = "/etc/groundskeeper/client.json";
export const SPOOL = "/var/spool/groundskeeper";

/** The PAM files that have the client's line. */
export const RECORDED = ["sshd", "login"] as const;

const INSTALL = `
# No systemd runs here, and the firewall would be that of the machine outside.
mkdir /mnt/stubs
ln -s /bin/true /mnt/stubs/nft
cat > /mnt/stubs/systemctl << 'END'
#!/bin/sh
[ "$1" = enable ] || exit 0
shift 2 # enable --now
exec /usr/bin/systemctl --quiet --root=/ enable "$@"
END
chmod 755 /mnt/stubs/systemctl
deno run -q --no-config ${FOLDER}/groundskeeper-client.js install > /mnt/install.sh
PATH=/mnt/stubs:$PATH sh -eu /mnt/install.sh
`;

/** Bundles the client and installs it on a machine as its own script says. */
export async function installClient(machine: DoorsMachine): Promise<void> {
  await (bundled ??= bundle());
  await machine.runWell(["mkdir", "-p", FOLDER]);
  for (const program of ["login", "client"]) {
    const file = `groundskeeper-${program}.js`;
    await Deno.copyFile(`${ROOT}out/client/${file}`, machine.path(`${FOLDER}/${file}`));
  }
  await machine.runWell(["sh", "-euc", INSTALL]);
}

let bundled: Promise<void> | undefined;

/** @throws Error if the bundles cannot be made */
async function bundle(): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "-q", "bundle"],
    cwd: ROOT,
  }).output();
  if (!success) throw new Error(`Cannot bundle the client: ${new TextDecoder().decode(stderr)}`);
}
