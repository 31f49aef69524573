import assert from "assert";
import { DatabaseSync } from "node:sqlite";
import "../aws/start_shared_both.ts";
import { buildInFolder, type Image } from "../container/build_in_folder.ts";
import { type AuditWorld, auditWorld, groupsOf } from "../e2e/audit_world.ts";
import { tableStore } from "../e2e/store_table.ts";

type Run = {
  readonly args: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Folders of the image that a volume is mounted on. */
  readonly mounted?: readonly string[];
  readonly onSpawn?: (child: Deno.ChildProcess) => void;
};

/** Only root can mount something, and not even root where that is forbidden. */
const mayMount = new Deno.Command("unshare", { args: ["--mount", "true"] }).outputSync().success;

/**
 * Becomes the entry point of an image, as its user and with its variables alone. What is not a volume
 * can only be read: by a mount of its own; or, where nobody may mount, by its owner and modes.
 */
const AS_CONTAINER = `
  image=$1 user=$2; shift 2
  if [ -n "$MAY_MOUNT" ]; then
    mount --bind "$image" "$image"
    mount -o remount,bind,ro "$image"
    for folder in $VOLUMES; do mount --bind "$folder" "$folder"; mount -o remount,bind,rw "$folder"; done
  fi
  if [ "$(id -u)" = 0 ]; then
    exec setpriv --reuid="\${user%:*}" --regid="\${user#*:}" --clear-groups "$@"
  fi
  chmod -R a-w "$image"
  chmod u+w $VOLUMES
  exec "$@"`;

async function run(image: Image, { args, env = {}, mounted = [], onSpawn }: Run) {
  const volumes = [...image.volumes, ...mounted];
  for (const folder of mounted) {
    await Deno.mkdir(folder, { recursive: true });
    if (Deno.uid() === 0) {
      await Deno.chown(folder, ...image.user.split(":").map(Number) as [number, number]);
    }
  }
  const child = new Deno.Command("unshare", {
    args: [
      ...(mayMount ? ["--mount"] : []),
      ...["sh", "-euc", AS_CONTAINER, "sh", image.root, image.user],
      ...[image.entryPoint, ...args.split(" ")],
    ],
    clearEnv: true,
    env: { ...image.env, VOLUMES: volumes.join(" "), MAY_MOUNT: mayMount ? "yes" : "", ...env },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  onSpawn?.(child);
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** The environment of a task whose definition carries the configuration of a world. */
async function taskOf(world: AuditWorld, more: object = {}): Promise<Record<string, string>> {
  const config = JSON.parse(await Deno.readTextFile(`${world.directory}/groundskeeper.json`));
  return {
    ...world.aws.environment,
    GROUNDSKEEPER_CONFIG_TEXT: JSON.stringify({ ...config, ...more }),
  };
}

const world = (store: Record<string, unknown>) =>
  auditWorld({
    groups: groupsOf(4, 1),
    accounts: 1,
    store,
    proxy: { services: { ministack: true } },
  });

Deno.test("the steps of the Dockerfile give what the entry point needs to run each job", async (t) => {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "groundskeeper-image-" }));
  await Deno.chmod(folder, 0o755);
  const image = await buildInFolder(folder);
  const [work = ""] = image.volumes;

  await t.step("report runs as nobody, with a root that can only be read", async () => {
    await using own = await world(tableStore());
    const { code, stdout, stderr } = await run(image, {
      args: "audit report --json",
      env: await taskOf(own),
    });
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).coverage.proven, 2);
    const left = Array.from(Deno.readDirSync(work), ({ name }) => name).sort();
    assert.deepEqual(left, [".deno", "out", "task_definition.json"]);
    const written = Array.from(Deno.readDirSync(`${work}/out`), ({ name }) => name).sort();
    assert.deepEqual(
      written.map((name) => name.replace(/^audit-.*\./, "audit.")),
      ["audit.csv", "audit.html", "audit.json", "audit.jsonl", "index.html", "runs"],
    );
  });

  await t.step("apply has nobody to ask, and what it prints is called groundskeeper", async () => {
    await using own = await world(tableStore());
    const env = await taskOf(own);
    const { code, stdout, stderr } = await run(image, { args: "audit apply", env });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Marked|marked/);
    assert.doesNotMatch(stdout, /deno task/);
    const journal = await run(image, { args: "audit-history", env });
    assert.match(journal.stdout, / apply /, journal.stderr);
  });

  await t.step("V8's code cache of the image is used", async () => {
    await using own = await world(tableStore());
    using cache = new DatabaseSync(`${work}/.deno/v8_code_cache_v2`);
    const stored = () =>
      cache.prepare("SELECT specifier, type FROM codecache ORDER BY 1, 2").all()
        .map(({ specifier, type }) => `${specifier} ${type}`);
    const before = stored();
    // What a run does not find there, it compiles and stores.
    cache.exec("DELETE FROM codecache WHERE specifier LIKE '%/runners/main.ts'");
    assert.notDeepEqual(stored(), before);
    await run(image, { args: "repo plan", env: await taskOf(own) });
    await run(image, { args: "audit canary plan", env: await taskOf(own) });
    assert.deepEqual(stored(), before);
  });

  await t.step("TERM to the process of the entry point is exit 3 within 10 seconds", async () => {
    await using own = await world(tableStore());
    const child = Promise.withResolvers<Deno.ChildProcess>();
    let sentAt = 0;
    own.aws.proxy.onCall(async ({ action }) => {
      if (action !== "ec2:DescribeInstances") return undefined;
      (await child.promise).kill("SIGTERM");
      sentAt ||= performance.now();
      return { kind: "hang" };
    });
    const { code, stderr } = await run(image, {
      args: "audit report",
      env: await taskOf(own),
      onSpawn: child.resolve,
    });
    assert.equal(code, 3, stderr);
    assert.match(stderr, /Interrupted by a signal/);
    assert.ok(performance.now() - sentAt < 10_000);
  });

  await t.step("an SQLite store needs a mount of its own", async () => {
    const path = `${work}/store/groundskeeper.db`;
    const store = { kind: "sqlite", path };
    await using own = await world(store);
    const refused = await run(image, { args: "audit report", env: await taskOf(own) });
    assert.equal(refused.code, 2, refused.stderr);
    assert.match(refused.stderr, /store\.path: .* and is lost when the container ends/);
    if (!mayMount) return;
    const kept = await run(image, {
      args: "audit report",
      env: await taskOf(own),
      mounted: [`${work}/store`],
    });
    assert.equal(kept.code, 0, kept.stderr);
    assert.ok((await Deno.stat(path)).isFile);
  });

  if (Deno.uid() !== 0) await new Deno.Command("chmod", { args: ["-R", "u+w", folder] }).output();
  await Deno.remove(folder, { recursive: true });
});
