import { demoWorld } from "../aws/demo_world.ts";
import type { Stage } from "./stage.ts";

const account = (name: string) => demoWorld.accounts.find((one) => one.name === name)!.id;
const CHECKOUT = `${account("prod")}/checkout-api`;
const REPORT = `${account("data")}/quarterly-report`;

/** How long a permission stays after it was first seen, and a day. */
const PROTECT_NEW_DAYS = 15;

/**
 * Fifteen days of the job `repo`: from a first plan of two accounts to a role that gets its
 * permissions back.
 *
 * @param day the day of the story on which it begins
 */
export async function tellRepoStory(stage: Stage, day: number): Promise<void> {
  await stage.say(
    "The job repo removes permissions that nobody uses. This is a first plan of two accounts. All " +
      "permissions are new to Groundskeeper, so it keeps them for now and shows what it would remove.",
  );
  await stage.run(`repo plan --account ${account("prod")} --account ${account("data")}`, {
    show: [/^Would remove/, /^New/],
    lines: 10,
  });

  await stage.say("A refresh reads all roles into the store. From now on the days count.");
  await stage.run("repo refresh", { show: [/^Refreshed/] });
  await stage.say("alice knows a role that works only once a quarter.");
  await stage.run(
    `repo opt-out ${REPORT} --owner alice --reason "it runs once a quarter" ` +
      `--until ${stage.dayAhead(180)}`,
  );

  stage.goTo(day + PROTECT_NEW_DAYS);
  await stage.say(
    "Unused permissions may be removed now. Beside the plan there is a diff of each role.",
  );
  await stage.run("repo plan --out out", { show: [/^Would lose/, /^Nothing was/] });
  await stage.say("Why would checkout-api lose the right to send messages?");
  await stage.run(`repo explain ${CHECKOUT} sqs:SendMessage`, { show: [/verdict/] });

  await stage.say(
    "Apply reads roles and evidence again. It makes a change only if the plan file has the same one.",
  );
  await stage.run("repo apply --yes --plan out/repo-plan.json", { show: [/^Done/], lines: 3 });

  await stage.say(
    "The checkout needs its queue after all. The restore writes its old policy back, byte by byte.",
  );
  await stage.run(`repo plan --restore 1 --role ${CHECKOUT}`, { show: [/inline policy "app"/] });
  await stage.run(`repo apply --yes --restore 1 --role ${CHECKOUT}`, { show: [/^Done/] });

  await stage.say("Restored permissions count as new, so they stay. There is nothing left to do.");
  await stage.run("repo report", { show: [/^Would change/, /^New/], lines: 4 });
}
