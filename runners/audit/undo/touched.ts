import type { Failure } from "../../core/aws/failure.ts";
import type { ChangeOf } from "../ladder/audit_change.ts";
import type { ObservedInstance } from "../observed.ts";
import { tagOf, type Tags } from "../tags.ts";

/** What shows that an instance is still as a run has left it that stopped it. */
type AsLeft = Pick<ChangeOf<"start">["before"], "mark_value" | "instance">;

/** An instance as both sources show it. */
type Shown =
  & Pick<ObservedInstance, "state" | "type" | "created" | "launched" | "tags" | "changed">
  & {
    /** What DescribeTags says. */
    readonly secondTags: Tags;
  };

/** Stops that somebody wanted (EC2 API Reference, StateReason). */
const BY_PEOPLE: ReadonlySet<string> = new Set([
  "Client.UserInitiatedShutdown",
  "Client.UserInitiatedHibernate",
  "Client.InstanceInitiatedShutdown",
]);

/** What EC2 says, among others, if who starts an instance may not use the key of a volume. */
const MAYBE_KEY = "Client.InternalError";

/**
 * Why an instance may not be started again that a run has stopped; undefined if it may.
 *
 * All of it is evidence of what is there, read of this one instance, so that no proof of its Region
 * is needed: it is stopped; nobody has started it since, because each start renews its launch time
 * (EC2 API Reference, Instance: launchTime), so that nobody can have stopped it again either; and it
 * carries in both sources the mark that this program has set.
 */
export function touched(
  { mark_value, instance }: AsLeft,
  now: Shown,
  key: string,
): Failure | undefined {
  const because = (reason: string, detail: string) => ({ reason, detail });
  const { state, launched } = now;
  if (state === "stopping") {
    return because("still-stopping", "it is still stopping: undo the run again in a few minutes");
  }
  if (state !== "stopped") return because("already-running", `it is ${state} again`);
  if (launched !== instance.launched) {
    const { code = "", message = "" } = now.changed ?? {};
    return code === "" || BY_PEOPLE.has(code)
      ? because("stopped-again", `somebody has started it at ${launched}, and stopped it again`)
      : because(
        "stopped-by-ec2",
        `it was started at ${launched}, and EC2 has stopped it again: ${message || code}` +
          (code === MAYBE_KEY
            ? ". If a volume is encrypted, the role may lack kms:CreateGrant on its KMS key"
            : ""),
      );
  }
  if (now.type !== instance.type || now.created !== instance.created) {
    const what = now.type === instance.type ? "its network interface" : "its type";
    return because("changed-since", `somebody has changed ${what} since the run has stopped it`);
  }
  const [first, second] = [tagOf(now.tags, key), tagOf(now.secondTags, key)];
  if (first !== second) {
    return because("tag-sources-disagree", "DescribeInstances and DescribeTags differ on its mark");
  }
  return first === mark_value ? undefined : because(
    "mark-changed",
    first === undefined
      ? `it does not carry the tag "${key}" (audit.mark), without which it is not started`
      : "its mark is not one that this program has set",
  );
}
