import type { EC2Client } from "@aws-sdk/client-ec2";
import type { Applier } from "../../core/job.ts";
import { instanceIdOf } from "../../core/aws/arn.ts";
import { allItems } from "../../core/aws/paginate.ts";
import type { Session } from "../../core/aws/session.ts";
import type { AuditChange } from "./audit_change.ts";
import type { AuditConfig } from "../config.ts";
import { drift } from "./drift.ts";
import { GONE_STATES, type ObservedInstance, type Protection } from "../observed.ts";
import { PROTECTION_ATTRIBUTES } from "./protection.ts";
import { onceEach, readInstance } from "../read_instances.ts";
import { readTags, tagOf, tagsById } from "../tags.ts";

/** Makes the audit's changes in one account and region. */
export async function auditApplier(
  session: Session,
  region: string,
  config: AuditConfig,
): Promise<Applier<AuditChange>> {
  const sdk = await import("@aws-sdk/client-ec2");
  const client: EC2Client = session.client(sdk.EC2Client, region);
  return { recheck, write, takeBack, readBack };

  async function recheck(changes: readonly AuditChange[]): Promise<ReadonlyMap<string, string>> {
    const [instances, tags] = await Promise.all([
      describe(changes, session.reading.abortSignal),
      describeTags(changes, session.reading.abortSignal),
    ]);
    const now = new Map(instances.map((instance) => [instance.id, instance]));
    const drifted = new Map<string, string>();
    for (const change of changes) {
      const id = instanceIdOf(change.target);
      const instance = now.get(id);
      const second = tags.get(id);
      const doubt = instance?.doubt ?? second?.doubt;
      const seen = instance && {
        ...instance,
        secondTags: second?.tags ?? {},
        ...(doubt ? { doubt } : {}),
      };
      const why = drift(change, seen, config);
      if (why) drifted.set(change.id, why);
    }
    return drifted;
  }

  async function write(
    changes: readonly AuditChange[],
    signal: AbortSignal,
  ): Promise<string | null> {
    const [change] = changes as [AuditChange];
    const InstanceIds = changes.map(({ target }) => instanceIdOf(target));
    const Resources = InstanceIds;
    const options = { abortSignal: signal };
    const send = async () => {
      switch (change.kind) {
        case "mark":
        case "stamp": {
          const { key: Key, value: Value } = change.after;
          const Tags = [{ Key, Value }];
          return await client.send(new sdk.CreateTagsCommand({ Resources, Tags }), options);
        }
        case "unmark": {
          // With its value, so that a tag that somebody has just set in its place stays.
          const { key: Key } = change.after;
          const Tags = [{ Key, Value: tagOf(change.before.tags, Key) }];
          return await client.send(new sdk.DeleteTagsCommand({ Resources, Tags }), options);
        }
        case "stop":
          return await client.send(new sdk.StopInstancesCommand({ InstanceIds }), options);
        case "terminate":
          for (const one of changes) {
            await setProtections(one.target, liftedBy(one), false, signal);
          }
          return await client.send(new sdk.TerminateInstancesCommand({ InstanceIds }), options);
        case "restore":
          return await setProtections(change.target, change.after.protection, true, signal);
      }
    };
    return (await send()).$metadata.requestId ?? null;
  }

  async function takeBack(change: AuditChange, signal: AbortSignal): Promise<void> {
    await setProtections(change.target, liftedBy(change), true, signal);
  }

  /** Sets the protections of the kinds that are given. Answers what AWS said last. */
  async function setProtections(
    target: string,
    protection: Protection | undefined,
    value: boolean,
    signal: AbortSignal,
  ) {
    let answer: { $metadata: { requestId?: string | undefined } } = { $metadata: {} };
    for (const kind of ["termination", "stop"] as const) {
      if (protection?.[kind]) answer = await setProtection(target, kind, value, signal);
    }
    return answer;
  }

  async function setProtection(
    target: string,
    kind: keyof Protection,
    Value: boolean,
    signal: AbortSignal,
  ) {
    const attribute = PROTECTION_ATTRIBUTES[kind];
    const name = attribute === "disableApiStop" ? "DisableApiStop" : "DisableApiTermination";
    return await client.send(
      new sdk.ModifyInstanceAttributeCommand({
        InstanceId: instanceIdOf(target),
        [name]: { Value },
      }),
      { abortSignal: signal },
    );
  }

  async function readBack(
    changes: readonly AuditChange[],
    signal: AbortSignal,
  ): Promise<ReadonlySet<string>> {
    const seen = await effectsOf(changes, signal);
    return new Set(changes.filter(seen).map(({ id }) => id));
  }

  async function effectsOf(
    changes: readonly AuditChange[],
    signal: AbortSignal,
  ): Promise<(change: AuditChange) => boolean> {
    const [first] = changes as [AuditChange];
    switch (first.kind) {
      case "stop":
      case "terminate": {
        const states = new Map(
          (await describe(changes, signal)).map(({ id, state }) => [id, state]),
        );
        return (change) => {
          const state = states.get(instanceIdOf(change.target));
          return change.kind === "stop"
            ? state === "stopping" || state === "stopped"
            // Listed for about an hour yet: one that is not listed is no evidence.
            : state !== undefined && GONE_STATES.has(state);
        };
      }
      case "restore":
        // AWS's answer to ModifyInstanceAttribute is the effect: the attribute is not cached.
        return () => true;
      default: {
        const tags = await describeTags(changes, signal);
        return ({ target, after }) => {
          const seen = tags.get(instanceIdOf(target));
          return "key" in after && !seen?.doubt &&
            (tagOf(seen?.tags ?? {}, after.key) ?? null) === after.value;
        };
      }
    }
  }

  /** By filter, since one unknown id among InstanceIds fails the whole call. */
  async function describe(
    changes: readonly AuditChange[],
    abortSignal: AbortSignal,
  ): Promise<ObservedInstance[]> {
    const Filters = [{ Name: "instance-id", Values: idsOf(changes) }];
    const reservations = await allItems(
      "ec2:DescribeInstances",
      (NextToken) =>
        client.send(new sdk.DescribeInstancesCommand({ Filters, NextToken }), { abortSignal }),
      (page) => ({ items: page.Reservations, next: page.NextToken }),
    );
    const listed = reservations.flatMap(({ Instances }) => Instances ?? []);
    return onceEach(listed.map((instance) => readInstance(instance, null)));
  }

  async function describeTags(
    changes: readonly AuditChange[],
    abortSignal: AbortSignal,
  ): Promise<ReadonlyMap<string, ReturnType<typeof readTags>>> {
    const Filters = [{ Name: "resource-id", Values: idsOf(changes) }];
    const found = await allItems(
      "ec2:DescribeTags",
      (NextToken) =>
        client.send(new sdk.DescribeTagsCommand({ Filters, NextToken }), { abortSignal }),
      (page) => ({ items: page.Tags, next: page.NextToken }),
    );
    return new Map([...tagsById(found)].map(([id, list]) => [id, readTags(list, "DescribeTags")]));
  }
}

/** What a termination lifts, as audit.protection says; undefined where it lifts nothing. */
function liftedBy(change: AuditChange): Protection | undefined {
  return change.kind === "terminate" ? change.before.protection : undefined;
}

function idsOf(changes: readonly AuditChange[]): string[] {
  return changes.map(({ target }) => instanceIdOf(target));
}
