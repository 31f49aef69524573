import type { LocalAws } from "../aws/local_aws.ts";
import { hideTags } from "../aws/rewrites.ts";
import type { SeededWorld } from "../aws/seed.ts";
import { ENFORCED } from "./configuration.ts";
import type { Stage } from "./stage.ts";

/** What a chapter is told with. */
interface RenderInput {
  readonly stage: Stage;
  readonly aws: LocalAws;
  /** Some instances of the enforced account, as owners tag them. */
  readonly owned: (region: string, group: string) => Owned;
}

interface Owned {
  readonly account: string;
  readonly region: string;
  readonly ids: readonly string[];
}

/** On which day the story of the audit ends. */
export const LAST_DAY = 14;

/** Two weeks of an organization: from no canary to the first terminated instances. */
export async function tellStory(stage: Stage, aws: LocalAws, seeded: SeededWorld): Promise<void> {
  const owned: RenderInput["owned"] = (region, group) => ({
    account: ENFORCED,
    region,
    ids: seeded.instances(ENFORCED, region, group),
  });
  const telling = { stage, aws, owned };
  await makeCanaries(telling);
  await lie(telling);
  await mark(telling);
  stage.goTo(3);
  await stop(telling);
  stage.goTo(LAST_DAY);
  await terminate(telling);
}

async function makeCanaries({ stage }: RenderInput): Promise<void> {
  await stage.say(
    "A plan changes nothing and stores nothing. It begins with the coverage: the part of the " +
      "organization whose answers are proven. The enforced account has no canaries yet, so " +
      "nothing is planned there.",
  );
  await stage.run("audit plan", {
    expected: 3,
    show: [/^Audit of/, /^Coverage/, /^ +not proven/, /^Nothing is/],
  });

  await stage.say("This plan names the missing canaries and what they cost. Then they are made.");
  await stage.run("audit canary plan", { show: [/^ +account/, /^Cost/] });
  await stage.run("audit canary apply --yes", { show: [/^Canaries/] });

  await stage.say("Now every Region is proven, and the plan has changes.");
  await stage.run("audit plan --out out", {
    show: [/^Coverage/, /^Would do/, /^Nothing was/],
  });
}

async function lie({ stage, aws }: RenderInput): Promise<void> {
  await stage.say(
    "The API hides the tags of one Region. The canary there comes back without its own tags, so " +
      "the Region is not proven. One of the two canaries fails, so a breaker refuses all changes.",
  );
  const tellTheTruth = aws.proxy.rewrite(
    hideTags({ action: "ec2:DescribeInstances", account: ENFORCED, region: "us-west-2" }),
  );
  await stage.run("audit plan", { expected: 4, show: [/^ +not proven/, /^Refused/], lines: 3 });
  tellTheTruth();
}

async function mark({ stage, owned }: RenderInput): Promise<void> {
  await stage.say(
    "Report stores what it read and writes a page. It changes nothing in the accounts.",
  );
  await stage.run("audit report", { show: [/^Written/], lines: 2 });

  await stage.say(
    "Apply reads everything again. It makes a change only if the plan file has the same one.",
  );
  await stage.run("audit apply --yes --plan out/audit-plan.json", {
    show: [/^Done/, /^To see/],
    lines: 2,
  });

  await stage.say("The journal has each write. The entry was made before the write.");
  await stage.run("changes", { lines: 3 });

  const notebooks = owned("us-east-1", "notebook");
  await stage.say("dave sees the mark on his notebooks, and corrects the tags of one.");
  await stage.tag({ ...notebooks, ids: notebooks.ids.slice(0, 1) }, { department: "analytics" });
  await stage.say("For his instance presto he asks for time.");
  await stage.tag(owned("us-west-2", "presto"), { "groundskeeper-until": stage.dayAhead(10) });
}

async function stop({ stage, owned }: RenderInput): Promise<void> {
  await stage.say(
    "The notebook with correct tags is no longer marked. The other marked instances are stopped, " +
      "except presto. An instance that was too young three days ago is marked.",
  );
  await stage.run("audit apply --yes", { show: [/^Done/, /^Asked/] });

  await stage.say("What was done to one of them, and what comes next.");
  const [runner] = owned("us-west-2", "report-runner").ids;
  await stage.run(`audit explain ${runner}`, {
    show: [/^report-runner/, /first seen/, /^It is/],
  });
}

async function terminate({ stage, owned }: RenderInput): Promise<void> {
  await stage.say(
    "Four instances would be terminated, and limits.terminate allows three. A limit refuses all " +
      "changes of a run. It never lets the first three pass.",
  );
  await stage.run("audit apply --yes", { expected: 4, show: [/^Refused/], lines: 2 });

  await stage.say(
    "CloudTrail says that erin launched one of the four. Somebody asks her, and she tags it.",
  );
  await stage.tag(owned("us-west-2", "report-runner"), { owner: "erin" });

  await stage.say("Three are left. The time for presto is over, so it is stopped.");
  await stage.run("audit plan --out out", { show: [/^Would do/] });
  await stage.run("audit apply --yes --plan out/audit-plan.json", { show: [/^Done/], lines: 1 });

  await stage.say("There is nothing left to do today.");
  await stage.run("audit plan", { show: [/^Would do/] });
  await stage.run("audit history");
}
