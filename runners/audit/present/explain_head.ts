import type { Block, Item } from "../../core/text/sections.ts";
import { dayText } from "../../core/cli/words.ts";
import {
  accountLabel,
  type ObservedAccount,
  type ObservedInstance,
  type ObservedRegion,
} from "../observed.ts";
import { tagOf } from "../tags.ts";

/** The first line of an explanation: what it is, where, and since when. */
export function headBlock(
  account: ObservedAccount,
  { region }: ObservedRegion,
  instance: ObservedInstance,
  now: Date,
): Block {
  const name = tagOf(instance.tags, "Name");
  // Where the record does not say when, nothing is said of it.
  const when = (words: string, instant: string) =>
    instant === "" ? "" : `${words} ${dayText(new Date(instant), now)}`;
  return {
    heading: [
      name ? name : instance.id,
      `${accountLabel(account)} ${region}`,
      // When it left another state is not known, only when it was started last.
      instance.state +
      when(instance.state === "running" ? " since" : ", started", instance.launched),
      when("created", instance.created),
    ],
  };
}

/** What both sources said of the tags that matter, and when. */
export function sourcesItem(
  region: ObservedRegion,
  instance: ObservedInstance,
  keys: readonly string[],
): Item {
  const second = region.secondSource?.tags[instance.id];
  if (!second) {
    const why = instance.doubt ? "its record is in doubt" : "there was nothing to confirm";
    return { name: `DescribeTags was not asked: ${why}` };
  }
  const differing = [...new Set(keys)]
    .filter((key) => tagOf(instance.tags, key) !== tagOf(second, key));
  const when = `DescribeInstances ${region.at.slice(11, 19)}, DescribeTags ` +
    `${region.secondSource!.at.slice(11, 19)}`;
  return {
    name: differing.length === 0
      ? `both sources agree (${when})`
      : `the sources differ on ${differing.join(", ")} (${when})`,
  };
}
