import type { Applier, Job } from "../../core/job.ts";
import { instanceIdOf } from "../../core/aws/arn.ts";
import type { Session } from "../../core/aws/session.ts";
import type { AuditTypes } from "../audit_plan.ts";
import { type AuditChange, statesAfter } from "./audit_change.ts";
import { createCanary, findCreated } from "../canary/creation.ts";
import { drift } from "./drift.ts";
import { kindsOf } from "./protection.ts";
import type { Protection } from "../observed.ts";
import { describeInstances, describeTags } from "../read_instances.ts";
import { tagOf } from "../tags.ts";

/** Makes the audit's changes in one account and region. */
export async function auditApplier(
  session: Session,
  region: string,
  { config, clock, log }: Parameters<Job<AuditTypes>["applier"]>[2],
): Promise<Applier<AuditChange>> {
  const sdk = await import("@aws-sdk/client-ec2");
  const client = session.client(sdk.EC2Client, region);

  /** Sets the protections of the kinds that are given. Answers what AWS said last. */
  async function setProtections(
    target: string,
    protection: Protection | undefined,
    Value: boolean,
    abortSignal: AbortSignal,
  ) {
    let answer: { $metadata: { requestId?: string | undefined } } = { $metadata: {} };
    for (const kind of protection ? kindsOf(protection) : []) {
      const name = kind === "stop" ? "DisableApiStop" : "DisableApiTermination";
      const InstanceId = instanceIdOf(target);
      const set = new sdk.ModifyInstanceAttributeCommand({ InstanceId, [name]: { Value } });
      answer = await client.send(set, { abortSignal });
    }
    return answer;
  }

  return {
    recheck: async (changes) => {
      // What is to be made is not there yet.
      if (changes[0]!.kind === "create-canary") return new Map();
      const asking = { session, region, ids: idsOf(changes) };
      const [instances, tags] = await Promise.all([
        describeInstances(asking, null),
        describeTags(asking),
      ]);
      const now = new Map(instances.map((instance) => [instance.id, instance]));
      return new Map(changes.flatMap((change) => {
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
        return why ? [[change.id, why]] : [];
      }));
    },

    write: async (changes, signal) => {
      const [change] = changes as [AuditChange];
      const options = { abortSignal: signal };
      if (change.kind === "create-canary") {
        return await createCanary(change, { session, clock, log, ...options });
      }
      const InstanceIds = idsOf(changes);
      const Resources = InstanceIds;
      const send = async () => {
        switch (change.kind) {
          case "mark":
          case "stamp": {
            const { key: Key, value: Value } = change.after;
            const Tags = [{ Key, Value }];
            return await client.send(new sdk.CreateTagsCommand({ Resources, Tags }), options);
          }
          case "unmark": {
            // With its value, so that a tag that somebody has set in its place stays.
            const { key: Key } = change.after;
            const Tags = [{ Key, Value: tagOf(change.before.tags, Key) }];
            return await client.send(new sdk.DeleteTagsCommand({ Resources, Tags }), options);
          }
          case "stop":
          case "stop-canary":
            return await client.send(new sdk.StopInstancesCommand({ InstanceIds }), options);
          case "start":
            return await client.send(new sdk.StartInstancesCommand({ InstanceIds }), options);
          case "terminate":
            for (const one of changes) {
              await setProtections(one.target, liftedBy(one), false, signal);
            }
            return await client.send(new sdk.TerminateInstancesCommand({ InstanceIds }), options);
          case "restore":
            return await setProtections(change.target, change.after.protection, true, signal);
        }
      };
      return { requestId: (await send()).$metadata.requestId ?? null };
    },

    takeBack: async (change, signal) => {
      await setProtections(change.target, liftedBy(change), true, signal);
    },

    readBack: async (changes, abortSignal) => {
      const [first] = changes as [AuditChange];
      if (first.kind === "create-canary") {
        const made = await findCreated(first, { session, abortSignal });
        return new Map(made ? [[first.id, made]] : []);
      }
      const seen = (isSeen: (change: AuditChange, id: string) => boolean) =>
        new Map(
          changes.filter((change) => isSeen(change, instanceIdOf(change.target)))
            .map(({ id }) => [id, {}]),
        );
      // AWS's answer to ModifyInstanceAttribute is the effect: the attribute is not cached.
      if (first.kind === "restore") return seen(() => true);
      const asking = { session, region, ids: idsOf(changes), abortSignal };
      const states = statesAfter(first.kind);
      if (states) {
        const instances = await describeInstances(asking, null);
        return seen((_, id) => instances.some((one) => one.id === id && states.has(one.state)));
      }
      const tags = await describeTags(asking);
      return seen(({ after }, id) => {
        const { doubt, tags: found = {} } = tags.get(id) ?? {};
        return "key" in after && !doubt && (tagOf(found, after.key) ?? null) === after.value;
      });
    },
  };
}

/** What a termination lifts, as audit.protection says; undefined where it lifts nothing. */
function liftedBy(change: AuditChange): Protection | undefined {
  return change.kind === "terminate" ? change.before.protection : undefined;
}

function idsOf(changes: readonly AuditChange[]): string[] {
  return changes.map(({ target }) => instanceIdOf(target));
}
