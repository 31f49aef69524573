import { ask } from "./ask.ts";
import { type Configuration, CONFIGURATION_FILE, readConfiguration } from "./configuration.ts";
import { ClientFault } from "./fault.ts";
import { helloEvent } from "./hello.ts";
import { DOCUMENT, Metadata } from "./metadata.ts";
import { clockOff, openSender, proofOf } from "./send.ts";
import { DEFAULT_SPOOL, Spool, SPOOL_CAP } from "./spool.ts";

/** What one look has found. `fix`: it does not work like this, and `detail` says what to do. */
export type Check = {
  readonly name: string;
  readonly state: "ok" | "fix" | "unknown";
  readonly detail: string;
};

const SYSTEMD = "/etc/systemd/system";

const SEE_INSTALL = "See groundskeeper-client install";

const MODIFY = "aws ec2 modify-instance-metadata-options --instance-id …";

const AS_NOBODY = "runuser -u nobody -- curl -s -m 2 -X PUT " +
  "-H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token";

/**
 * Looks at everything that a login needs on its way to the queue. SQS has no call that tries the
 * permission and leaves nothing: a hello is sent, and only where all else is right, because from an
 * instance that does not tell of logins it would be untrue.
 */
export async function doctor(configFile = CONFIGURATION_FILE): Promise<Check[]> {
  const checks: Check[] = [];
  /** What `work` returns, or undefined where it found something to fix. */
  const check = async <T>(name: string, work: () => T | Promise<T>, ok: (value: T) => unknown) => {
    try {
      const value = await work();
      checks.push({ name, state: "ok", detail: String(ok(value)) });
      return value;
    } catch (error) {
      // Also what the disk or a missing permission says is something to fix.
      const missing = error instanceof Deno.errors.NotFound ? `. ${SEE_INSTALL}` : "";
      checks.push({ name, state: "fix", detail: (error as Error).message + missing });
      return undefined;
    }
  };
  const sendsTo = ({ queueUrl }: Configuration) => `${configFile} sends to ${queueUrl.url}`;
  const settings = await check("configuration", () => readConfiguration(configFile), sendsTo);
  const { metadata: endpoint, sts } = settings?.endpoints ?? {};
  const gives = ({ origin }: Metadata) => `${origin} gives tokens, and nothing without one`;
  const metadata = await check("metadata service", () => openMetadata(endpoint), gives);
  if (metadata) {
    await check("clock", () => checkClock(metadata), () => "as the metadata service's");
    await check("profile", () => metadata.profileCredentials(), () => "its role has credentials");
    await check("identity", () => identify(metadata, sts), String);
  }
  for (const service of ["sshd", "login"]) {
    await check(`PAM ${service}`, () => checkPam(service), () => "sessions are reported");
  }
  await check("systemd", checkUnits, () => "the units are enabled");
  const spool = new Spool(settings?.spool ?? DEFAULT_SPOOL);
  await check("spool", () => checkSpool(spool), String);

  const isRight = checks.every(({ state }) => state === "ok");
  // Root sees what root may: whether others are kept out, only another user can tell.
  checks.push({ name: "firewall", state: "unknown", detail: `should print nothing: ${AS_NOBODY}` });
  if (!settings || !metadata || !isRight) {
    const detail = "not tried: a hello would be untrue before the others are fixed";
    return [...checks, { name: "queue", state: "unknown", detail }];
  }
  await check("queue", async () => {
    const send = await openSender(settings, metadata);
    const { outcome, detail } = await send(helloEvent("queueUrl"), spool.dropped());
    if (outcome !== "sent") throw new ClientFault(detail);
    return `took a hello, message ${detail}`;
  }, String);
  return checks;
}

async function openMetadata(endpoint?: string): Promise<Metadata> {
  const withoutToken = (origin: string) =>
    ask(new URL(DOCUMENT, origin)).then(({ status }) => status, () => undefined);
  const metadata = await Metadata.open(endpoint).catch(async (error) => {
    // Hops limit the answer to PUT alone.
    if (await withoutToken(endpoint ?? "http://169.254.169.254") !== 401) throw error;
    throw new ClientFault(
      "It answers to GET and gives no token: there are more hops than its limit allows, as in a " +
        `container. Run: ${MODIFY} --http-put-response-hop-limit 2`,
    );
  });
  if (await withoutToken(metadata.origin) === 401) return metadata;
  throw new ClientFault(`IMDSv1 is on. Run: ${MODIFY} --http-tokens required`);
}

function checkClock({ token }: Metadata): void {
  if (clockOff(token.dateMs)) throw new ClientFault(clockOff(token.dateMs).trim());
}

/** Does what the server does with a proof. STS may be out of reach from here: the server asks it. */
async function identify(metadata: Metadata, endpoint?: string): Promise<string> {
  const credentials = await metadata.identityCredentials();
  if (!credentials) throw new ClientFault("The service has none for it: no message has a proof");
  const { region } = await metadata.instance();
  const proof = await proofOf("doctor", credentials, region);
  const { origin, host, pathname, search } = new URL(proof.url);
  // Wherever it is asked, the host is the one that was signed.
  const asking = { headers: { ...proof.headers, host }, answerMs: 5_000 };
  const asked = ask(new URL(pathname + search, endpoint ?? origin), asking);
  const answer = await asked.catch((error: Error) => error);
  if (answer instanceof Error) return `has credentials. STS was not asked: ${answer.message}`;
  const [, arn] = /<Arn>([^<]*)<\/Arn>/.exec(answer.text) ?? [];
  if (arn !== undefined) return `STS calls it ${arn}`;
  throw new ClientFault(
    `STS refuses the proof: status ${answer.status}.${clockOff(answer.dateMs)}`,
  );
}

function checkPam(service: string): void {
  const path = `/etc/pam.d/${service}`;
  const lines = Deno.readTextFileSync(path).split("\n");
  const ours = lines.findIndex((line) => /^session\s.*pam_exec.*groundskeeper-login/.test(line));
  const env = lines.findIndex((line) => /^[^#]*pam_env\.so.*user_readenv=1/.test(line));
  if (ours < 0) throw new ClientFault(`${path} lacks its line. ${SEE_INSTALL}`);
  if (env >= 0 && env < ours) {
    throw new ClientFault(`In ${path}, move its line above pam_env, where people set LD_PRELOAD`);
  }
  const [, program = "", words = ""] = /open_session (\S+)(.*)/.exec(lines[ours]!) ?? [];
  checkProgram(program, 0o111);
  for (const bundle of words.match(/\/\S+\.js\b/g) ?? []) checkProgram(bundle, 0o444);
}

/** Looks at what root runs when somebody logs in. @param needed bits of its mode */
function checkProgram(path: string, needed: number): void {
  const { isFile, uid, mode } = Deno.statSync(path);
  const bits = mode ?? 0;
  if (!isFile || uid !== 0 || (bits & 0o022) !== 0 || (bits & needed) === 0) {
    throw new ClientFault(
      `${path} must be a file of root, which others cannot write. ${SEE_INSTALL}`,
    );
  }
}

function checkUnits(): void {
  const wanted = (target: string) =>
    [...Deno.readDirSync(`${SYSTEMD}/${target}.wants`)].map(({ name }) => name);
  const enabled = [...wanted("multi-user.target"), ...wanted("timers.target")];
  const missing = ["login.path", "login.timer", "hello.service"].map((unit) =>
    `groundskeeper-${unit}`
  ).filter((unit) => !enabled.includes(unit));
  if (missing.length > 0) throw new ClientFault(`Run: systemctl enable --now ${missing.join(" ")}`);
}

function checkSpool(spool: Spool): string {
  const { mode, uid } = Deno.lstatSync(spool.folder);
  if (uid !== 0 || ((mode ?? 0) & 0o077) !== 0) {
    throw new ClientFault(`${spool.folder} must be root's, with mode 0700`);
  }
  const waiting = spool.names().length;
  const found = `${waiting} of ${SPOOL_CAP} events wait, ${spool.dropped()} were dropped so far`;
  if (waiting > SPOOL_CAP / 2) throw new ClientFault(`${found}: journalctl -u groundskeeper-login`);
  return found;
}
