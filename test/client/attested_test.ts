import assert from "assert";
import { stsOf } from "../../runners/adapters/sts/ask_sts.ts";
import { messageSha256 } from "../../runners/core/attest/message_hash.ts";
import { proveBySts } from "../../runners/core/attest/proof.ts";
import type { JsonObject } from "../../runners/core/json.ts";
import { instanceCredentials } from "../aws/instance_credentials.ts";
import { seedWorld } from "../aws/seed.ts";
import { ClientWorld, SESSION } from "./client_world.ts";
import { run } from "./programs.ts";

const REGION = "us-east-1";

/** An instance of the local AWS with the client on it, and both roles' real credentials. */
async function instanceWithClient(): Promise<ClientWorld> {
  const world = await ClientWorld.open();
  const { account, aws } = world;
  const group = { name: "web", instanceProfile: "web", count: 1 };
  const accounts = [{ id: account, name: "a", regions: { [REGION]: [group] } }];
  const seeded = await seedWorld({ accounts }, { endpoint: aws.endpoint });
  const [instanceId = ""] = seeded.instances(account, REGION, "web");
  const { roleName, profile, identity } = await instanceCredentials(aws, {
    account,
    region: REGION,
    instanceId,
  });
  const profileOf = { roleName, credentials: profile };
  const facts = { instanceId, region: REGION, accountId: account };
  world.metadata.facts = { ...facts, profile: profileOf, identity };
  return world;
}

Deno.test("the server attests what the client sends, and no other message with its proof", async () => {
  await using world = await instanceWithClient();
  await world.login("report", { ...SESSION, PAM_USER: "Zoë \u2028 😀" });
  assert.deepEqual(await world.login("drain"), { code: 0, stdout: "", stderr: "" });
  const [message] = await world.messages();
  const ask = stsOf((name) => world.aws.environment[name], { answerMs: 10_000 });
  const prove = async (changed: object, queue = "logins") =>
    await proveBySts(
      message!.proof!,
      {
        queueArn: `arn:aws:sqs:${REGION}:${world.account}:${queue}`,
        sha256: messageSha256({ ...message, ...changed } as JsonObject),
        instance: message!.instance,
        now: new Date(),
      },
      ask,
      new AbortController().signal,
    );
  assert.deepEqual(await prove({}), { verdict: "attested" });
  assert.equal((await prove({ id: "another" })).verdict, "refused");
  assert.equal((await prove({}, "hellos")).verdict, "refused");
});

Deno.test("doctor shows what STS makes of a proof", async () => {
  await using world = await instanceWithClient();
  const local = [world.metadata.endpoint, world.aws.endpoint];
  const { stdout } = await run("client", ["doctor"], { folder: world.folder, local });
  const { instanceId } = world.metadata.facts;
  const arn = `arn:aws:sts::${world.account}:assumed-role/aws:ec2-instance/${instanceId}`;
  assert.match(stdout, new RegExp(`^ok +identity +STS calls it ${arn}$`, "m"));
});
