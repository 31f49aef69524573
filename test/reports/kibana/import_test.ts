import assert from "assert";
import { join } from "node:path";
import { blocks } from "../../architecture/pages.ts";
import { ROOT } from "../../architecture/module_graph.ts";
import { faultsOf, jobFields } from "./validate.ts";

const [make, send] = blocks("docs/kibana.md", "text").map((block) => block.trim()) as [
  string,
  string,
];

/** Runs a command of the page as a person with this folder does. */
async function typed(line: string, cwd: string, env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", line],
    cwd,
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: cwd, ...env },
    clearEnv: true,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("the commands of the page write the file and send it, and tell when Kibana took nothing", async () => {
  const folder = await Deno.makeTempDir();
  const [task, out, file] = make.split(/ (?=--out)| (?=out\/)/) as [string, string, string];
  assert.deepEqual([task, out], ["deno task dashboards", "--out"]);
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const program = tasks.dashboards.command.replace(/^deno/, Deno.execPath())
    .replace("test/", `--config=${ROOT}deno.json ${ROOT}test/`);
  const env = { DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno` };
  const made = await typed(`${program} ${out} ${file}`, folder, env);
  assert.equal(made.code, 0, made.stderr);
  assert.match(made.stdout, /^out\/dashboards\.ndjson has 4 dashboards and 4 data views\.$/m);
  const written = await Deno.readTextFile(join(folder, file));
  assert.deepEqual(faultsOf(written, await jobFields()), []);

  const got: { url: URL; headers: Headers; file: File }[] = [];
  let success = true;
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const form = await request.formData();
      got.push({
        url: new URL(request.url),
        headers: new Headers(request.headers),
        file: form.get("file") as File,
      });
      return Response.json({ success, errors: success ? [] : [{ error: { type: "conflict" } }] });
    },
  );
  const kibana = {
    KIBANA_URL: `http://127.0.0.1:${server.addr.port}`,
    KIBANA_API_KEY: "secret",
  };
  const sent = await typed(send, folder, kibana);
  assert.deepEqual([sent.code, JSON.parse(sent.stderr).success], [0, true]);
  const [{ url, headers, file: arrived }] = got as [(typeof got)[number]];
  assert.equal(url.pathname, "/api/saved_objects/_import");
  assert.equal(url.search, "?overwrite=true");
  assert.equal(headers.get("authorization"), "ApiKey secret");
  assert.notEqual(headers.get("kbn-xsrf"), null);
  assert.equal(arrived.name, "dashboards.ndjson");
  assert.equal(await arrived.text(), written);

  success = false;
  const refused = await typed(send, folder, kibana);
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /conflict/);
  await Deno.remove(folder, { recursive: true });
});
