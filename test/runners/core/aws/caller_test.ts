import assert from "assert";
import { createHash } from "node:crypto";
import { findCaller } from "../../../../runners/core/aws/caller.ts";
import { variable } from "../../../entry/own_environment.ts";
import { withEnvironment } from "./environment.ts";

const KEYS = { AWS_ACCESS_KEY_ID: "AKIAENV", AWS_SECRET_ACCESS_KEY: "secret" };
const CONFIG = `
[default]
region = eu-west-1
[profile work]
region = eu-central-1
aws_access_key_id = AKIAWORK
aws_secret_access_key = secret
[profile starts]
credential_process = /bin/false
[profile chained]
role_arn = arn:aws:iam::111111111111:role/x
source_profile = starts
[sso-session corp]
sso_region = eu-west-1
`;

/** Finds the caller in an environment with these variables and files. */
function caller(
  variables: { readonly [name: string]: string },
  work: (found: () => ReturnType<typeof findCaller>) => Promise<void>,
  config: string | null = CONFIG,
): () => Promise<void> {
  return () =>
    withEnvironment(variables, async (home) => {
      if (config !== null) await Deno.writeTextFile(`${home}/config`, config);
      await work(() => findCaller({ get: variable }));
    });
}

Deno.test(
  "a profile that does not exist is an error, never another identity",
  caller({ ...KEYS, AWS_PROFILE: "wrok" }, async (found) => {
    await assert.rejects(found(), {
      name: "UsageError",
      message: 'AWS_PROFILE is "wrok", and neither ~/.aws/config nor ~/.aws/credentials has that ' +
        "profile. They have: default, work, starts, chained",
    });
  }),
);

Deno.test(
  "a profile that does not exist is an error where there are no profiles at all",
  caller({ AWS_PROFILE: "work" }, async (found) => {
    await assert.rejects(found(), { name: "UsageError", message: /has that profile$/ });
  }, null),
);

Deno.test(
  "the name of what every object has is no profile",
  caller({ AWS_PROFILE: "constructor" }, async (found) => {
    await assert.rejects(found(), { name: "UsageError", message: /^AWS_PROFILE is "constructor"/ });
  }),
);

const starts = (profile: string) =>
  `The profile "${profile}" uses credential_process, which would start a program. Run this first: ` +
  `eval "$(aws configure export-credentials --profile ${profile} --format env)" and unset ` +
  "AWS_PROFILE";

Deno.test(
  "a profile that would start a program is refused, with what to do",
  caller({ AWS_PROFILE: "starts" }, async (found) => {
    await assert.rejects(found(), { name: "UsageError", message: starts("starts") });
  }),
);

Deno.test(
  "a profile that would start a program is refused beside static keys too, since it was named",
  caller({ ...KEYS, AWS_PROFILE: "starts" }, async (found) => {
    await assert.rejects(found(), { name: "UsageError", message: starts("starts") });
  }),
);

Deno.test(
  "a profile whose source would start a program is refused",
  caller({ AWS_PROFILE: "chained" }, async (found) => {
    await assert.rejects(found(), { name: "UsageError", message: starts("chained") });
  }),
);

const PROCESS = "[default]\ncredential_process = /bin/false\n";

Deno.test(
  "a default profile that would start a program is refused",
  caller({}, async (found) => {
    await assert.rejects(found(), { name: "UsageError", message: starts("default") });
  }, PROCESS),
);

Deno.test(
  "a default profile that would start a program is not used beside static keys",
  caller(KEYS, async (found) => {
    assert.equal((await (await found()).credentials()).accessKeyId, "AKIAENV");
  }, PROCESS),
);

Deno.test(
  "where no credentials are found, all that was tried is told",
  caller({}, async (found) => {
    const { credentials } = await found();
    await assert.rejects(credentials(), (error: Error & { code?: string }) => {
      assert.deepEqual([error.name, error.code], ["AwsAccessError", "no-credentials"]);
      assert.equal(
        error.message,
        "Cannot find AWS credentials. Tried AWS_ACCESS_KEY_ID (not set), the default profile in " +
          "~/.aws, web identity (AWS_WEB_IDENTITY_TOKEN_FILE not set), the container's role " +
          "(AWS_CONTAINER_CREDENTIALS_… not set), the instance's role. Set AWS_PROFILE or " +
          'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in with "aws sso login", and run ' +
          "this again",
      );
      assert.ok(error.cause instanceof Error);
      return true;
    });
  }, null),
);

Deno.test(
  "where what is set does not work, the message tells what is set",
  caller({ AWS_WEB_IDENTITY_TOKEN_FILE: "/nowhere", AWS_PROFILE: "default" }, async (found) => {
    const { credentials } = await found();
    await assert.rejects(credentials(), {
      message:
        /the profile "default" in ~\/\.aws, web identity \(AWS_WEB_IDENTITY_TOKEN_FILE set\)/,
    });
  }),
);

Deno.test(
  "variables that are empty are as good as not there",
  caller({ AWS_PROFILE: "", AWS_ACCESS_KEY_ID: "" }, async (found) => {
    const { credentials } = await found();
    await assert.rejects(credentials(), {
      message: /AWS_ACCESS_KEY_ID \(not set\), the default profile/,
    });
  }, null),
);

Deno.test(
  "a named profile comes before static keys",
  caller({ ...KEYS, AWS_PROFILE: "work" }, async (found) => {
    const { credentials, region } = await found();
    assert.equal((await credentials()).accessKeyId, "AKIAWORK");
    assert.equal(region, "eu-central-1");
  }),
);

const regions: readonly (readonly [string, Record<string, string>, string | null, string?])[] = [
  ["AWS_REGION first", { AWS_REGION: "a-b-1", AWS_DEFAULT_REGION: "c-d-1" }, CONFIG, "a-b-1"],
  ["AWS_DEFAULT_REGION, which the SDK ignores", { AWS_DEFAULT_REGION: "c-d-1" }, CONFIG, "c-d-1"],
  ["the default profile", {}, CONFIG, "eu-west-1"],
  ["AWS_REGION unless it is empty", { AWS_REGION: "" }, CONFIG, "eu-west-1"],
  ["nowhere", {}, null],
];

for (const [title, variables, config, region] of regions) {
  Deno.test(
    `the caller's region comes from ${title}`,
    caller({ ...KEYS, ...variables }, async (found) => {
      assert.equal((await found()).region, region);
    }, config),
  );
}

const SSO = `
[profile work]
sso_session = corp
sso_account_id = 111111111111
sso_role_name = reader
[profile chained]
role_arn = arn:aws:iam::222222222222:role/x
source_profile = work
[profile legacy]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 111111111111
sso_role_name = reader
[sso-session corp]
sso_region = eu-west-1
sso_start_url = https://example.awsapps.com/start
`;

for (const [profile, login] of [["work", "work"], ["chained", "work"], ["legacy", "legacy"]]) {
  Deno.test(
    `without a session of SSO, the profile ${profile} is told with the command that begins one`,
    caller({ AWS_PROFILE: profile! }, async (found) => {
      const { credentials } = await found();
      await assert.rejects(credentials(), (error: Error & { code?: string }) => {
        assert.equal(error.code, "no-credentials");
        const message = error.message.replace(/": [^.]*\. Log in/, '": …. Log in');
        assert.equal(
          message,
          `Cannot get credentials by the SSO session of the profile "${login}": …. Log in with ` +
            `"aws sso login --profile ${login}", and run this again`,
        );
        return true;
      });
    }, SSO),
  );
}

Deno.test(
  "a session of SSO that has expired is told as such, with the command that begins another",
  caller({ AWS_PROFILE: "legacy" }, async (found) => {
    const folder = `${variable("HOME")}/.aws/sso/cache`;
    await Deno.mkdir(folder, { recursive: true });
    const name = createHash("sha1").update("https://example.awsapps.com/start").digest("hex");
    const token = { accessToken: "x", expiresAt: "2020-01-01T00:00:00Z" };
    await Deno.writeTextFile(`${folder}/${name}.json`, JSON.stringify(token));
    const { credentials } = await found();
    await assert.rejects(credentials(), {
      message: /has\s+expired\. Log in with "aws sso login --profile legacy", and run this again$/,
    });
  }, SSO),
);
