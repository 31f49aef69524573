/** Answers that say less than the truth, as real AWS has done. */

import type { Call } from "./call_log.ts";
import { mapInstances } from "./instance_answers.ts";
import { type CallMatch, matches } from "./match.ts";

export interface Rewrite {
  readonly appliesTo: (call: Call) => boolean;
  /** Gets and returns the body of a successful answer. */
  readonly rewrite: (body: string, call: Call) => string;
}

/**
 * DescribeInstances answers with no tags at all, while DescribeTags still tells them: seen on
 * real AWS, and why an audit asks both.
 * @param instanceIds hide only these instances' tags; by default every one's
 */
export function hideTags(match: CallMatch, instanceIds?: readonly string[]): Rewrite {
  const hidden = instanceIds && new Set(instanceIds);
  return {
    appliesTo: (call) => call.action === "ec2:DescribeInstances" && matches(match, call),
    rewrite: (xml) =>
      mapInstances(xml, (item, id) => {
        if (hidden !== undefined && !hidden.has(id)) return item;
        return item.replace(/<tagSet>.*?<\/tagSet>/gs, "<tagSet/>");
      }),
  };
}

/** DescribeInstances or DescribeTags succeeds with an empty list. */
export function emptyAnswer(match: CallMatch): Rewrite {
  const sets: Readonly<Record<string, string>> = {
    "ec2:DescribeInstances": "reservationSet",
    "ec2:DescribeTags": "tagSet",
  };
  return {
    appliesTo: (call) => call.action in sets && matches(match, call),
    rewrite: (xml, call) => {
      const set = sets[call.action] ?? "";
      return xml.replace(/<nextToken>[^<]*<\/nextToken>/, "")
        .replace(new RegExp(`<${set}>.*</${set}>`, "s"), `<${set}/>`);
    },
  };
}

/** A page says that there is more, and not where. */
export function loseMarker(match: CallMatch): Rewrite {
  return {
    appliesTo: (call) => matches(match, call),
    rewrite: (xml) => xml.replace(/<Marker>[^<]*<\/Marker>/, ""),
  };
}

/** Every page but the last names the same next page, again and again. */
export function repeatMarker(match: CallMatch): Rewrite {
  let first: string | undefined;
  return {
    appliesTo: (call) => matches(match, call),
    rewrite: (xml) => {
      first ??= xml.match(/<Marker>[^<]*<\/Marker>/)?.[0];
      return xml.replace(/<Marker>[^<]*<\/Marker>/, first ?? "");
    },
  };
}
