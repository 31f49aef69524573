import assert from "assert";
import { fileURLToPath } from "node:url";

import { startLocalAws } from "./local_aws.ts";
import { startServer } from "./servers.ts";

/** True until nothing listens there any more. */
async function listens(address: string): Promise<boolean> {
  try {
    const { hostname, port } = new URL(address);
    (await Deno.connect({ hostname, port: Number(port) })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    // It ended between taking the connection and this side's noticing.
    if (error instanceof Deno.errors.ConnectionReset) return true;
    throw error;
  }
}

Deno.test("disposing of the local AWS ends its servers and its proxy", async () => {
  const addresses: string[] = [];
  {
    await using aws = await startLocalAws();
    addresses.push(aws.endpoint, aws.upstream.moto ?? "");
    assert.equal(aws.upstream.ministack, null);
    for (const address of addresses) assert.equal(await listens(address), true);
  }
  for (const address of addresses) assert.equal(await listens(address), false);
});

Deno.test("servers end with a parent that is killed", async () => {
  const module = new URL("local_aws.ts", import.meta.url);
  const program = `
    import { startLocalAws } from "${module}";
    const aws = await startLocalAws();
    console.log(aws.upstream.moto);
    await new Promise(() => setInterval(() => {}, 1000));
  `;
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, program);
  const parent = new Deno.Command("deno", {
    args: ["run", "--quiet", "-A", "--cached-only", "--config", config, file],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const lines = parent.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const address = (await lines.read()).value?.trim() ?? "";
  assert.equal(await listens(address), true);
  parent.kill("SIGKILL");
  await parent.status;
  // The server holds the other end of the parent's pipe: it ends when that is gone.
  while (!(await lines.read()).done);
  while (await listens(address));
  await Deno.remove(file);
});

Deno.test("a server that cannot start says why, and is not left behind", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const fake = async (name: string, script: string) => {
      const python = `${folder}/${name}`;
      await Deno.writeTextFile(python, `#!/bin/sh\n${script}\n`);
      await Deno.chmod(python, 0o755);
      return { python, deadlineMs: 2_000 };
    };
    const broken = await fake("broken", `echo '{"error": "No module named moto"}'`);
    await assert.rejects(startServer("moto", broken), { message: /No module named moto$/ });
    const silent = await fake("silent", "exit 3");
    await assert.rejects(startServer("moto", silent), { message: /ended before it told its port/ });
    const hanging = await fake("hanging", "exec cat");
    await assert.rejects(startServer("moto", { ...hanging, deadlineMs: 100 }), {
      message: /^Cannot start moto \(deadline 100 ms\): TimeoutError/,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
