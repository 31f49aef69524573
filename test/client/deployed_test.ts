import assert from "assert";
import { fileURLToPath } from "node:url";
import { canRun, COVERED, inNamespace } from "./namespace.ts";
import { bundleFolder } from "./programs.ts";

const MACHINE = fileURLToPath(new URL("deployed_machine.ts", import.meta.url));
const HOST = "sqs.us-east-1.amazonaws.com";

/** Files of a machine where the names and addresses of AWS are its own. */
const INSTANCE = `${COVERED}
ip link set lo up
ip address add 169.254.169.254/32 dev lo
echo 127.0.0.1 ${HOST} >> /etc/hosts
mkdir -p /etc/groundskeeper
echo '{"queueUrl":"https://${HOST}/111111111111/logins"}' > /etc/groundskeeper/client.json
`;

/** A certificate for SQS's name, by an authority that nobody else knows. */
const CERTIFICATE = `
openssl req -x509 -newkey rsa:2048 -nodes -keyout authority.key -out authority.pem -days 2 \\
  -subj /CN=authority -addext basicConstraints=critical,CA:TRUE
openssl req -newkey rsa:2048 -nodes -keyout sqs.key -out sqs.csr -subj /CN=${HOST}
printf 'subjectAltName=DNS:${HOST}' > names
openssl x509 -req -in sqs.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 \\
  -out sqs.pem -extfile names
`;

Deno.test({
  name: "the installed command lines work with AWS's own names, addresses and TLS",
  ignore: !await canRun(`${INSTANCE} openssl version`),
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "groundskeeper-deployed-" });
    const machine = ["run", "-A", "-q", "--cached-only", MACHINE, folder, await bundleFolder()]
      .map((word) => `'${word}'`).join(" ");
    const { code, stdout, stderr } = await inNamespace(
      `${INSTANCE}(cd ${folder}; ${CERTIFICATE}) 2>/dev/null\n'${Deno.execPath()}' ${machine}`,
      true,
    );
    await Deno.remove(folder, { recursive: true });
    assert.equal(code, 0, stderr);
    const { report, unknownAuthority, drain, hello, messages } = JSON.parse(stdout);
    const quiet = { code: 0, stdout: "", stderr: "" };
    assert.deepEqual(report, quiet);
    // Nothing is sent to a server whose certificate nobody vouches for.
    assert.equal(unknownAuthority.code, 1);
    assert.match(unknownAuthority.stderr, /^Kept .*unable to verify the first certificate$/);
    assert.deepEqual(drain, quiet);
    assert.deepEqual(hello, quiet);
    const [login, boot, ...more] = messages;
    assert.deepEqual(more, []);
    assert.deepEqual([login.url, login.event], [`https://${HOST}/`, "console_login"]);
    assert.match(login.proof.url, /^https:\/\/sts\.us-east-1\.amazonaws\.com\/\?Action=/);
    assert.equal(boot.event, "hello");
  },
});
