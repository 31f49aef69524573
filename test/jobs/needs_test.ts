import assert from "assert";
import denoConfig from "../../deno.json" with { type: "json" };
import { homeRoleKey } from "../../runners/core/needs/needs.ts";
import { policyDocument } from "../../runners/core/needs/policy.ts";
import { roleValues } from "../../runners/core/needs/role_names.ts";
import { JOBS } from "../../runners/jobs.ts";
import { ENDPOINTS } from "../../runners/shell/service_line.ts";
import { AS_DATA } from "../snapshots.ts";
import { SCENES } from "./scene.ts";

const VERBS_OF_ALL = ["plan", "report", "apply", "explain", "history"];

/** The only verbs that ever hold credentials that can change the accounts. */
const WRITING = new Set(["apply", "serve", "canary apply", "clear"]);

for (const [job, { needs }] of SCENES) {
  const names = roleValues({ roles: null, namedRoles: {} }, needs);
  const roles = Object.entries(needs.roles);

  Deno.test(`the service ${job} has a task and a permission set of its own`, () => {
    assert.ok(job in denoConfig.permissions);
    assert.ok(job in denoConfig.tasks);
  });

  Deno.test(`"config check" lets ${job} reach other endpoints of each service that it calls`, () => {
    const known = new Set(ENDPOINTS.map((end) => end.replaceAll("_", "")));
    const called = roles.flatMap(([, { permissions }]) => permissions)
      .map(({ action }) => action.split(":")[0]!.replaceAll("-", "").toUpperCase());
    assert.ok(called.length > 0);
    assert.deepEqual([...new Set(called).difference(known)], []);
  });

  const runs = Object.entries(needs.runs);

  Deno.test(`every verb of ${job} stands in one kind of run`, () => {
    const { verbs = [] } = JOBS.find(({ name }) => name === job)!;
    assert.deepEqual(
      runs.flatMap(([, { verbs }]) => verbs).sort(),
      [...VERBS_OF_ALL, ...verbs.map(({ name }) => name)].sort(),
    );
    // The name of a home role of its own would have it.
    for (const [kind] of runs) assert.match(kind, /^[a-z]+$/);
  });

  Deno.test(`only the verbs of ${job} that change accounts may assume a role that writes`, () => {
    for (const [kind, { verbs, roles }] of runs) {
      const kinds = roles.map((role) => needs.roles[role]?.kind);
      assert.ok(kinds.every((one) => one === "observe" || one === "write"), kind);
      const writing = verbs.filter((verb) => WRITING.has(verb));
      assert.deepEqual(writing, kinds.includes("write") ? verbs : [], kind);
    }
    assert.deepEqual(
      [...new Set(["home", ...runs.flatMap(([, run]) => run.roles)])].sort(),
      roles.map(([name]) => name).sort(),
      "every role is one that a run may assume",
    );
  });

  Deno.test(`runs of ${job} start by a schedule of EventBridge, by hand or as a service`, () => {
    const rate = /^rate\((1 (minute|hour|day)|[2-9]\d* (minutes|hours|days))\)$/;
    for (const [kind, { starts }] of runs) {
      const fields = /^cron\((\S+ \S+ \S+ \S+ \S+ \S+)\)$/.exec(starts)?.[1]?.split(" ");
      assert.ok(fields || rate.test(starts) || ["by hand", "service"].includes(starts), kind);
      // EventBridge: one of the day of the month and the day of the week is "?".
      if (fields) assert.equal([fields[2], fields[4]].filter((one) => one === "?").length, 1);
    }
  });

  Deno.test(`runs of ${job} name each kind of rows once, all of the job's own`, () => {
    for (const [kind, { rows }] of runs) {
      for (const kinds of [rows.reads, rows.writes]) {
        assert.deepEqual(kinds.filter((one) => !/^\w+\/[a-z]+(-[a-z]+)*$/.test(one)), [], kind);
        assert.deepEqual(kinds.filter((one) => !one.startsWith(`${job}/`)), [], kind);
        assert.equal(new Set(kinds).size, kinds.length, kind);
      }
    }
    const writing = (...verbs: string[]) =>
      runs.filter(([, run]) => run.verbs.some((verb) => verbs.includes(verb)))
        .map(([, { rows }]) => rows.writes.length > 0);
    assert.deepEqual(writing("plan", "explain", "history"), [false, false]);
    assert.deepEqual(writing("report", "apply"), [true, true]);
  });

  Deno.test(`the home role of ${job} takes from its queues and publishes to its topics`, () => {
    const reached = (action: string) =>
      needs.roles.home.permissions.filter((one) => one.action === action)
        .flatMap(({ resources = [] }) => resources).sort();
    assert.deepEqual(reached("sqs:ReceiveMessage"), needs.queues.map(({ arn }) => arn).sort());
    assert.deepEqual(
      reached("sns:Publish"),
      [...needs.topics.map(({ arn }) => arn), "{notifyTopics}"].sort(),
    );
  });

  for (const [name, role] of roles) {
    Deno.test(`the role "${name}" of ${job} declares nothing twice, and all with a reason`, () => {
      const said = role.permissions.map(({ why: _why, ...rest }) => JSON.stringify(rest));
      assert.equal(new Set(said).size, said.length);
      for (const { action, why } of role.permissions) {
        assert.match(action, /^[a-z0-9-]+:[A-Z][A-Za-z]+$/);
        assert.ok(why.length > 5, action);
      }
      assert.ok(role.purpose.length > 5);
    });
  }

  Deno.test(`nothing of ${job}'s policies is left to be filled in, whatever the partition`, () => {
    for (const [, role] of roles) {
      const other = { ...names, partition: "aws-cn", notifyTopics: [], ownRoles: [] };
      const policy = JSON.stringify(policyDocument(role, other));
      // What the configuration names has its partition.
      const own = policy.replaceAll(/arn:aws:(sns|iam)::?[^"]*999999999999[^"]*/g, "");
      assert.doesNotMatch(own, /\{\w+\}|arn:aws:/);
    }
  });

  Deno.test(`the runs of ${job} need what they did`, async (t) => {
    const lines = runs.map(([kind, { verbs, roles, starts, rows }]) => [kind, {
      run: `${verbs.join(", ")} as ${roles.join(", ") || "home alone"}: ${starts}`,
      reads: rows.reads.join(" "),
      writes: rows.writes.join(" "),
    }]);
    await t.assertSnapshot(Object.fromEntries(lines), AS_DATA);
  });

  Deno.test(`the policies of ${job}'s roles look as they did`, async (t) => {
    const notifyTopics = ["arn:aws:sns:us-east-1:111111111111:alerts"];
    const values = { ...names, partition: "aws", notifyTopics, ownRoles: [] };
    const homes = Object.entries(needs.homes).map(([kind, role]) =>
      [homeRoleKey(kind), role] as const
    );
    for (const [name, role] of [...roles, ...homes]) {
      await t.step(name, (step) => step.assertSnapshot(policyDocument(role, values), AS_DATA));
    }
  });
}
