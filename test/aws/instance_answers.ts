/** Makes instances look as old, as managed and as far gone as they are meant to be. */

import { launchedRootDevice } from "./amazon_images.ts";
import { moved } from "./clock.ts";
import { isForgotten } from "./forgotten.ts";
import { type State, stateElement } from "./instance_states.ts";
import type { InstanceNote, Memory } from "./memory.ts";
import { protectionIn } from "./protection.ts";
import type { AwsRequest } from "./request.ts";
import type { Seeding } from "./seeding.ts";
import type { SlowTransitions } from "./slow_transitions.ts";
import { cutSet, elementText, joinSet } from "./xml_text.ts";

const instanceIdElement = /<instanceId>(i-[0-9a-f]+)<\/instanceId>/g;

/** The instance IDs in an answer, in its order. */
export function instanceIdsIn(xml: string): string[] {
  return [...xml.matchAll(instanceIdElement)].map((match) => match[1] ?? "");
}

/**
 * Applies `rewrite` to every instance of an answer to DescribeInstances or RunInstances; null
 * leaves the instance out.
 */
export function mapInstances(
  xml: string,
  rewrite: (item: string, id: string) => string | null,
): string {
  const mapSet = (text: string) => {
    const set = cutSet(text, "instancesSet");
    const items = set.items.map((item) => rewrite(item, elementText(item, "instanceId") ?? ""))
      .filter((item) => item !== null);
    return set.items.length > 0 && items.length === 0 ? null : joinSet(set, items);
  };
  if (!xml.includes("<reservationSet>")) return mapSet(xml) ?? xml;
  const reservations = cutSet(xml, "reservationSet");
  return joinSet(reservations, reservations.items.map(mapSet).filter((item) => item !== null));
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
    const learnt = noteOfLaunch(request, clockOffsetMs, seeding);
    if (learnt === null) return;
    for (const id of instanceIdsIn(xml)) Object.assign(memory.note(id), learnt);
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

function noteOfLaunch(
  request: AwsRequest,
  clockOffsetMs: number,
  seeding: Seeding | null,
): InstanceNote | null {
  const { parameters } = request;
  const rootDeviceName = launchedRootDevice(request);
  const note: InstanceNote = {
    bornOffsetMs: clockOffsetMs - (seeding?.ageMs ?? 0),
    ...protectionIn(request),
    ...(seeding?.managedBy === undefined ? {} : { managedBy: seeding.managedBy }),
    ...(seeding?.rootDevice === undefined ? {} : { rootDevice: seeding.rootDevice }),
    ...(rootDeviceName === undefined ? {} : { rootDeviceName }),
  };
  if (parameters["InstanceMarketOptions.MarketType"] === "spot") {
    // EC2 API reference, SpotMarketOptions: the default is one-time.
    const type = parameters["InstanceMarketOptions.SpotOptions.SpotInstanceType"];
    note.spot = type === "persistent" ? type : "one-time";
  }
  return note.bornOffsetMs === 0 && Object.keys(note).length === 1 ? null : note;
}

/** What decides how instances are shown. */
export interface Showing {
  readonly memory: Memory;
  readonly slow: SlowTransitions;
  /** Null if the call has no filters to keep to here. */
  readonly keeps: ((item: string) => boolean) | null;
  readonly nowMs: number;
}

/**
 * Rewrites every instance that there is something to say of, and leaves out those that are
 * forgotten and those that the call's filters leave out.
 */
export function showInstances(xml: string, showing: Showing): string {
  const { memory, slow, keeps, nowMs } = showing;
  const special = (id: string) =>
    memory.instances.has(id) || memory.terminated.has(id) || slow.of(id) !== undefined;
  if (keeps === null && !instanceIdsIn(xml).some(special)) return xml;
  return mapInstances(xml, (item, id) => {
    if (isForgotten(memory, id, nowMs)) return null;
    const note = memory.instances.get(id);
    let shown = note === undefined ? item : rewriteInstance(item, note);
    const transition = slow.of(id);
    if (transition !== undefined) shown = inState(shown, transition);
    // The primary interface is deleted with its instance (EC2 user guide, "How instance
    // termination works"); moto keeps it.
    else if (memory.terminated.has(id)) shown = without(shown, "networkInterfaceSet");
    return keeps === null || keeps(shown) ? shown : null;
  });
}

/** An instance in another state. */
export const inState = (item: string, state: State): string =>
  item.replace(/<instanceState>.*?<\/instanceState>/s, stateElement("instanceState", state));

const without = (item: string, set: string) =>
  item.replace(new RegExp(`<${set}>.*</${set}>`, "s"), `<${set}/>`);

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
  if (note.rootDeviceName !== undefined) {
    rewritten = rewritten.replace(
      /<rootDeviceName>[^<]*/,
      `<rootDeviceName>${note.rootDeviceName}`,
    );
  }
  if (note.rootDevice !== undefined) {
    // Such an instance has no EBS volume for its root (EC2 user guide, "Root volumes").
    rewritten = without(rewritten, "blockDeviceMapping")
      .replace(/<rootDeviceType>[^<]*/, `<rootDeviceType>${note.rootDevice}`);
  }
  return rewritten;
}
