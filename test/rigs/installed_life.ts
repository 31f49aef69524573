import assert from "assert";
import { CreateTagsCommand, EC2Client, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { setTimeout } from "node:timers/promises";
import { AUDIT_MARK_TAG } from "../../runners/core/contract/names.ts";
import { allowing } from "../aws/seed_roles.ts";
import type { Ran } from "../e2e/command.ts";
import { type Estate, INLINE } from "./installed_estate.ts";
import { Logins } from "./installed_logins.ts";
import { BOT, checkOf, type InstalledWorld, REGION, REPOKID } from "./installed_world.ts";

/** A command, which can be repeated: what it finds to do is made before it each time. */
export type Step = {
  /**
   * Its words; `ROLE` is the role that was made last, `INSTANCE` the instance that reports logins, `RUN`
   * the last run that has stopped an instance.
   */
  readonly command: string;
  /** Makes what it finds to do. */
  readonly before?: () => Promise<unknown>;
  /** Throws an AssertionError unless it is done. */
  readonly after?: () => Promise<unknown>;
};

const OPT_OUT = "repo opt-out ROLE --owner alice --reason jobs --until 2099-01-01";

/** Commands of all kinds of run, each under the home role of its own. */
export class Life {
  /** What breaks the rules: its mark is to be removed, it is marked, it is to be marked. */
  #violators: readonly string[] = [];

  #stopped = "";

  readonly #logins: Logins;

  constructor(private readonly world: InstalledWorld, private readonly estate: Estate) {
    this.#logins = new Logins(world, estate, (command) => this.must(command));
  }

  /** In their order. */
  get steps(): readonly Step[] {
    return [...this.#audit(), ...this.#repo(), ...this.#logins.steps];
  }

  /** Runs a command. */
  async run(command: string): Promise<Ran> {
    return await this.world.run(
      command.replace("ROLE", `${this.world.member}/${this.estate.role}`)
        .replace("INSTANCE", this.estate.web).replace("RUN", this.#stopped),
    );
  }

  /**
   * The same. Throws an Error unless all was done. MiniStack's policies are not quite those that
   * were synthesized, which a check of the roles finds.
   */
  async must(command: string): Promise<void> {
    const { code, stdout, stderr } = await this.run(command);
    if (code !== (command.startsWith("permissions") ? 5 : 0)) {
      throw new Error(`${command}: ${code}\n${stdout}${stderr}`);
    }
  }

  #audit(): Step[] {
    const prove = () => this.#makeCanary();
    const unprove = () => this.#terminateCanary();
    const marked = () => this.estate.tagged(AUDIT_MARK_TAG);
    return [
      { command: "audit plan", before: prove },
      { command: "audit canary plan", before: unprove },
      {
        command: "audit canary apply --yes",
        before: unprove,
        after: async () => assert.deepEqual(Object.values(await this.#canaries()), ["stopped"]),
      },
      { command: "audit report", before: prove },
      {
        command: "audit apply --yes",
        before: () => this.#breakRules(),
        after: async () => {
          const found = await marked();
          assert.deepEqual(this.#violators.map((id) => id in found), [false, true, true]);
        },
      },
      {
        command: `audit apply --yes --region ${REGION}`,
        before: async () => {
          await this.#breakRules();
          // The ladder stops after a second, and counts whole ones.
          await setTimeout(2_000);
        },
        after: async () => assert.equal((await marked())[this.#violators[1]!], "stopped"),
      },
      {
        command: "audit apply --yes --undo-run RUN",
        before: async () => {
          await this.#breakRules();
          await setTimeout(2_000);
          const { stdout } = await this.run(`audit apply --yes --region ${REGION} --json`);
          this.#stopped = (JSON.parse(stdout) as { run_id: string }).run_id;
        },
        after: async () => assert.equal((await marked())[this.#violators[1]!], "running"),
      },
      { command: `audit explain data/${REGION}` },
      { command: "audit history" },
      { command: checkOf("audit") },
    ];
  }

  #repo(): Step[] {
    const { estate } = this;
    const makeRole = () => estate.makeRole();
    const change = async () => {
      await estate.makeRole();
      await this.must("repo apply --yes --role ROLE");
    };
    const isWhole = async () => assert.deepEqual(await estate.inlinePolicies(), INLINE);
    return [
      { command: "repo plan", before: makeRole },
      { command: "repo refresh" },
      { command: "repo schedule --role ROLE" },
      { command: OPT_OUT },
      { command: "repo opt-out ROLE --remove", before: () => this.run(OPT_OUT) },
      {
        command: "repo apply --yes --role ROLE",
        before: makeRole,
        after: async () => {
          assert.deepEqual(await estate.inlinePolicies(), { main: allowing("s3:Put*") });
          assert.equal(await estate.managedVersion(), "v2");
        },
      },
      { command: "repo report" },
      { command: "repo apply --yes --restore 1 --role ROLE", before: change, after: isWhole },
      { command: "repo roles" },
      {
        command: "repo serve --once",
        before: async () => {
          await change();
          const bot = await this.world.iam.assume(this.world.operator, BOT);
          await estate.send(bot, { command: "rollback_role", selection: 1 });
          await estate.send(bot, { command: "reboot" });
          holdUp(this.world, "sns:Publish");
        },
        after: isWhole,
      },
      { command: "repo rejected" },
      { command: checkOf("repo") },
      { command: `repo import-table ${REPOKID}` },
    ];
  }

  async #breakRules(): Promise<void> {
    await this.#makeCanary();
    const violator = { name: "bad", tags: { project: "x" } };
    const marked = await this.estate.launch({ ...violator, count: 2 });
    await this.must("audit apply --yes");
    this.#violators = [...marked, ...await this.estate.launch(violator)];
    const mend = { Resources: marked.slice(0, 1), Tags: [{ Key: "owner", Value: "alice" }] };
    await this.#inMember((ec2) => ec2.send(new CreateTagsCommand(mend)));
  }

  #canaries(): Promise<Record<string, string>> {
    return this.estate.tagged("Name", "api-canary-*");
  }

  async #makeCanary(): Promise<void> {
    const found = Object.values(await this.#canaries());
    if (found.join() !== "stopped") await this.must("audit canary apply --yes");
  }

  async #terminateCanary(): Promise<void> {
    const InstanceIds = Object.keys(await this.#canaries());
    if (InstanceIds.length === 0) return;
    await this.#inMember((ec2) => ec2.send(new TerminateInstancesCommand({ InstanceIds })));
  }

  #inMember<Answer>(work: (ec2: EC2Client) => Promise<Answer>): Promise<Answer> {
    return this.estate.as(EC2Client, this.world.member, work);
  }
}

/** Holds calls of this action up until a message is kept from others. @returns what ends it earlier */
export function holdUp({ aws: { proxy } }: InstalledWorld, slow: string): () => void {
  const kept = Promise.withResolvers<void>();
  const release = () => {
    end();
    kept.resolve();
  };
  const end = proxy.onCall(({ action }) => {
    if (action === slow) return { kind: "delay", ms: 0, beforeForward: () => kept.promise };
    if (action === "sqs:ChangeMessageVisibilityBatch") release();
  });
  return release;
}
