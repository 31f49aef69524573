import assert from "assert";
import { failWith } from "../aws/faults.ts";
import { auditWorld, groupsOf } from "./audit_world.ts";

/** What is wrong with who the caller is, and what is said about it. */
interface Case {
  readonly name: string;
  /** Put over the environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string>>;
  readonly without?: readonly string[];
  readonly fault?: string;
  readonly config?: string;
  readonly code: number;
  readonly says: RegExp;
}

const KEYS = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

const CASES: readonly Case[] = [
  {
    name: "no credentials: what was tried is said, and what to do",
    without: KEYS,
    code: 1,
    says: /Cannot find AWS credentials\. Tried AWS_ACCESS_KEY_ID \(not set\).*AWS_PROFILE/,
  },
  {
    name: "a mistyped profile is never another identity",
    env: { AWS_PROFILE: "prod-adnim" },
    config: "[profile prod-admin]\nregion = us-east-1\n",
    code: 2,
    says: /AWS_PROFILE is "prod-adnim".*They have: prod-admin/,
  },
  {
    name: "a profile that would start a program is refused with the way around it",
    env: { AWS_PROFILE: "tool" },
    config: "[profile tool]\ncredential_process = /usr/bin/true\n",
    code: 2,
    says: /credential_process.*aws configure export-credentials --profile tool --format env/,
  },
  {
    name: "expired credentials",
    fault: "ExpiredToken",
    code: 1,
    says: /ExpiredToken.*log in again/,
  },
  {
    name: "credentials that STS does not know",
    env: { AWS_ACCESS_KEY_ID: "AKIAUNKNOWN000000000" },
    code: 1,
    says: /InvalidClientTokenId.*check the key/,
  },
  {
    name: "an AWS that cannot be reached",
    env: { AWS_ENDPOINT_URL: "http://127.0.0.1:9" },
    code: 1,
    says: /Cannot ask STS who the caller is.*Check the network/,
  },
];

for (const { name, env = {}, without = [], fault, config, code, says } of CASES) {
  Deno.test(name, async () => {
    await using world = await auditWorld({ groups: groupsOf(1, 0), accounts: 1 });
    if (fault) world.aws.proxy.onCall(failWith({ action: "sts:GetCallerIdentity" }, fault));
    const file = `${world.directory}/aws-config`;
    await Deno.writeTextFile(file, config ?? "");
    const environment: Record<string, string> = {
      ...world.aws.environment,
      AWS_CONFIG_FILE: file,
      AWS_SHARED_CREDENTIALS_FILE: `${world.directory}/none`,
      // Nobody answers there: an instance's role must not be found on this machine.
      AWS_EC2_METADATA_DISABLED: "true",
      ...env,
    };
    const gone = env["AWS_PROFILE"] ? KEYS : without;
    const clean = Object.fromEntries(gone.map((variable) => [variable, ""]));
    const ran = await world.run("audit plan", { env: { ...environment, ...clean } });
    assert.equal(ran.code, code, ran.stderr);
    assert.match(ran.said, says);
    assert.equal(ran.stdout, "");
  });
}

Deno.test("credentials of another account are told, and nothing is asked with them", async () => {
  await using world = await auditWorld({
    groups: groupsOf(1, 0),
    accounts: 1,
    organization: { roles: null },
  });
  const { code, stdout } = await world.run("audit plan");
  assert.equal(code, 3);
  assert.match(
    stdout.replaceAll(/\s+/g, " "),
    /The credentials belong to account 123456789012, not to \d{12} \(account-0\)/,
  );
  assert.deepEqual(
    [...new Set(world.aws.proxy.calls.map(({ action }) => action))],
    ["sts:GetCallerIdentity"],
  );
});

Deno.test("with keys alone, a plan of one's own account needs no configuration", async () => {
  await using world = await auditWorld({ groups: groupsOf(8, 2), accounts: 1 });
  await Deno.remove(`${world.directory}/groundskeeper.json`);
  const own = { env: { AWS_ACCESS_KEY_ID: world.accounts[0]! } };
  const { code, stdout, stderr } = await world.run("audit plan --required owner", own);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /Audit of 1 account in 2 regions, 20 instances\nrules: owner/);
  assert.match(stdout, /Coverage {3}2 of 2 account-regions proven/);
  const strict = await world.run(
    "audit plan --required owner,project --principals --grace 45m --states running",
    own,
  );
  assert.equal(strict.code, 0, strict.stderr);
  assert.match(strict.stdout, /rules: owner \(an IAM user\), project/);
  // Nothing can be applied without a configuration that says where.
  const applied = await world.run("audit apply --yes", own);
  assert.equal(applied.code, 2);
  assert.match(applied.said, /There is no groundskeeper\.json here/);
});
