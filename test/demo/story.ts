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
    "A plan leaves no trace. It says first how much of the organization it could believe: the " +
      "account that is enforced has no canaries yet, so that nothing is concluded there.",
  );
  await stage.run("audit plan", {
    expected: 3,
    show: [/^Audit of/, /^Coverage/, /^ +not proven/, /^Nothing is/],
  });

  await stage.say("Which canaries are missing, and what they would cost. Then they are made.");
  await stage.run("audit canary plan", { show: [/^ +account/, /^Cost/] });
  await stage.run("audit canary apply --yes", { show: [/^Canaries/] });

  await stage.say("Now every region is proven, and there is something to do.");
  await stage.run("audit plan --out out", {
    show: [/^Coverage/, /^Would do/, /^Nothing was/],
  });
}

async function lie({ stage, aws }: RenderInput): Promise<void> {
  await stage.say(
    "The API hides the tags of one region. The canary there answers without its own, so that " +
      "nothing is believed; and with half of the canaries unwell, nothing is changed anywhere.",
  );
  const tellTheTruth = aws.proxy.rewrite(
    hideTags({ action: "ec2:DescribeInstances", account: ENFORCED, region: "us-west-2" }),
  );
  await stage.run("audit plan", { expected: 4, show: [/^ +not proven/, /^Refused/], lines: 3 });
  tellTheTruth();
}

async function mark({ stage, owned }: RenderInput): Promise<void> {
  await stage.say(
    "Report keeps what was seen and writes a page. It changes nothing in the accounts.",
  );
  await stage.run("audit report", { show: [/^Written/], lines: 2 });

  await stage.say(
    "Apply reads everything again, and makes the changes that are equal in the plan file.",
  );
  await stage.run("audit apply --yes --plan out/audit-plan.json", {
    show: [/^Done/, /^To see/],
    lines: 2,
  });

  await stage.say("Every write was announced before it was made.");
  await stage.run("changes", { lines: 3 });

  const notebooks = owned("us-east-1", "notebook");
  await stage.say("dave sees the mark on his notebooks, and puts one of them right.");
  await stage.tag({ ...notebooks, ids: notebooks.ids.slice(0, 1) }, { department: "analytics" });
  await stage.say("For his presto he asks for time.");
  await stage.tag(owned("us-west-2", "presto"), { "groundskeeper-until": stage.dayAhead(10) });
}

async function stop({ stage, owned }: RenderInput): Promise<void> {
  await stage.say(
    "What keeps the rules now loses its mark. What still breaks them is stopped, but for presto; " +
      "and what was too young three days ago is marked.",
  );
  await stage.run("audit apply --yes", { show: [/^Done/, /^Asked/] });

  await stage.say("Where one of them stands, and what comes next.");
  const [runner] = owned("us-west-2", "report-runner").ids;
  await stage.run(`audit explain ${runner}`, {
    show: [/^report-runner/, /first seen/, /^It is/],
  });
}

async function terminate({ stage, owned }: RenderInput): Promise<void> {
  await stage.say(
    "Four would be terminated, and limits.terminate allows three. A limit refuses a run whole, and " +
      "never makes the first few changes.",
  );
  await stage.run("audit apply --yes", { expected: 4, show: [/^Refused/], lines: 2 });

  await stage.say(
    "CloudTrail says that erin has launched one of the four. She is asked, and tags it.",
  );
  await stage.tag(owned("us-west-2", "report-runner"), { owner: "erin" });

  await stage.say("Three are left. presto has had its time, and is stopped.");
  await stage.run("audit plan --out out", { show: [/^Would do/] });
  await stage.run("audit apply --yes --plan out/audit-plan.json", { show: [/^Done/], lines: 1 });

  await stage.say("There is nothing left to do today.");
  await stage.run("audit plan", { show: [/^Would do/] });
  await stage.run("audit history");
}
