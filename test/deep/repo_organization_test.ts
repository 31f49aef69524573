import assert from "assert";
import { GetAccountAuthorizationDetailsCommand, IAMClient } from "@aws-sdk/client-iam";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import type { LocalAws } from "../aws/local_aws.ts";
import { isWrite } from "../aws/is_write.ts";
import { clientConfig } from "../aws/seed.ts";
import type { RestoredRun } from "../../runners/repo/present/names.ts";
import { type RepoWorld, repoWorld } from "../e2e/repo_world.ts";
import { isCutShort, type OrganizationRole, organizationRoles } from "./organization_roles.ts";

const ACCOUNTS = 3;
const ROLES = organizationRoles(100);
/** So many roles are brought back one by one; the others with the run that has changed them. */
const SINGLE = 6;

Deno.test("three hundred roles of three accounts lose what they do not use, once, and get it back byte for byte", async () => {
  await using world = await repoWorld({
    accounts: ACCOUNTS,
    roles: ROLES.map(({ seed }) => seed),
    ownRoles: true,
  });
  const { proxy } = world.aws;
  const before = await everyPolicy(world);
  const ends = [
    proxy.page({ match: { action: "iam:GetAccountAuthorizationDetails" }, size: 7 }),
    proxy.page({ match: { action: "iam:ListRolePolicies" }, size: 1 }),
    slowReports(world),
  ];
  cutReports(world.aws, ROLES.filter(isCutShort));
  proxy.clearCalls();

  const { code, stdout, stderr } = await world.run("repo refresh");
  assert.equal(code, 0, stdout + stderr);
  const planned = await world.json<PlanDocument>("repo plan");
  assert.deepEqual(fatesOf(planned), wantedFates(world));
  assert.equal(planned.refused, null);
  assert.deepEqual(proxy.calls.filter(isWrite), [], "refresh and plan write nothing");

  const run = await world.json<RunDocument>("repo apply --yes");
  assert.deepEqual(new Set(run.changes.map(({ outcome }) => outcome)), new Set(["done"]));
  assert.deepEqual(targets(run), targets(planned));
  const after = await everyPolicy(world);
  assert.deepEqual(differing(before, after), targets(run));

  proxy.clearCalls();
  const second = await world.json<PlanDocument>("repo plan");
  assert.deepEqual(second.changes, []);
  const refreshed = await world.run("repo refresh");
  assert.equal(refreshed.code, 0, refreshed.stderr);
  assert.deepEqual(proxy.calls.filter(isWrite), []);

  // What is slow has been shown; here it would only take its time, once for each role.
  for (const end of ends) end();
  await restoreAll(world, run);
  assert.deepEqual(await everyPolicy(world), before);
});

async function restoreAll(world: RepoWorld, { run_id, changes }: RunDocument): Promise<void> {
  const arns = targets({ changes });
  const single = arns.slice(0, SINGLE);
  const check = (ran: { code: number; stdout: string; stderr: string }, of: readonly string[]) => {
    assert.equal(ran.code, 0, `${of.join()}: ${ran.stdout}${ran.stderr}`);
    const run = JSON.parse(ran.stdout) as RunDocument & { restore_run?: RestoredRun };
    assert.deepEqual(targets(run), of);
    assert.deepEqual(new Set(run.changes.map(({ outcome }) => outcome)), new Set(["done"]));
    return run;
  };
  for (const arn of single) {
    check(await world.run(`repo apply --yes --restore 1 --role ${arn} --json`), [arn]);
  }
  const restored = check(
    await world.run(`repo apply --yes --restore-run ${run_id} --json`),
    arns.slice(SINGLE),
  );
  assert.deepEqual(restored.restore_run, { run_id, changed: arns, restored_already: single });
}

function targets({ changes }: Pick<PlanDocument, "changes">): string[] {
  return changes.map(({ target }) => target).sort();
}

/** What a plan says that becomes of each role. */
function fatesOf({ changes, spared }: PlanDocument): Record<string, string> {
  return Object.fromEntries([
    ...changes.map(({ target }) => [target, "changed"] as const),
    ...spared.filter(({ target }) => !target.includes("/groundskeeper-"))
      .map(({ target, reason }) => [target, reason] as const),
  ].sort());
}

function wantedFates({ accounts }: RepoWorld): Record<string, string> {
  return Object.fromEntries(
    accounts.flatMap((account) =>
      ROLES.filter(({ fate }) => fate !== "kept").map(({ seed, fate }) =>
        [arnOf(account, seed), fate] as const
      )
    ).sort(),
  );
}

function arnOf(account: string, { name, path = "/" }: OrganizationRole["seed"]): string {
  return `arn:aws:iam::${account}:role${path}${name}`;
}

/**
 * Every report comes in pages of two services, and one of seven is in progress twice.
 *
 * @returns what ends it
 */
function slowReports({ aws: { proxy: { lastAccessed } }, accounts }: RepoWorld): () => void {
  const behave = (page: number, pending: number) => {
    lastAccessed.behave("everywhere", { page });
    for (const account of accounts) {
      for (const { name } of ROLES.filter((_, index) => index % 7 === 0)) {
        lastAccessed.behave({ account, role: name }, { page, pending });
      }
    }
  };
  behave(2, 2);
  return () => behave(1000, 0);
}

/** Of the reports of these roles, no page says where the next one is. */
function cutReports({ proxy }: LocalAws, roles: readonly OrganizationRole[]): void {
  const names = new Set(roles.map(({ name }) => name));
  const jobs = new Set<string>();
  proxy.rewrite({
    appliesTo: ({ action, parameters }) =>
      action === "iam:GenerateServiceLastAccessedDetails" &&
      names.has(parameters["Arn"]!.split("/").at(-1)!),
    rewrite: (xml) => {
      jobs.add(/<JobId>([^<]*)/.exec(xml)![1]!);
      return xml;
    },
  });
  proxy.rewrite({
    appliesTo: ({ action, parameters }) =>
      action === "iam:GetServiceLastAccessedDetails" && jobs.has(parameters["JobId"]!),
    rewrite: (xml) => xml.replace(/<Marker>[^<]*<\/Marker>/, ""),
  });
}

type Policies = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The very texts of all inline policies, by the ARNs of their roles. */
async function everyPolicy({ aws, accounts }: RepoWorld): Promise<Policies> {
  const found: Record<string, Record<string, string>> = {};
  for (const account of accounts) {
    const iam = new IAMClient(clientConfig(aws.endpoint, account));
    let Marker: string | undefined;
    do {
      const page = await iam.send(
        new GetAccountAuthorizationDetailsCommand({ Filter: ["Role"], Marker, MaxItems: 1000 }),
      );
      for (const { Arn, RolePolicyList = [] } of page.RoleDetailList ?? []) {
        found[Arn!] = Object.fromEntries(
          RolePolicyList.map(({ PolicyName, PolicyDocument }) =>
            [PolicyName!, decodeURIComponent(PolicyDocument!)] as const
          ).sort(),
        );
      }
      Marker = page.Marker;
    } while (Marker !== undefined);
    iam.destroy();
  }
  assert.equal(Object.keys(found).length, ACCOUNTS * (ROLES.length + 2));
  return found;
}

/** The roles whose policies are others. */
function differing(before: Policies, after: Policies): string[] {
  return Object.keys(before)
    .filter((arn) => JSON.stringify(before[arn]) !== JSON.stringify(after[arn])).sort();
}
