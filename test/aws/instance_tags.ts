/** The tags of the instances that a call changes, as they are before it. */

import { isWrite } from "./is_write.ts";
import type { AwsRequest } from "./request.ts";
import { cutSet, elementText, unescapeXml } from "./xml_text.ts";

/** By instance ID and key. */
export type InstanceTags = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The form of a call that tells them; null if the call changes no instance that is there. */
export function tagsForm(request: AwsRequest): URLSearchParams | null {
  if (request.service !== "ec2" || !isWrite(request)) return null;
  const ids = changedInstances(request);
  if (ids.length === 0) return null;
  const form = new URLSearchParams({
    Action: "DescribeTags",
    Version: "2016-11-15",
    "Filter.1.Name": "resource-id",
  });
  ids.forEach((id, i) => form.set(`Filter.1.Value.${i + 1}`, id));
  return form;
}

/** Reads the answer to that call: an instance without tags has an empty entry. */
export function tagsBefore(request: AwsRequest, xml: string): InstanceTags {
  const tags: Record<string, Record<string, string>> = Object.fromEntries(
    changedInstances(request).map((id) => [id, {}]),
  );
  for (const item of cutSet(xml, "tagSet").items) {
    const text = (name: string) => unescapeXml(elementText(item, name) ?? "");
    tags[text("resourceId")]![text("key")] = text("value");
  }
  return tags;
}

function changedInstances({ parameters }: AwsRequest): string[] {
  const names = Object.keys(parameters)
    .filter((name) => /^(?:InstanceId|ResourceId)(?:\.\d+)?$/.test(name));
  return [...new Set(names.map((name) => parameters[name] ?? ""))]
    .filter((id) => id.startsWith("i-"));
}
