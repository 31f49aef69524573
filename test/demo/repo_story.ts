import { demoWorld } from "../aws/demo_world.ts";
import type { Stage } from "./stage.ts";

const account = (name: string) => demoWorld.accounts.find((one) => one.name === name)!.id;
const CHECKOUT = `${account("prod")}/checkout-api`;
const REPORT = `${account("data")}/quarterly-report`;

/** How long a permission stays after it was first seen, and a day. */
const PROTECT_NEW_DAYS = 15;

/**
 * Fifteen days of the job `repo`: from a first plan of two accounts to a role that gets back what
 * it has lost.
 *
 * @param day the day of the story on which it begins
 */
export async function tellRepoStory(stage: Stage, day: number): Promise<void> {
  stage.say(
    "Another job: permissions of IAM roles that nobody uses. A first plan of two accounts from " +
      "nothing. All of it is new to Groundskeeper, and so nothing goes yet; what would go is shown.",
  );
  await stage.run(`repo plan --account ${account("prod")} --account ${account("data")}`);

  stage.say("A refresh reads all roles into the store, and begins to count the days.");
  await stage.run("repo refresh");
  stage.say("alice knows a role that has work to do once in a quarter only.");
  await stage.run(
    `repo opt-out ${REPORT} --owner alice --reason "it runs once a quarter" ` +
      `--until ${stage.dayAhead(180)}`,
  );

  stage.goTo(day + PROTECT_NEW_DAYS);
  stage.say("What is unused may go now. A diff of each role is written beside the plan.");
  await stage.run("repo plan --out out");
  stage.say("Why would checkout-api lose the right to send messages?");
  await stage.run(`repo explain ${CHECKOUT} sqs:SendMessage`);

  stage.say("Apply reads roles and evidence anew, and does what stands equal in the plan.");
  await stage.run("repo apply --yes --plan out/repo-plan.json");

  stage.say("The checkout does need its queue. It gets back what it had, to the byte.");
  await stage.run(`repo plan --restore 1 --role ${CHECKOUT}`);
  await stage.run(`repo apply --yes --restore 1 --role ${CHECKOUT}`);

  stage.say("What came back is new, and stays. There is nothing left to do.");
  await stage.run("repo report");
}
