import assert from "assert";
import { ConfigError } from "../../../runners/core/errors.ts";
import { checkConfig } from "../../../runners/core/config/config.ts";
import { JOBS } from "../../../runners/jobs.ts";
import { askedBy } from "../../../runners/repo/flags.ts";
import { rewritePolicy } from "../../../runners/repo/library/rewrite_policy.ts";
import { parseSubject } from "../../../runners/repo/present/explain_subject.ts";
import { deniedActions } from "../../../runners/repo/watch/denial.ts";
import type { ObservedDenial } from "../../../runners/repo/observed.ts";

/** The one action of the catalogue with a hyphen in its own name. */
const HYPHEN = "vpc-lattice:AssociateViaAWSService-EventsAndStates";
const now = new Date("2026-11-20T00:00:00Z");

const checked = (pinned: readonly string[]) =>
  checkConfig(JOBS, { version: 1, repo: { pinned } }, "groundskeeper.json", now);

Deno.test("an action with a hyphen is taken by --remove, the configuration, explain, the library and CloudTrail", async () => {
  const { remove } = await askedBy({ remove: [HYPHEN.toUpperCase()] }, () => []);
  assert.deepEqual(remove, [HYPHEN]);
  checked([HYPHEN]);
  assert.equal(parseSubject(`111111111111/app ${HYPHEN}`).action, HYPHEN);
  const text = JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: [HYPHEN, "s3:GetObject"], Resource: "*" },
  });
  const rewritten = rewritePolicy(text, [HYPHEN]);
  assert.ok(rewritten.status === "rewritten");
  assert.deepEqual(rewritten.removed, [HYPHEN]);
  const message = `User: x is not authorized to perform: ${HYPHEN} on resource: *`;
  assert.deepEqual(deniedActions({ source: "", name: "", message } as ObservedDenial), [
    HYPHEN.toLowerCase(),
  ]);
});

Deno.test("a pinned action that is none is refused with its path and with what is wrong", () => {
  assert.throws(() => checked(["iam:PassRole", "s3.GetObject"]), (error: unknown) => {
    assert.ok(error instanceof ConfigError);
    assert.match(
      error.message,
      /repo\.pinned\[1\] must be an action .* it has ".", which no action has/,
    );
    return true;
  });
});
