import assert from "assert";
import { partsOf } from "../../../runners/core/parts.ts";
import { intentOf } from "../../../runners/core/journal/entry.ts";
import { intentWrites, journalOfTarget } from "../../../runners/core/journal/journal.ts";
import { NO_EXTENSIONS } from "../../../runners/repo/extensions.ts";
import { repoJob } from "../../../runners/repo/job.ts";
import { ManualClock } from "../core/manual_clock.ts";
import { withStore } from "../core/run/store_in_folder.ts";
import { POLICY, policyChange, REMOVAL } from "./change/managed_changes.ts";
import { anAccount, aRole, settings } from "./decide/deciding.ts";

const clock = new ManualClock();
const job = repoJob({ settings: settings(), extensions: () => NO_EXTENSIONS, clock });
const PATH_ROLE = aRole({ name: "app", arn: "arn:aws:iam::111111111111:role/team/app" });

/** The ARNs under which the journal has what was done to a role of an account. */
function targetsOf(subject: string): readonly string[] {
  return job.targetsOf(subject, {
    config: settings(),
    observed: partsOf([anAccount([PATH_ROLE])]),
    earlier: {
      roles: new Map(),
      versions: new Map(),
      optOuts: new Map(),
      schedules: new Map(),
      tracked: new Map(),
    },
    now: clock.now(),
  });
}

Deno.test("the journal is asked for the ARN that the role has, with its path", () => {
  assert.deepEqual(targetsOf("111111111111/app"), [PATH_ROLE.arn]);
  assert.deepEqual(targetsOf("111111111111/app sqs:SendMessage"), [PATH_ROLE.arn]);
  assert.deepEqual(targetsOf("111111111111/other"), []);
  assert.deepEqual(targetsOf("999999999999/app"), []);
});

Deno.test("the change of a managed policy is found under its role, too", async () => {
  const change = policyChange(REMOVAL);
  const run = { job: "repo", runId: "run-1", planId: "", principal: "", toolVersion: "" };
  const entry = intentOf(change, { ...run, now: clock.now() });
  await withStore(async (store) => {
    await store.write(intentWrites(entry, undefined, job.alsoAbout!(change)));
    for (const target of [POLICY, REMOVAL.before.role_arn]) {
      const found = await journalOfTarget(store, "repo", { account: change.account, target });
      assert.deepEqual(found.map(({ change_id }) => change_id), [change.id]);
    }
  });
});
