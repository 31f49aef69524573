/** Machines of their own: namespaces whose files and network are not this machine's. */

/** Covers the machine's files; what is written to them is gone when the shell ends. */
export const COVERED = `
mount -t tmpfs none /mnt
for folder in /etc /var/spool /usr/lib /usr/local/bin /usr/local/sbin; do
  mkdir -p /mnt/upper$folder /mnt/work$folder
  mount -t overlay overlay \\
    -o lowerdir=$folder,upperdir=/mnt/upper$folder,workdir=/mnt/work$folder $folder
done
`;

/**
 * Runs a shell as root of a mount namespace.
 *
 * @param network whether its network is its own, too: then it reaches nothing
 */
export async function inNamespace(script: string, network = false) {
  const { code, stdout, stderr } = await new Deno.Command("unshare", {
    args: ["--map-root-user", "--mount", ...(network ? ["--net"] : []), "sh", "-euc", script],
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Not every machine lets people make namespaces, or has the programs for it. */
export async function canRun(script: string): Promise<boolean> {
  return await inNamespace(script, true).then(({ code }) => code === 0, () => false);
}
