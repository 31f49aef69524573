import assert from "assert";
import { join } from "node:path";
import { openElasticsearch } from "../../reports/elasticsearch/client.ts";
import { runTool } from "../aws/run_tool.ts";
import { elastic } from "../reports/elasticsearch/memory_server.ts";
import { sendingTo } from "../reports/elasticsearch/runs.ts";

/** Makes an authority, and a certificate of it for "localhost". */
async function certificatesIn(folder: string): Promise<void> {
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => runTool("openssl", args, "make a certificate");
  const key = (name: string) => ["-newkey", "rsa:2048", "-nodes", "-keyout", at(`${name}.key`)];
  const authority = ["-x509", "-days", "2", "-subj", "/CN=rig", "-out", at("authority.pem")];
  await openssl("req", ...key("authority"), ...authority);
  await openssl("req", ...key("server"), "-subj", "/CN=localhost", "-out", at("server.csr"));
  await Deno.writeTextFile(at("names"), "subjectAltName=DNS:localhost");
  const signer = ["-CA", at("authority.pem"), "-CAkey", at("authority.key"), "-CAcreateserial"];
  const names = ["-days", "2", "-extfile", at("names"), "-out", at("server.pem")];
  await openssl("x509", "-req", "-in", at("server.csr"), ...signer, ...names);
}

Deno.test("a certificate is trusted by reports.elasticsearch.ca alone, for its own name", async () => {
  const folder = await Deno.makeTempDir();
  await certificatesIn(folder);
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    cert: await Deno.readTextFile(join(folder, "server.pem")),
    key: await Deno.readTextFile(join(folder, "server.key")),
    onListen: () => {},
  }, () => elastic({ status: "green" }));
  const health = async (host: string, ca?: string) => {
    const sending = sendingTo(`https://${host}:${server.addr.port}`, ca ? { ca } : {});
    await using opened = await openElasticsearch(sending);
    return await opened.ask((client, options) => client.cluster.health({}, options));
  };
  try {
    const ca = join(folder, "authority.pem");
    assert.deepEqual(await health("localhost", ca), { status: "green" });
    await assert.rejects(health("localhost"), /not trusted.* in reports\.elasticsearch\.ca$/);
    await assert.rejects(health("localhost", join(folder, "server.csr")), /not trusted/);
    await assert.rejects(health("127.0.0.1", ca), /shows a certificate of another host name/);
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
});
