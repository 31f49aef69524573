import { ask } from "./ask.ts";
import { type Configuration, readConfiguration } from "./configuration.ts";
import { helloEvent } from "./event.ts";
import { ADDRESS, DOCUMENT, Metadata } from "./metadata.ts";
import { clockOff, openSender, proofOf } from "./send.ts";
import { DEFAULT_SPOOL, Spool, SPOOL_CAP } from "./spool.ts";

const UNITS = ["login.path", "login.timer", "hello.service"].map((unit) => `groundskeeper-${unit}`);
const SEE_INSTALL = "See groundskeeper-client install";
const MODIFY = "aws ec2 modify-instance-metadata-options --instance-id …";
const AS_NOBODY = "runuser -u nobody -- curl -s -m 2 -X PUT " +
  `-H 'X-aws-ec2-metadata-token-ttl-seconds: 60' ${ADDRESS}/latest/api/token`;

/** Looks at all that a login needs on its way to the queue. `detail` says how to put a `fix` right. */
export async function doctor(configFile?: string) {
  const checks: { name: string; state: "ok" | "fix" | "unknown"; detail: string }[] = [];
  /** What `look` returns, or undefined where it found something to fix. */
  const check = async <T>(name: string, look: () => T | Promise<T>, ok: (found: T) => string) => {
    try {
      const found = await look();
      checks.push({ name, state: "ok", detail: ok(found) });
      return found;
    } catch (error) {
      // Also what the disk or a missing permission says is something to fix.
      const missing = error instanceof Deno.errors.NotFound ? `. ${SEE_INSTALL}` : "";
      checks.push({ name, state: "fix", detail: (error as Error).message + missing });
    }
  };
  const says = ({ queueUrl }: Configuration) => `events go to ${queueUrl.url}`;
  const settings = await check("configuration", () => readConfiguration(configFile), says);
  const { metadata: endpoint, sts } = settings?.endpoints ?? {};
  const gives = ({ origin }: Metadata) => `${origin} gives tokens, and nothing without one`;
  const metadata = await check("metadata service", () => openMetadata(endpoint), gives);
  if (metadata) {
    await check("clock", () => checkClock(metadata), String);
    await check("profile", () => metadata.profileCredentials(), () => "its role has credentials");
    await check("identity", () => identify(metadata, sts), String);
  }
  await check("PAM sshd", () => checkPam("/etc/pam.d/sshd"), String);
  await check("PAM login", () => checkPam("/etc/pam.d/login"), String);
  await check("systemd", checkUnits, String);
  const spool = new Spool(settings?.spool ?? DEFAULT_SPOOL);
  await check("spool", () => checkSpool(spool), String);
  if (settings && metadata && checks.every(({ state }) => state === "ok")) {
    await check("queue", () => sayHello(settings, metadata, spool), String);
  } else {
    const detail = "not tried: a hello would be untrue before the others are fixed";
    checks.push({ name: "queue", state: "unknown", detail });
  }
  // Root sees what root may: whether others are kept out, only another user can tell.
  checks.push({ name: "firewall", state: "unknown", detail: `should print nothing: ${AS_NOBODY}` });
  return checks;
}

async function openMetadata(endpoint?: string): Promise<Metadata> {
  const withoutToken = async (origin: string) => (await ask(new URL(DOCUMENT, origin))).status;
  const metadata = await Metadata.open(endpoint).catch(async (error) => {
    // Hops limit the answer to PUT alone.
    if (await withoutToken(endpoint ?? ADDRESS).catch(() => 0) !== 401) throw error;
    const hops = "It gives no token: there are more hops than its limit allows, as in a container";
    throw new Error(`${hops}. Run: ${MODIFY} --http-put-response-hop-limit 2`);
  });
  if (await withoutToken(metadata.origin) === 401) return metadata;
  throw new Error(`IMDSv1 is on. Run: ${MODIFY} --http-tokens required`);
}

function checkClock({ token }: Metadata): string {
  const fault = clockOff(token.dateMs);
  if (fault !== "") throw new Error(fault.trim());
  return "as the metadata service's";
}

/** Does what the server does with a proof. STS may be out of reach from here: the server asks it. */
async function identify(metadata: Metadata, endpoint?: string): Promise<string> {
  const credentials = await metadata.identityCredentials();
  if (!credentials) throw new Error("The service has none for it: no message has a proof");
  const { name } = await metadata.instance();
  const proof = await proofOf("doctor", credentials, name.region);
  const { origin, host, pathname, search } = new URL(proof.url);
  // Wherever it is asked, the host is the one that was signed.
  const asking = { headers: { ...proof.headers, host }, answerMs: 5_000 };
  const asked = ask(new URL(pathname + search, endpoint ?? origin), asking);
  const answer = await asked.catch((error: Error) => error);
  if (answer instanceof Error) return `has credentials. STS was not asked: ${answer.message}`;
  const [, arn] = /<Arn>([^<]*)<\/Arn>/.exec(answer.text) ?? [];
  if (arn !== undefined) return `STS calls it ${arn}`;
  throw new Error(`STS refuses the proof: status ${answer.status}.${clockOff(answer.dateMs)}`);
}

function checkPam(path: string): string {
  const [before = "", ours, after = ""] = Deno.readTextFileSync(path)
    .split(/^(session\s.*pam_exec.*groundskeeper-login)/m);
  if (ours === undefined) throw new Error(`${path} lacks its line. ${SEE_INSTALL}`);
  if (/^[^#\n]*pam_env\.so.*user_readenv=1/m.test(before)) {
    throw new Error(`In ${path}, move its line above pam_env, where people set LD_PRELOAD`);
  }
  const [, program = "", words = ""] = /open_session (\S+)(.*)/.exec(ours + after) ?? [];
  for (const file of [program, ...words.match(/\/\S+\.js\b/g) ?? []]) {
    const { isFile, uid, mode } = Deno.statSync(file);
    const needed = file === program ? 0o100 : 0o400;
    if (isFile && uid === 0 && ((mode ?? 0) & (needed | 0o022)) === needed) continue;
    throw new Error(`${file} must be a file of root, which others cannot write. ${SEE_INSTALL}`);
  }
  return "sessions are reported";
}

function checkUnits(): string {
  const enabled = ["multi-user.target", "timers.target"].flatMap((target) =>
    [...Deno.readDirSync(`/etc/systemd/system/${target}.wants`)].map(({ name }) => name)
  );
  const missing = UNITS.filter((unit) => !enabled.includes(unit));
  if (missing.length === 0) return "the units are enabled";
  throw new Error(`Run: systemctl enable --now ${missing.join(" ")}`);
}

function checkSpool(spool: Spool): string {
  const { mode, uid } = Deno.lstatSync(spool.folder);
  const isPrivate = uid === 0 && ((mode ?? 0) & 0o077) === 0;
  if (!isPrivate) throw new Error(`${spool.folder} must be root's, with mode 0700`);
  const waiting = spool.names().length;
  const found = `${waiting} of ${SPOOL_CAP} events wait, ${spool.dropped()} were dropped so far`;
  if (waiting <= SPOOL_CAP / 2) return found;
  throw new Error(`${found}: journalctl -u groundskeeper-login`);
}

/** SQS has no call that tries the permission and leaves nothing: a hello does no harm. */
async function sayHello(settings: Configuration, metadata: Metadata, spool: Spool) {
  const send = await openSender(settings, metadata);
  const { outcome, detail } = await send(helloEvent("queueUrl"), spool.dropped());
  if (outcome === "sent") return `took a hello, message ${detail}`;
  throw new Error(detail);
}
