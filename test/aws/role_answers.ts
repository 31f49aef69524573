/**
 * What IAM's answers say of roles and moto's do not: when a role was created and last used, as a
 * test has it, and documents percent-encoded as IAM gives them (IAM API Reference, GetRolePolicy:
 * "URL-encoded compliant with RFC 3986"); moto encodes some and leaves others bare.
 */

import { moved } from "./clock.ts";
import type { Memory, RoleNote } from "./memory.ts";
import type { AwsRequest } from "./request.ts";
import type { Seeding } from "./seeding.ts";
import { cutSet, elementText, joinSet, unescapeXml } from "./xml_text.ts";

/** The note of a role, made if there is none. */
export function roleNote(memory: Memory, account: string, name: string): RoleNote {
  const key = `${account}/${name}`;
  let note = memory.roles.get(key);
  if (note === undefined) memory.roles.set(key, note = { bornOffsetMs: 0 });
  return note;
}

/** Remembers a role that was just created; one of its name may have been deleted before. */
export function learnRole(
  memory: Memory,
  request: AwsRequest,
  account: string,
  offsetMs: number,
  seeding: Seeding | null,
): void {
  const key = `${account}/${request.parameters["RoleName"]}`;
  memory.roles.set(key, { bornOffsetMs: offsetMs - (seeding?.ageMs ?? 0) });
}

/** An answer of IAM's, put right. */
export function showRoles(memory: Memory, account: string, xml: string): string {
  return withEncodedDocuments(withNotes(memory, account, xml));
}

function withNotes(memory: Memory, account: string, xml: string): string {
  const show = (role: string) => withNote(memory, account, role);
  for (const list of ["RoleDetailList", "Roles"]) {
    if (!xml.includes(`<${list}>`)) continue;
    const cut = cutSet(xml, list, "member");
    return joinSet(cut, cut.items.map(show));
  }
  return xml.replace(/<Role>.*<\/Role>/s, show);
}

/** A role within a role's instance profile stands after what is the role's own. */
function withNote(memory: Memory, account: string, role: string): string {
  const note = memory.roles.get(`${account}/${elementText(role, "RoleName")}`);
  if (note === undefined) return role;
  const shown = role.replace(
    /<CreateDate>([^<]+)/,
    (_, time: string) => `<CreateDate>${moved(time, note.bornOffsetMs)}`,
  );
  if (note.lastUsed === undefined) return shown;
  const used = note.lastUsed === null ? "<RoleLastUsed/>" : `<RoleLastUsed><LastUsedDate>` +
    `${note.lastUsed}</LastUsedDate><Region>us-east-1</Region></RoleLastUsed>`;
  const at = shown.lastIndexOf("<RoleLastUsed");
  if (at < 0) return shown;
  return shown.slice(0, at) +
    shown.slice(at).replace(/<RoleLastUsed\s*\/>|<RoleLastUsed>.*?<\/RoleLastUsed>/s, used);
}

const documents = /<(PolicyDocument|AssumeRolePolicyDocument|Document)>([^<]*\{[^<]*)<\/\1>/g;

function withEncodedDocuments(xml: string): string {
  return xml.replace(
    documents,
    (_, name: string, text: string) => `<${name}>${encoded(unescapeXml(text))}</${name}>`,
  );
}

/** RFC 3986: encodeURIComponent leaves five reserved characters bare. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
