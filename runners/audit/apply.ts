import type { Applier } from "../core/job.ts";
import { instanceIdOf } from "../core/aws/arn.ts";
import { allItems } from "../core/aws/paginate.ts";
import type { Session } from "../core/aws/sessions.ts";
import type { Change } from "../core/plan/change.ts";
import type { AuditConfig } from "./config.ts";
import { managedBy } from "./managed.ts";
import type { Tags } from "./observed.ts";
import { sameTags } from "./proof.ts";
import { relevantKeys, relevantTags } from "./rules.ts";

/** Sets marks in one account and region, under the applying role. */
export async function auditApplier(
  session: Session,
  region: string,
  config: AuditConfig,
): Promise<Applier> {
  const sdk = await import("@aws-sdk/client-ec2");
  const client = session.client(sdk.EC2Client, region);
  return {
    async recheck(changes) {
      const now = new Map((await describe(changes)).map((instance) => [instance.id, instance]));
      const drifted = new Map<string, string>();
      for (const change of changes) {
        const why = drift(change, now.get(instanceIdOf(change.target)), config);
        if (why) drifted.set(change.id, why);
      }
      return drifted;
    },

    async write(change, signal) {
      const Tags = [{ Key: String(change.after["key"]), Value: String(change.after["value"]) }];
      const answer = await client.send(
        new sdk.CreateTagsCommand({ Resources: [instanceIdOf(change.target)], Tags }),
        { abortSignal: signal },
      );
      return answer.$metadata.requestId ?? null;
    },

    async readBack(changes, signal) {
      const Filters = [
        { Name: "resource-id", Values: changes.map(({ target }) => instanceIdOf(target)) },
        { Name: "key", Values: [config.mark] },
      ];
      const tags = await allItems(
        "ec2:DescribeTags",
        (NextToken) =>
          client.send(new sdk.DescribeTagsCommand({ Filters, NextToken }), { abortSignal: signal }),
        (page) => ({ items: page.Tags, next: page.NextToken }),
      );
      const values = new Map(tags.map(({ ResourceId, Value }) => [ResourceId!, Value ?? ""]));
      return new Set(
        changes.filter((change) =>
          values.get(instanceIdOf(change.target)) === change.after["value"]
        )
          .map(({ id }) => id),
      );
    },
  };

  /** By filter, since one unknown id among InstanceIds fails the whole call. */
  async function describe(changes: readonly Change[]): Promise<Described[]> {
    const Filters = [{
      Name: "instance-id",
      Values: changes.map(({ target }) => instanceIdOf(target)),
    }];
    const reservations = await allItems(
      "ec2:DescribeInstances",
      (NextToken) =>
        client.send(new sdk.DescribeInstancesCommand({ Filters, NextToken }), session.reading),
      (page) => ({ items: page.Reservations, next: page.NextToken }),
    );
    return reservations.flatMap(({ Instances }) => Instances ?? []).map((instance) => ({
      id: instance.InstanceId!,
      state: instance.State?.Name ?? "unknown",
      tags: Object.fromEntries((instance.Tags ?? []).map(({ Key, Value }) => [Key!, Value ?? ""])),
      managedBy: managedBy(instance),
    }));
  }
}

interface Described {
  readonly id: string;
  readonly state: string;
  readonly tags: Tags;
  readonly managedBy: readonly string[];
}

/** Why the change no longer stands, or undefined where it does. */
function drift(
  change: Change,
  now: Described | undefined,
  config: AuditConfig,
): string | undefined {
  if (!now) return "The instance is gone";
  const states: readonly string[] = config.states;
  if (!states.includes(now.state)) return `The instance is ${now.state} now`;
  if (config.managed === "report" && now.managedBy.length > 0) {
    return `It is managed by ${now.managedBy.join(", ")} now`;
  }
  const keys = relevantKeys(config);
  return sameTags(relevantTags(now.tags, keys), change.before["tags"] as Tags)
    ? undefined
    : "Its tags have changed since they were read";
}
