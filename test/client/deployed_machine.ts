/**
 * An instance as the client finds it, in a namespace: the metadata service at its own address, an
 * SQS with TLS at its own name. Runs `install`'s own command lines and prints what they did.
 */

import { installScript } from "../../client/install.ts";
import { MetadataService } from "../aws/metadata_service.ts";

const [folder = "", bundles = ""] = Deno.args;

const ROLE = { SecretAccessKey: "secret", Token: "token" };

await using _metadata = new MetadataService({
  instanceId: "i-0123456789abcdef0",
  region: "us-east-1",
  accountId: "111111111111",
  profile: { roleName: "web", credentials: { AccessKeyId: "ASIAPROFILE", ...ROLE } },
  identity: { AccessKeyId: "ASIAIDENTITY", ...ROLE },
}, { hostname: "169.254.169.254", port: 80 });

const messages: unknown[] = [];
const sqs = Deno.serve({
  hostname: "127.0.0.1",
  port: 443,
  cert: Deno.readTextFileSync(`${folder}/sqs.pem`),
  key: Deno.readTextFileSync(`${folder}/sqs.key`),
  onListen: () => {},
}, async (request) => {
  const { MessageBody } = await request.json();
  messages.push({ url: request.url, ...JSON.parse(MessageBody) });
  return Response.json({ MessageId: String(messages.length) });
});

/** Runs a command line of the script, with this machine's Deno and bundles. */
async function start(line: RegExp, env: Record<string, string>) {
  const [, command = ""] = line.exec(installScript(false)) ?? [];
  const args = command.replaceAll("/usr/lib/groundskeeper", bundles).split(" ").slice(1);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    clearEnv: true,
    env: { DENO_NO_UPDATE_CHECK: "1", ...env },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

const session = { PAM_TYPE: "open_session", PAM_SERVICE: "login", PAM_USER: "alice" };
const authority = { DENO_CERT: `${folder}/authority.pem` };
const drain = /^ExecStart=(.* drain)$/m;
console.log(JSON.stringify({
  report: await start(/type=open_session ([^|]* report)/, session),
  unknownAuthority: await start(drain, {}),
  drain: await start(drain, authority),
  hello: await start(/^ExecStart=(.* hello)$/m, authority),
  messages,
}));
await sqs.shutdown();
