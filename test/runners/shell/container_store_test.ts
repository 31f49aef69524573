import assert from "assert";
import { lostWithContainer } from "../../../runners/shell/container_store.ts";

/** As Docker shows a container with an anonymous volume on /work, and what is mounted besides. */
const mounts = (...more: readonly string[]) =>
  [
    "612 505 0:52 / / ro,relatime master:229 - overlay overlay ro,lowerdir=/l,upperdir=/u",
    "613 612 0:55 / /proc rw,nosuid - proc proc rw",
    "614 612 0:56 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755",
    "620 612 254:1 /docker/containers/4f/hostname /etc/hostname rw - ext4 /dev/vda1 rw",
    "621 612 254:1 /docker/volumes/9c41/_data /work rw,relatime master:1 - ext4 /dev/vda1 rw",
    ...more,
    "",
  ].join("\n");

const OWN = "in the container's own file system";
const STORE = "630 621 259:3 / /work/store rw,relatime - ext4 /dev/nvme1n1 rw";

const CASES: readonly (readonly [string, folder: string, mounts: string, string | null])[] = [
  ["a folder with no mount but the root", "/srv/store", mounts(), OWN],
  ["the root itself", "/", mounts(), OWN],
  ["the image's volume", "/work", mounts(), "in the volume /work of the image"],
  ["a folder in that volume", "/work/a/b", mounts(), "in the volume /work of the image"],
  ["a mount of its own in that volume", "/work/store", mounts(STORE), null],
  ["a folder in such a mount", "/work/store/a", mounts(STORE), null],
  [
    "a folder beside such a mount",
    "/work/store2",
    mounts(STORE),
    "in the volume /work of the image",
  ],
  ["the folder above such a mount", "/work", mounts(STORE), "in the volume /work of the image"],
  [
    "a mount without optional fields, elsewhere",
    "/data",
    mounts("1 2 0:9 / /data rw - nfs4 fs:/ rw"),
    null,
  ],
  ["memory", "/tmp/store", mounts("1 2 0:9 / /tmp rw - tmpfs tmpfs rw"), "in memory"],
  ["the memory of /dev", "/dev/store", mounts(), "in memory"],
  [
    "a mount whose later one is memory",
    "/work/store",
    mounts(STORE, "9 630 0:9 / /work/store rw - tmpfs none rw"),
    "in memory",
  ],
  [
    "a mount whose earlier one is memory",
    "/work/store",
    mounts("9 630 0:9 / /work/store rw - tmpfs none rw", STORE),
    null,
  ],
  [
    "a name that the kernel escapes",
    "/my store",
    mounts("1 2 0:9 / /my\\040store rw - ext4 a rw"),
    null,
  ],
  ["a name with a backslash", "/a\\b", mounts("1 2 0:9 / /a\\134b rw - ext4 a rw"), null],
  ["no answer of the system", "/work/store", "", OWN],
  ["an answer that cannot be read", "/work/store", "?\n? ? ?\n", OWN],
];

for (const [name, folder, text, reason] of CASES) {
  Deno.test(`in a container, an SQLite store in ${name} is ${reason ? "lost" : "kept"}`, () => {
    assert.equal(lostWithContainer(folder, "/work", text), reason);
  });
}
