import assert from "assert";
import { DeleteTagsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { loginOf, startedSession } from "../e2e/dirty_messages.ts";
import type { Estate } from "./installed_estate.ts";
import { holdUp, type Step } from "./installed_life.ts";
import { checkOf, type InstalledWorld, LOGINS, REGION, WEB } from "./installed_world.ts";

/** Commands about logins to the instance that reports them; `INSTANCE` is its ID. */
export class Logins {
  #release = () => {};

  constructor(
    private readonly world: InstalledWorld,
    private readonly estate: Estate,
    /** Runs a command, all of which must be done. */
    private readonly must: (command: string) => Promise<void>,
  ) {}

  /** In their order. */
  get steps(): readonly Step[] {
    const isMarked = async () => assert.deepEqual(await this.#marked(), [this.estate.web]);
    const isClean = async () => assert.deepEqual(await this.#marked(), []);
    const soil = () => this.#soil();
    return [
      {
        command: "dirty serve --once",
        before: async () => {
          await this.#clean();
          await this.#report();
          await this.#report({ event: "hello" });
          await this.#sendAsInstance("{}");
          const session = JSON.stringify(startedSession(this.#place));
          await this.estate.sendTo(LOGINS.eventsQueueUrl, session);
          this.#release = holdUp(this.world, "ec2:CreateTags");
        },
        after: isMarked,
      },
      { command: "dirty list" },
      { command: "dirty show INSTANCE" },
      { command: "dirty explain INSTANCE", before: soil },
      { command: "dirty history" },
      { command: "dirty plan", before: soil },
      { command: "dirty report", before: soil },
      {
        command: "dirty apply --yes",
        before: async () => {
          await this.#soil();
          await this.#removeTag();
        },
        after: isMarked,
      },
      { command: "dirty verify", before: soil },
      { command: "dirty clear INSTANCE --reason checked --yes", before: soil, after: isClean },
      { command: "dirty rejected" },
      { command: checkOf("dirty") },
    ];
  }

  get #place() {
    return { account: this.world.member, region: REGION, id: this.estate.web };
  }

  async #marked(): Promise<string[]> {
    return Object.keys(await this.estate.tagged("dirty"));
  }

  /** Makes the instance dirty, and tagged. */
  async #soil(): Promise<void> {
    await this.#clean();
    await this.#report();
    await this.must("dirty serve --once");
  }

  async #clean(): Promise<void> {
    // A run that lacks a permission may not have come to what is held up.
    this.#release();
    // What serve was refused it tries again later, and apply at once.
    await this.must("dirty apply --yes");
    await this.must("dirty serve --once");
    if ((await this.#marked()).length === 0) return;
    await this.must("dirty clear INSTANCE --reason again --yes");
  }

  async #report(more = {}): Promise<void> {
    await this.#sendAsInstance(JSON.stringify(loginOf(this.#place, more)));
  }

  /** As EC2 names the sessions of an instance. */
  async #sendAsInstance(body: string): Promise<void> {
    const { iam, operator, member } = this.world;
    const key = await iam.assume(operator, { ...WEB, in: member }, { session: this.estate.web });
    await this.estate.sendTo(LOGINS.queueUrl, body, key);
  }

  async #removeTag(): Promise<void> {
    const remove = { Resources: [this.estate.web], Tags: [{ Key: "dirty" }] };
    await this.estate.as(
      EC2Client,
      this.world.member,
      (ec2) => ec2.send(new DeleteTagsCommand(remove)),
    );
  }
}
