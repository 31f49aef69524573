import assert from "assert";
import { isIgnored, mayBeIgnored } from "../../../../runners/dirty/messages/ignore.ts";
import { NOBODY } from "../../../../runners/dirty/told.ts";
import type { DirtyConfig } from "../../../../runners/dirty/config.ts";
import type { Who } from "../../../../runners/dirty/told.ts";
import { A_KEY } from "./login_message.ts";

type Ignore = DirtyConfig["ignore"];

const SESSION = "arn:aws:sts::111111111111:assumed-role/deploy/run-7";
const ROLE = "arn:aws:iam::111111111111:role/ci/deploy";
const USER = "arn:aws:iam::111111111111:user/bob";
const OTHER_KEY = A_KEY.replace("SHA256:k", "SHA256:j");
const SCRIPT = "AWS-RunShellScript";

const LOGIN: Who = {
  ...NOBODY,
  user: "deploy",
  service: "sshd",
  ssh: { method: "publickey", keySha256: A_KEY },
};
const COMMAND: Who = { ...NOBODY, principalArn: SESSION, roleArn: ROLE, document: SCRIPT };
const UNSENT: Who = { ...NOBODY, document: SCRIPT };

for (
  const [what, who, ignore, ignored] of [
    ["nothing is ignored by default", LOGIN, [], false],
    ["a user", LOGIN, [{ user: "deploy" }], true],
    ["another user", LOGIN, [{ user: "deployer" }], false],
    ["a user in other case", LOGIN, [{ user: "Deploy" }], false],
    ["a user where none is known", NOBODY, [{ user: "deploy" }], false],
    ["a key", LOGIN, [{ keySha256: A_KEY }], true],
    ["another key", LOGIN, [{ keySha256: OTHER_KEY }], false],
    ["a key where none was used", { ...LOGIN, ssh: null }, [{ keySha256: A_KEY }], false],
    ["a user with this key", LOGIN, [{ user: "deploy", keySha256: A_KEY }], true],
    ["a user with another key", LOGIN, [{ user: "deploy", keySha256: OTHER_KEY }], false],
    ["another user with this key", LOGIN, [{ user: "root", keySha256: A_KEY }], false],
    ["a role session", COMMAND, [{ principalArn: SESSION }], true],
    ["the role of a session", COMMAND, [{ principalArn: ROLE }], true],
    ["a part of a role's ARN", COMMAND, [{ principalArn: ROLE.slice(0, -1) }], false],
    ["a user of IAM", { ...COMMAND, principalArn: USER, roleArn: null }, [
      { principalArn: USER },
    ], true],
    ["a role where nobody is known", UNSENT, [{ principalArn: ROLE }], false],
    ["a document", COMMAND, [{ document: SCRIPT }], true],
    ["another document", COMMAND, [{ document: "AWS-RunPatchBaseline" }], false],
    ["a role with this document", COMMAND, [{ principalArn: ROLE, document: SCRIPT }], true],
    ["a role with another document", COMMAND, [{ principalArn: ROLE, document: "X" }], false],
    ["another role with this document", COMMAND, [{ principalArn: USER, document: SCRIPT }], false],
    ["a user and a role, of a command", COMMAND, [{ user: "deploy", principalArn: ROLE }], false],
    ["the second of two entries", COMMAND, [{ user: "deploy" }, { document: SCRIPT }], true],
    ["halves of two entries", COMMAND, [
      { principalArn: ROLE, document: "X" },
      { principalArn: USER, document: SCRIPT },
    ], false],
  ] as readonly (readonly [string, Who, Ignore, boolean])[]
) {
  Deno.test(`ignored or not: ${what}: ${ignored}`, () => {
    assert.equal(isIgnored({ who }, ignore), ignored);
  });
}

for (
  const [what, event, who, ignore, may] of [
    ["an entry that names a principal", "ssm_command", UNSENT, [{ principalArn: ROLE }], true],
    ["an entry with this document", "ssm_command", UNSENT, [
      { principalArn: ROLE, document: SCRIPT },
    ], true],
    ["an entry with another document", "ssm_command", UNSENT, [
      { principalArn: ROLE, document: "X" },
    ], false],
    ["an entry with a user", "ssm_command", UNSENT, [
      { principalArn: ROLE, user: "deploy" },
    ], false],
    ["an entry without principal", "ssm_command", UNSENT, [{ document: SCRIPT }], false],
    ["no entry", "ssm_command", UNSENT, [], false],
    ["a command whose sender is known", "ssm_command", COMMAND, [{ principalArn: USER }], false],
    ["a command whose role is known", "ssm_command", { ...COMMAND, principalArn: null }, [
      { principalArn: USER },
    ], false],
    ["a login: its sender is told at once", "session_open", LOGIN, [
      { principalArn: ROLE },
    ], false],
  ] as readonly (readonly [string, string, Who, Ignore, boolean])[]
) {
  Deno.test(`whether an event may be ignored once its sender is known: ${what}: ${may}`, () => {
    assert.equal(mayBeIgnored({ event, who }, ignore), may);
  });
}
