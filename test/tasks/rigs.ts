import { ROOT } from "../architecture/module_graph.ts";
import { DoorsMachine } from "../rigs/doors_machine.ts";
import { missingElasticsearch } from "../rigs/elasticsearch.ts";
import { missingTerraform } from "../rigs/terraform.ts";
import { installInfra, installPackages } from "./install_packages.ts";
import { closeWith, type Counts, runTests } from "./run_tests.ts";

/** A set of tests against a real third-party program. */
interface Rig {
  readonly name: string;
  readonly files: readonly string[];
  /** The programs that must be there, each with the Debian package that brings it. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Says what else is missing, which nothing here can install. */
  readonly missing?: () => string | undefined;
  /** Its files wait more than they work, and run side by side. */
  readonly parallel?: boolean;
}

const DOORS_PROGRAMS = {
  "/usr/sbin/sshd": "openssh-server",
  "/usr/bin/systemd-tmpfiles": "systemd",
};

const RIGS: readonly Rig[] = [
  {
    name: "MiniStack",
    files: [
      "ministack_test.ts",
      "installed_trust_rig_test.ts",
      "installed_bounds_rig_test.ts",
      "installed_runs_rig_test.ts",
    ],
  },
  {
    name: "Chromium",
    files: ["page_rig_test.ts"],
    programs: { "/usr/bin/chromium": "chromium" },
  },
  {
    name: "SMTP",
    files: ["smtp_rig_test.ts"],
    programs: { "/usr/bin/openssl": "openssl" },
  },
  {
    name: "jq",
    files: ["recount_rig_test.ts"],
    programs: { "/usr/bin/jq": "jq" },
  },
  {
    name: "systemd",
    files: ["systemd_rig_test.ts"],
    programs: { "/usr/bin/systemd-analyze": "systemd" },
  },
  {
    name: "sshd with PAM",
    files: [
      "doors_machine_rig_test.ts",
      "doors_rig_test.ts",
      "doors_failures_rig_test.ts",
      "doors_hostile_rig_test.ts",
      "doors_cut_rig_test.ts",
      "doors_delay_rig_test.ts",
    ],
    programs: DOORS_PROGRAMS,
    missing: () => DoorsMachine.missing(),
  },
  {
    // With servers of their own, so that neither is to blame for the other.
    name: "sshd with PAM, in sequences",
    files: ["doors_sequences_rig_test.ts"],
    programs: DOORS_PROGRAMS,
    missing: () => DoorsMachine.missing(),
  },
  {
    name: "systemd with the client",
    files: ["client_units_rig_test.ts"],
    programs: { "/usr/bin/systemd-analyze": "systemd" },
    missing: () => DoorsMachine.missing(),
  },
  {
    name: "Terraform",
    files: [
      "terraform_organization_rig_test.ts",
      "terraform_account_rig_test.ts",
      "terraform_logins_rig_test.ts",
      "terraform_stacks_rig_test.ts",
    ],
    missing: missingTerraform,
    parallel: true,
  },
  {
    name: "Elasticsearch 9",
    files: ["elasticsearch_rig_test.ts", "kibana_queries_rig_test.ts"],
    programs: { "/usr/bin/mvn": "maven" },
    missing: () => missingElasticsearch("9.5.3"),
  },
  {
    // Maven brings the Java that it runs on.
    name: "Elasticsearch 8",
    files: ["elasticsearch_8_rig_test.ts", "elasticsearch_tls_rig_test.ts"],
    programs: { "/usr/bin/mvn": "maven", "/usr/bin/openssl": "openssl" },
  },
  { name: "CDKTF", files: ["cdktn_rig_test.ts"] },
  { name: "ECS", files: ["ecs_rig_test.ts"] },
  { name: "cfn-lint", files: ["cfn_lint_rig_test.ts"] },
];

const CONFIG = "test/rigs/deno.json";

/**
 * `deno task test:rigs [--install]`: with `--install` or CI=true it installs what it can, which
 * changes the machine; otherwise it uses what is there, and says by name what it left out.
 */
async function main(args: readonly string[]): Promise<number> {
  const mayInstall = args.includes("--install") || Deno.env.get("CI") === "true";
  const files = RIGS.flatMap((rig) => rig.files.map((file) => `test/rigs/${file}`));
  // The rigs' own lock: none of it is needed by anybody who only uses the program.
  await installPackages(CONFIG, files);
  await installInfra();
  await run(Deno.execPath(), "check", "-q", `--config=${CONFIG}`, ...files);
  let counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const rig of RIGS) {
    const absent = rig.missing?.();
    const missing = absent ?? await provide(rig, mayInstall);
    if (missing) {
      console.log(`SKIPPED ${rig.name}: ${missing}`);
      // What could be installed and was not is a failure where everything is to be tried.
      counts = mayInstall && absent === undefined
        ? { ...counts, failed: counts.failed + 1 }
        : { ...counts, skipped: counts.skipped + rig.files.length };
      continue;
    }
    const own = await runTests({
      paths: rig.files.map((file) => `test/rigs/${file}`),
      flags: [`--config=${CONFIG}`, ...rig.parallel ? ["--parallel"] : []],
    });
    counts = {
      passed: counts.passed + own.passed,
      failed: counts.failed + own.failed,
      skipped: counts.skipped + own.skipped,
    };
  }
  return closeWith(counts);
}

/** Makes sure that a rig's programs are there. @returns why one is not, if so */
async function provide({ programs = {} }: Rig, mayInstall: boolean): Promise<string | undefined> {
  for (const [program, debianPackage] of Object.entries(programs)) {
    if (await exists(program)) continue;
    if (!mayInstall) return `${program} is not installed; --install installs it`;
    try {
      await run("apt-get", "-qq", "update");
      await run("apt-get", "-qq", "-y", "install", "--no-install-recommends", debianPackage);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return `${debianPackage} could not be installed: ${error.message}`;
    }
    if (!await exists(program)) return `${debianPackage} did not bring ${program}`;
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, (error: unknown) => {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  });
}

async function run(program: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, {
    args,
    cwd: ROOT,
    env: { DEBIAN_FRONTEND: "noninteractive" },
  }).output();
  if (!success) throw new Error(`${args[0]} failed: ${new TextDecoder().decode(stderr).trim()}`);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
