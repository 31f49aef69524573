/** Makes instances look as old, and as managed, as they are meant to be. */

import { moved } from "./clock.ts";
import type { InstanceNote, Memory } from "./memory.ts";
import type { AwsRequest } from "./request.ts";
import type { Seeding } from "./seeding.ts";
import { cutSet, elementText, joinSet } from "./xml_text.ts";

const instanceIdElement = /<instanceId>(i-[0-9a-f]+)<\/instanceId>/g;

/** The instance IDs in an answer, in its order. */
export function instanceIdsIn(xml: string): string[] {
  return [...xml.matchAll(instanceIdElement)].map((match) => match[1] ?? "");
}

/** Applies `rewrite` to every instance of an answer to DescribeInstances or RunInstances. */
export function mapInstances(xml: string, rewrite: (item: string, id: string) => string): string {
  const mapSet = (text: string) => {
    const set = cutSet(text, "instancesSet");
    return joinSet(
      set,
      set.items.map((item) => rewrite(item, elementText(item, "instanceId") ?? "")),
    );
  };
  if (!xml.includes("<reservationSet>")) return mapSet(xml);
  const reservations = cutSet(xml, "reservationSet");
  return joinSet(reservations, reservations.items.map(mapSet));
}

/**
 * Remembers what an answer and its seeding say about instances.
 * @param clockOffsetMs the proxy's clock now, against moto's
 */
export function learnInstances(
  memory: Memory,
  request: AwsRequest,
  xml: string,
  clockOffsetMs: number,
  seeding: Seeding | null,
  nowMs: number,
): void {
  if (request.action === "ec2:RunInstances") {
    const bornOffsetMs = clockOffsetMs - (seeding?.ageMs ?? 0);
    if (bornOffsetMs === 0 && seeding?.managedBy === undefined) return;
    for (const id of instanceIdsIn(xml)) {
      const note = memory.note(id);
      note.bornOffsetMs = bornOffsetMs;
      if (seeding?.managedBy !== undefined) note.managedBy = seeding.managedBy;
    }
  }
  // The launch time is that of the last start (EC2 API reference, Instance.launchTime); moto
  // keeps the first. Starting a running instance changes nothing.
  if (request.action === "ec2:StartInstances") {
    for (const item of cutSet(xml, "instancesSet").items) {
      const previous = item.match(/<previousState>.*?<name>([a-z-]+)<\/name>/s)?.[1];
      const id = elementText(item, "instanceId");
      if (id !== null && previous === "stopped") memory.note(id).startedAtMs = nowMs;
    }
  }
}

/** Rewrites the times and the operator of every instance that there is a note of. */
export function rewriteInstances(memory: Memory, xml: string): string {
  if (memory.instances.size === 0) return xml;
  const noted = (id: string) => memory.instances.has(id);
  if (!instanceIdsIn(xml).some(noted)) return xml;
  return mapInstances(xml, (item, id) => {
    const note = memory.instances.get(id);
    return note === undefined ? item : rewriteInstance(item, note);
  });
}

function rewriteInstance(item: string, note: InstanceNote): string {
  let rewritten = item;
  if (note.bornOffsetMs !== 0 || note.startedAtMs !== undefined) {
    // The volumes' and the network interfaces' attachTime is that of the creation.
    rewritten = rewritten.replace(
      /<(launchTime|attachTime)>([^<]+)<\//g,
      (_, name: string, time: string) => {
        const started = name === "launchTime" ? note.startedAtMs : undefined;
        const shown = started === undefined
          ? moved(time, note.bornOffsetMs)
          : new Date(started).toISOString();
        return `<${name}>${shown}</`;
      },
    );
  }
  if (note.managedBy !== undefined) {
    // EC2 API reference, OperatorResponse; moto has no managed instances.
    const operator = `<operator><managed>true</managed><principal>${note.managedBy}</principal>` +
      `</operator>`;
    rewritten = rewritten.replace(/<\/item>$/, `${operator}</item>`);
  }
  return rewritten;
}
