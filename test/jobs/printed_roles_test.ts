import assert from "assert";
import { JOBS } from "../../runners/jobs.ts";
import { inProcess, type RunHere } from "../e2e/in_process.ts";

/** A role that the job's own settings name, too. */
const blocklist_bucket = {
  bucket: "lists",
  key: "repo.json",
  account_number: "999999999999",
  assume_role: "ListReader",
};
const PARTS = {
  audit: { required: [{ key: "owner" }] },
  repo: { filters: ["blocklist"], filterConfig: { blocklist: { blocklist_bucket } } },
};

type Printed = {
  readonly role: string;
  readonly policy: {
    readonly Statement: readonly {
      readonly Effect: string;
      readonly Action: readonly string[];
      readonly Resource: readonly string[];
    }[];
  };
};

/** Runs the program where such a configuration is. */
async function withConfig(part: object, work: (run: RunHere) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    const config = JSON.stringify({ version: 1, ...PARTS, ...part });
    await Deno.writeTextFile(`${directory}/groundskeeper.json`, config);
    await inProcess({ aws: { environment: {} }, directory }, work);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function printed(run: RunHere, job: string): Promise<readonly Printed[]> {
  const { code, stdout, stderr } = await run(`permissions ${job}`);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

/** The roles that a policy names, without the `*` of any path; patterns of many roles are none. */
function rolesIn({ policy }: Printed, effect: "Allow" | "Deny"): string[] {
  const arns = policy.Statement.filter((one) => one.Effect === effect)
    .flatMap(({ Resource }) => Resource);
  const names = arns.flatMap((arn) => /^arn:[^:]+:iam::[^:]*:role\/(.*)$/.exec(arn)?.[1] ?? []);
  return [...new Set(names.map((name) => name.replace(/^\*\//, "")))]
    .filter((name) => !name.includes("*")).sort();
}

/** The roles of jobs and reports, as the program names them without a word of their names. */
const ROLES = {
  audit: ["home", "observe", "apply", "canary"],
  dirty: ["home", "observe", "mark", "clear"],
  repo: ["home", "observe", "apply"],
  reports: ["home"],
};
const roles = Object.entries(ROLES)
  .flatMap(([job, names]) => names.map((role) => ({ job, role, key: `${job}-${role}` })));

const CASES: readonly {
  readonly title: string;
  readonly organization: object;
  readonly nameOf: (job: string, role: string) => string;
  readonly blocklist: string;
}[] = [
  {
    title: "by a pattern",
    organization: { roles: "acme-{job}-{role}" },
    nameOf: (job, role) => `acme-${job}-${role}`,
    blocklist: "ListReader",
  },
  {
    title: "one by one, with paths",
    organization: {
      roles: "acme-{job}-{role}",
      namedRoles: {
        ...Object.fromEntries(
          roles.map(({ job, role, key }) => [key, `ops/${job}/${role.toUpperCase()}`]),
        ),
        "repo-blocklist": "lists/Reader",
      },
    },
    nameOf: (job, role) => `ops/${job}/${role.toUpperCase()}`,
    blocklist: "lists/Reader",
  },
  {
    title: "by a pattern, with a home role that is assumed first",
    organization: {
      roles: "acme-{job}-{role}",
      homeRole: "arn:aws-us-gov:iam::999999999999:role/ops/hub",
    },
    nameOf: (job, role) => role === "home" ? "ops/hub" : `acme-${job}-${role}`,
    blocklist: "ListReader",
  },
];

for (const { title, organization, nameOf, blocklist } of CASES) {
  Deno.test(`printed policies name the roles that are called ${title}, and no other`, () =>
    withConfig({ organization }, async (run) => {
      const withoutPath = (name: string) => name.slice(name.lastIndexOf("/") + 1);
      for (const { name: job } of JOBS) {
        const documents = await printed(run, job);
        const own = [
          ...roles.filter((one) => one.job === job).map(({ role }) => nameOf(job, role)),
          ...(job === "repo" ? [blocklist] : []),
        ];
        assert.deepEqual(documents.map(({ role }) => role), own);
        const [home, ...others] = documents;
        assert.deepEqual(rolesIn(home!, "Allow"), own.slice(1).sort());
        // The observing role reads the roles of its job, and no other of them names any.
        const [observe, ...writing] = others;
        const read = rolesIn(observe!, "Allow");
        assert.deepEqual(own.slice(1).filter((name) => !read.includes(name)), []);
        for (const one of writing) assert.deepEqual(rolesIn(one, "Allow"), []);
        assert.doesNotMatch(JSON.stringify(documents), /groundskeeper-[a-z]+-[a-z]/);
      }
      const writing = (await printed(run, "repo"))[2]!;
      const denied = rolesIn(writing, "Deny");
      const all = [...roles.map(({ job, role }) => nameOf(job, role)), blocklist].map(withoutPath);
      assert.deepEqual(all.filter((name) => !denied.includes(name)), []);
    }));
}

Deno.test("roles that nothing names are printed as they are proposed", () =>
  withConfig({}, async (run) => {
    const [home, observe] = await printed(run, "repo");
    assert.deepEqual([home!.role, observe!.role], [
      "groundskeeper-repo-home",
      "groundskeeper-repo-observe",
    ]);
  }));

const STORE = { kind: "dynamodb", region: "eu-central-1", table: "grounds" };

Deno.test("a store in DynamoDB is told by config check, and its table is in the home role alone", () =>
  withConfig({ store: STORE }, async (run) => {
    const { stdout } = await run("config check");
    assert.match(stdout, /store +DynamoDB table grounds in eu-central-1\n/);
    assert.match(stdout, /--allow-write=\S+\/out \\\n/);
    for (const { name: job } of JOBS) {
      const [home, ...others] = await printed(run, job);
      const table = "arn:aws:dynamodb:eu-central-1:*:table/grounds";
      const actions = home!.policy.Statement.filter(({ Resource }) => Resource.includes(table))
        .flatMap(({ Action }) => Action);
      assert.ok(actions.includes("dynamodb:Query") && actions.includes("dynamodb:PutItem"));
      assert.doesNotMatch(JSON.stringify(others), /dynamodb:/);
    }
  }));

Deno.test("a store in a file asks for nothing in AWS", () =>
  withConfig({}, async (run) => {
    assert.deepEqual(await printed(run, "reports"), []);
    assert.doesNotMatch(JSON.stringify(await printed(run, "audit")), /dynamodb:/);
    assert.match((await run("config check")).stdout, /store +groundskeeper\.db\n/);
  }));

const REPORTS = {
  elasticsearch: { node: "https://es.example" },
  mail: { smtp: { host: "localhost" }, from: "a@example.com", fallback: "b@example.com" },
};

Deno.test("the roles of the reports are printed as far as their servers need them", () =>
  withConfig({ store: STORE, reports: REPORTS }, async (run) => {
    const [home, ...others] = await printed(run, "reports");
    assert.deepEqual([home!.role, others], ["groundskeeper-reports-home", []]);
    for (const [role, reads] of [["digest", "audit/run"], ["replay", "audit/publication"]]) {
      const { stdout } = await run(`permissions reports --role home-${role}`);
      assert.match(stdout, new RegExp(`"${reads}"`), role);
      assert.doesNotMatch(stdout, /sts:|organizations:|sns:/);
    }
  }));

const REFUSED: readonly (readonly [args: string, part: object, says: RegExp])[] = [
  ["reports --check", { reports: REPORTS }, /have no role in the accounts that --check could ask/],
  [
    "reports --role home",
    { reports: REPORTS },
    /reports has no role \\"home\\"\. Roles: none, with/,
  ],
  ["reports --role home", { store: STORE }, /Roles: none, with this configuration/],
  ["reports --role home-digest", {
    store: STORE,
    reports: { elasticsearch: REPORTS.elasticsearch },
  }, /Roles: home, home-replay/],
  ["garden", {}, /There is no job \\"garden\\"\. Jobs: audit, dirty, repo, reports/],
];

for (const [args, part, says] of REFUSED) {
  Deno.test(`permissions ${args} is exit 2: ${says.source}`, () =>
    withConfig(part, async (run) => {
      const { code, stderr } = await run(`permissions ${args}`);
      assert.equal(code, 2);
      assert.match(stderr, says);
    }));
}
