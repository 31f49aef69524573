import { visible, wrapText } from "../../core/cli/table.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import { dayText } from "../../core/cli/words.ts";
import {
  accountLabel,
  type ObservedAccount,
  type ObservedInstance,
  type ObservedRegion,
} from "../observed.ts";
import { tagOf } from "../tags.ts";

/** The first line of an explanation: what it is, where, and since when. */
export function headLines(
  account: ObservedAccount,
  { region }: ObservedRegion,
  instance: ObservedInstance,
  now: Date,
  style: TextStyle,
): string[] {
  const name = tagOf(instance.tags, "Name");
  // Where the record does not say when, nothing is said of it.
  const when = (words: string, instant: string) =>
    instant === "" ? "" : `${words} ${dayText(new Date(instant), now)}`;
  const head = [
    style.bold(name ? visible(name) : instance.id),
    `${visible(accountLabel(account))} ${region}`,
    // When it left another state is not known, only when it was started last.
    instance.state + when(instance.state === "running" ? " since" : ", started", instance.launched),
    when("created", instance.created),
  ].join("   ").trimEnd();
  return wrapText(head, style.width);
}

/** What both sources said of the tags that matter, and when. */
export function sourcesLines(
  region: ObservedRegion,
  instance: ObservedInstance,
  keys: readonly string[],
  style: TextStyle,
): string[] {
  const second = region.secondSource?.tags[instance.id];
  if (!second) {
    const why = instance.doubt ? "its record is in doubt" : "there was nothing to confirm";
    return [`  DescribeTags was not asked: ${why}`];
  }
  const differing = [...new Set(keys)]
    .filter((key) => tagOf(instance.tags, key) !== tagOf(second, key));
  const when = `DescribeInstances ${region.at.slice(11, 19)}, DescribeTags ` +
    `${region.secondSource!.at.slice(11, 19)}`;
  return wrapText(
    differing.length === 0
      ? `both sources agree (${when})`
      : `the sources differ on ${visible(differing.join(", "))} (${when})`,
    style.width,
    "  ",
  );
}
