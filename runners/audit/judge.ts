import { instanceArn } from "../core/aws/arn.ts";
import { durationMs, spanText } from "../core/duration.ts";
import { type Change, makeChange, type Spared } from "../core/plan/change.ts";
import { markValue, ruleHash } from "./mark.ts";
import type { AuditPlanning, Subject } from "./planning.ts";
import { isSpellingOnly, relevantKeys, relevantTags } from "./rules.ts";

/** Where a violating instance stands on the ladder. */
export interface Standing {
  readonly stage: "violating" | "marked" | "exempt";
  /** When the next step is due, or when the last one was, RFC 3339; null where nothing will be done. */
  readonly deadline: string | null;
}

/** What is to become of an instance: at most one of a change and a reason to spare it. */
export interface Judgement {
  readonly change?: Change;
  readonly spared?: Spared;
  readonly finding?: Standing;
}

/** Finds the one reason to spare an instance, in the order in which they weigh; else it is marked. */
export function judge(subject: Subject, planning: AuditPlanning): Judgement {
  const { account, region, classified, rowId } = subject;
  const { standing, verdict, instance, ageMs } = classified;
  const { config, earlier, now } = planning;
  if (standing === "compliant") return {};
  const spare = (
    reason: string,
    detail: string,
    finding?: Standing,
  ): Judgement => ({
    spared: {
      account: account.id,
      region: region.region,
      target: targetOf(subject),
      reason,
      detail,
    },
    ...(finding ? { finding } : {}),
  });

  if (standing === "undecided") {
    return spare(
      "principals-unread",
      `${verdict.undecided.join(", ")}: the IAM users of the account are not known`,
    );
  }
  if (standing === "in-grace") {
    return spare("in-grace", `${spanText(ageMs)} old, grace is ${config.grace}`);
  }
  const { exemption } = classified;
  if (exemption) {
    return spare("exempt", `exempt until ${exemption.until}: ${exemption.reason}`, {
      stage: "exempt",
      deadline: null,
    });
  }
  const mark = judgeMark(subject, planning);
  const enforced = config.enforce.accounts.includes(account.id);
  const violating = {
    stage: mark.standing,
    deadline: enforced ? mark.deadline.toISOString() : null,
  };
  if (config.managed === "report" && instance.managedBy.length > 0) {
    return spare("managed", `managed by ${instance.managedBy.join(", ")}`, violating);
  }
  if (isSpellingOnly(verdict.findings)) {
    const detail = verdict.findings.map((finding) => finding.detail).join("; ");
    return spare("spelling", `${detail}; reported, never acted on`, violating);
  }
  if (subject.confirmed === undefined) {
    return spare("unconfirmed", "DescribeTags was not asked about it", violating);
  }
  if (!subject.confirmed) {
    return spare("tag-sources-disagree", "DescribeInstances and DescribeTags differ", violating);
  }
  if (!enforced) {
    return spare("not-enforced", "the account is not in audit.enforce.accounts", violating);
  }
  if (mark.standing === "marked") {
    return spare("marked", `marked ${earlier.marks.get(rowId)!.marked_at}`, violating);
  }
  if (now < mark.deadline) {
    return spare("not-due", `to be marked from ${mark.deadline.toISOString()} on`, violating);
  }
  // EC2 user guide, "Tag restrictions": 50 tags, those of AWS not counted.
  const own = Object.keys(instance.tags).filter((key) => !key.startsWith("aws:"));
  if (own.length >= 50 && !Object.hasOwn(instance.tags, config.mark)) {
    return spare("tag-limit", "it has 50 tags, and there is no room for the mark", violating);
  }
  return { change: markChange(subject, mark, planning), finding: violating };
}

interface MarkStanding {
  readonly standing: "marked" | "violating";
  /** When the mark is, or was, due. */
  readonly deadline: Date;
  /** Why there is a tag, or a row, and yet no mark. */
  readonly note: string | null;
}

/** A mark counts only where the tag and its row are equal, and for the rules as they are now. */
function judgeMark({ rowId, classified }: Subject, planning: AuditPlanning): MarkStanding {
  const { config, earlier, now } = planning;
  const hash = ruleHash(config);
  const row = earlier.marks.get(rowId);
  const { tags } = classified.instance;
  const tag = Object.hasOwn(tags, config.mark) ? tags[config.mark] : undefined;
  if (row && tag === row.value && row.rule_hash === hash) {
    return { standing: "marked", deadline: new Date(row.deadline), note: null };
  }
  const look = earlier.looks.get(rowId);
  const firstSeen = look?.rule_hash === hash ? new Date(look.first_seen) : now;
  const afterMs = durationMs(config.ladder[0]!.after);
  return {
    standing: "violating",
    deadline: new Date(firstSeen.getTime() + afterMs),
    note: tag === undefined
      ? row ? "its mark was taken away" : null
      : row === undefined
      ? "it carries a mark that Groundskeeper did not set"
      : row.value !== tag
      ? "its mark was altered"
      : "the rules have changed since it was marked",
  };
}

function markChange(subject: Subject, mark: MarkStanding, { config }: AuditPlanning): Change {
  const { account, region, classified } = subject;
  const { instance, verdict } = classified;
  const hash = ruleHash(config);
  const keys = relevantKeys(config);
  return makeChange("audit", {
    account: account.id,
    region: region.region,
    action: "ec2:CreateTags",
    target: targetOf(subject),
    reason: [...verdict.findings.map(({ detail }) => detail), ...(mark.note ? [mark.note] : [])]
      .join("; "),
    before: { tags: relevantTags(instance.tags, keys) },
    after: {
      key: config.mark,
      value: markValue(mark.deadline, hash),
      deadline: mark.deadline.toISOString(),
      rule_hash: hash,
    },
  }, { key: config.mark, rule_hash: hash });
}

/** The ARN of the instance. */
export function targetOf({ account, region, classified }: Subject): string {
  return instanceArn(account.partition, region.region, account.id, classified.instance.id);
}
