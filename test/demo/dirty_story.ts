import { demoWorld } from "../aws/demo_world.ts";
import type { LocalAws } from "../aws/local_aws.ts";
import type { SeededWorld } from "../aws/seed.ts";
import { ClientInstance, makeQueue } from "./instance.ts";
import type { Stage } from "./stage.ts";

const account = demoWorld.accounts.find(({ name }) => name === "prod")!.id;
const region = "us-east-1";
const role = "checkout-api";

/** An hour of the job `dirty`: somebody logs in to an instance, and somebody else clears it. */
export async function tellDirtyStory(
  stage: Stage,
  aws: LocalAws,
  seeded: SeededWorld,
): Promise<void> {
  const [id = ""] = seeded.instances(account, region, role);
  await makeQueue(aws);
  await using instance = await ClientInstance.open(aws, { account, region, id, role });
  const scope = `--account ${account} --region ${region}`;

  await stage.say(
    "The job dirty knows where somebody has logged in. One instance of prod has the client, which " +
      "says hello when it boots. Then bob logs in to it, and the client reports that to a queue.",
  );
  await instance.boot();
  await stage.act(`ssh bob@${id}`, () => instance.login("bob"));
  await stage.say("The service takes both messages, and tags the instance.");
  await stage.run("dirty serve --once");

  await stage.say(
    "The coverage comes first. The other instances have no client that would report a login, so " +
      "they are not known to be clean.",
  );
  await stage.run(`dirty plan ${scope}`, { show: [/^Coverage/, /^Dirty, or tagged/] });
  await stage.say("A report writes the same as a page.");
  await stage.run(`dirty report ${scope}`, { show: [/^Written/], lines: 4 });
  await stage.say("Who was there, from where, by which key, and how well is that proven?");
  await stage.run(`dirty show ${id}`, { show: [/^i-/, /^1 event/], lines: 12 });

  await stage.say(
    "bob has only read a log file. Somebody who is sure of that clears the instance.",
  );
  await stage.run(`dirty clear ${id} --reason "read a log file, OPS-2240" --yes`);
}
