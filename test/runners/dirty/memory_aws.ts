import {
  CreateTagsCommand,
  DescribeInstancesCommand,
  DescribeRegionsCommand,
} from "@aws-sdk/client-ec2";
import { GetInstanceProfileCommand } from "@aws-sdk/client-iam";
import type { Session } from "../../../runners/core/aws/session.ts";
import type { InstanceName } from "../../../runners/core/contract/login.ts";
import type { Settling } from "../../../runners/dirty/settle/settling.ts";

/** A call that the job makes in an account. */
export type MemoryCall = {
  readonly account: string;
  readonly region: string;
  readonly action:
    | "sts:AssumeRole"
    | "ec2:DescribeRegions"
    | "ec2:DescribeInstances"
    | "iam:GetInstanceProfile"
    | "ec2:CreateTags";
  /** The role that is assumed, or acts. */
  readonly role: "observe" | "mark";
  /** The instances that it names. */
  readonly ids: readonly string[];
};

/** What goes wrong with a call, or what is done before it. */
type Fault = (call: MemoryCall) => Error | void | Promise<Error | void>;

type MemoryInstance = InstanceName & { state: string; mark: string | null };

/** An error of AWS, as the SDK throws it. */
export function awsError(name: string, message: string = name): Error {
  return Object.assign(new Error(message), { name });
}

/**
 * The calls by which the job settles what is open, on instances in memory: for tests that make tens
 * of thousands of calls, or hold one in its middle. `test/e2e` makes the same calls to moto.
 */
export class MemoryAws {
  readonly instances: Map<string, MemoryInstance>;
  readonly calls: MemoryCall[] = [];
  /** The Regions that each account has enabled. */
  readonly regions = ["us-east-1", "eu-west-1", "ap-south-1"];
  /** Asked before a call has its effect. An error is thrown in place of that. */
  before: Fault = () => {};
  /** Asked after the effect. An error is thrown in place of the answer. */
  after: Fault = () => {};

  constructor(instances: readonly InstanceName[]) {
    this.instances = new Map(
      instances.map((one) => [one.id, { ...one, state: "running", mark: null }]),
    );
  }

  /** The ID of the role in the profile of an account's instances; empty: there is none in it. */
  roleId(account: string): string {
    return `AROAPROFILE${account}`;
  }

  readonly session: Settling["session"] = async (account, role) => {
    const of = { account, role };
    await this.#call({ ...of, region: "", action: "sts:AssumeRole", ids: [] }, () => {});
    return {
      account,
      partition: "aws",
      region: "us-east-1",
      role: `dirty-${role}`,
      principal: "",
      reading: { abortSignal: new AbortController().signal },
      client: <Client>(_: unknown, region: string) =>
        ({ send: (command: object) => this.#send(command, { ...of, region }) }) as Client,
    } satisfies Session;
  };

  async #send(command: object, of: Pick<MemoryCall, "account" | "role" | "region">) {
    const here = (id: string) => {
      const one = this.instances.get(id);
      return one?.account === of.account && one.region === of.region ? one : undefined;
    };
    if (command instanceof DescribeInstancesCommand) {
      const ids = command.input.Filters?.[0]?.Values ?? [...this.instances.keys()];
      const call = { ...of, action: "ec2:DescribeInstances", ids } as const;
      return await this.#call(call, () => {
        const Instances = ids.map(here).filter((one) => one !== undefined).map(described);
        return { Reservations: [{ Instances }] };
      });
    }
    if (command instanceof DescribeRegionsCommand) {
      return await this.#call({ ...of, action: "ec2:DescribeRegions", ids: [] }, () => (
        { Regions: this.regions.map((RegionName) => ({ RegionName })) }
      ));
    }
    if (command instanceof GetInstanceProfileCommand) {
      const call = { ...of, action: "iam:GetInstanceProfile", ids: [] } as const;
      const RoleId = this.roleId(of.account);
      const Roles = RoleId === "" ? [] : [{ RoleId }];
      return await this.#call(call, () => (
        { InstanceProfile: { Arn: profileArn(of.account), Roles } }
      ));
    }
    if (command instanceof CreateTagsCommand) {
      const { Resources: ids = [], Tags = [] } = command.input;
      return await this.#call({ ...of, action: "ec2:CreateTags", ids }, () => {
        const unknown = ids.find((id) => !here(id));
        if (unknown) throw awsError("InvalidInstanceID.NotFound", `There is no ${unknown}`);
        for (const id of ids) here(id)!.mark = Tags[0]!.Value!;
        return {};
      });
    }
    throw new Error(`The memory knows no ${command.constructor.name}`);
  }

  async #call<Answer>(call: MemoryCall, effect: () => Answer): Promise<Answer> {
    this.calls.push(call);
    const early = await this.before(call);
    if (early) throw early;
    const answer = effect();
    const late = await this.after(call);
    if (late) throw late;
    return answer;
  }
}

function profileArn(account: string): string {
  return `arn:aws:iam::${account}:instance-profile/web`;
}

function described({ id, account, state, mark }: MemoryInstance) {
  return {
    InstanceId: id,
    State: { Name: state },
    LaunchTime: new Date("2026-11-20T12:00:00Z"),
    IamInstanceProfile: { Arn: profileArn(account) },
    Tags: mark === null ? [] : [{ Key: "dirty", Value: mark }],
  };
}
