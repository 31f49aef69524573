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

/** What systemd has of the units that are enabled. */
const ENABLED = [
  "multi-user.target.wants/groundskeeper-login.path",
  "timers.target.wants/groundskeeper-login.timer",
  "multi-user.target.wants/groundskeeper-hello.service",
];

const AS_NOBODY = "runuser -u nobody -- curl -s -m 2 -X PUT " +
  "-H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token";

const MODIFY = "aws ec2 modify-instance-metadata-options --instance-id …";

/**
 * Looks at everything that a login needs on its way to the queue. SQS has no call that tries the
 * permission and leaves nothing: a hello is sent, and only where all else is right, because from an
 * instance that does not tell of logins it would be untrue.
 */
export async function doctor(configFile?: string): Promise<Check[]> {
  const checks: Check[] = [];
  /** What `work` returns, or undefined where it found something to fix. */
  const check = async <T>(name: string, work: () => T | Promise<T>, said: (value: T) => string) => {
    try {
      const value = await work();
      checks.push({ name, state: "ok", detail: said(value) });
      return value;
    } catch (error) {
      // Also what the disk or a missing permission says is something to fix.
      checks.push({ name, state: "fix", detail: (error as Error).message });
      return undefined;
    }
  };
  const unknown = (name: string, detail: string) => checks.push({ name, state: "unknown", detail });

  const settings = await check(
    "configuration",
    () => readConfiguration(configFile),
    ({ queueUrl }) => `${configFile ?? CONFIGURATION_FILE} sends to ${queueUrl.url}`,
  );
  const metadata = await check(
    "metadata service",
    () => openMetadata(settings?.endpoints.metadata),
    ({ origin }) => `${origin} gives tokens, over as many hops as there are, and only IMDSv2`,
  );
  if (metadata) {
    await check("clock", () => checkClock(metadata), () => "right, by the metadata service");
    await check("profile", () => metadata.profileCredentials(), () => "its role has credentials");
    await check("identity", () => identify(metadata, settings), (who) => who);
  }
  for (const service of ["sshd", "login"]) {
    await check(`PAM ${service}`, () => checkPam(service), () => "its sessions are reported");
  }
  await check("systemd", checkUnits, () => "the units are enabled");
  const spool = new Spool(settings?.spool ?? DEFAULT_SPOOL);
  await check("spool", () => checkSpool(spool), (found) => found);
  if (metadata && Deno.uid() !== 0) {
    await check("firewall", () => {
      throw new ClientFault("This user is not root and reaches the metadata service: see install");
    }, () => "");
  } else unknown("firewall", `this should print nothing: ${AS_NOBODY}`);

  const isRight = checks.every(({ name, state }) => state === "ok" || name === "firewall");
  if (settings && metadata && isRight) {
    await check("queue", async () => {
      const send = await openSender(settings, metadata);
      const { outcome, detail } = await send(helloEvent("queueUrl"), spool.dropped());
      if (outcome !== "sent") throw new ClientFault(detail);
      return detail;
    }, (id) => `took a hello, message ${id}`);
  } else unknown("queue", "not tried: a hello would be untrue before the others are fixed");
  return checks;
}

async function openMetadata(endpoint?: string): Promise<Metadata> {
  const withoutToken = (origin = "http://169.254.169.254") =>
    ask(new URL(DOCUMENT, origin)).then(({ status }) => status, () => 0);
  try {
    const metadata = await Metadata.open(endpoint);
    if (await withoutToken(metadata.origin) === 401) return metadata;
  } catch (error) {
    // Hops limit the answer to PUT alone.
    if (await withoutToken(endpoint) !== 401) throw error;
    throw new ClientFault(
      `It answers to GET and gives no token: there are more hops than its limit allows, as in a ` +
        `container. Run: ${MODIFY} --http-put-response-hop-limit 2`,
      { cause: error },
    );
  }
  throw new ClientFault(`IMDSv1 is on. Run: ${MODIFY} --http-tokens required`);
}

function checkClock({ token }: Metadata): void {
  const wrong = clockOff(token.dateMs);
  if (wrong) throw new ClientFault(wrong.trim());
}

/** Does what the server does with a proof. STS may be out of reach from here: the server asks it. */
async function identify(metadata: Metadata, settings?: Configuration): Promise<string> {
  const credentials = await metadata.identityCredentials();
  if (!credentials) {
    throw new ClientFault("The instance identity role has no credentials: no message has a proof");
  }
  const { region } = await metadata.instance();
  const { url, headers } = await proofOf("doctor", credentials, region);
  const { pathname, search, origin } = new URL(url);
  const asked = new URL(pathname + search, settings?.endpoints.sts ?? origin);
  const answer = await ask(asked, { headers, answerMs: 5_000 }).catch((error) => String(error));
  if (typeof answer === "string") return `has credentials; STS was not asked (${answer})`;
  const [, arn] = /<Arn>([^<]*)<\/Arn>/.exec(answer.text) ?? [];
  if (arn !== undefined) return `STS calls it ${arn}`;
  throw new ClientFault(
    `STS refuses its proof: status ${answer.status}.${clockOff(answer.dateMs)}`,
  );
}

function checkPam(service: string): void {
  const path = `/etc/pam.d/${service}`;
  const lines = Deno.readTextFileSync(path).split("\n");
  const ours = lines.findIndex((line) => /^session\s.*pam_exec.*groundskeeper-login/.test(line));
  const env = lines.findIndex((line) => /^[^#]*pam_env\.so.*user_readenv=1/.test(line));
  if (ours < 0) {
    throw new ClientFault(`${path} has no line for it: see groundskeeper-client install`);
  }
  if (env >= 0 && env < ours) {
    throw new ClientFault(
      `Move the line above pam_env in ${path}: people can set LD_PRELOAD there`,
    );
  }
}

function checkUnits(): void {
  for (const unit of ENABLED) {
    try {
      Deno.lstatSync(`/etc/systemd/system/${unit}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw new ClientFault(`Not enabled. Run: systemctl enable --now ${unit.replace(/.*\//, "")}`);
    }
  }
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
