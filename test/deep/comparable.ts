const INSTANCE = /\bi-[0-9a-f]{17}\b/g;
const INSTANT = /\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z)?/g;
const RUN = /\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b/g;
const UUID = /\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;
const HASH = /\b[0-9a-f]{32}\b/g;
const MARK = /\bgk1:\d+/g;
const VPC = /vpc-[0-9a-f]{17}/g;
const ACCOUNT = /(?<![0-9a-f-])\d{12}(?![0-9a-f])/g;

/**
 * A value of one world as it would stand in any other: without instants, ids of runs and
 * accounts, and hashes of them, and with instances by their names.
 *
 * @param names of instances, by id; an id that has none is written as "NOBODY"
 */
export function comparable(value: unknown, names: ReadonlyMap<string, string>): unknown {
  const inText = (text: string) =>
    text.replace(INSTANCE, (id) => names.get(id) ?? "NOBODY")
      .replace(UUID, "UUID").replace(INSTANT, "INSTANT").replace(HASH, "HASH").replace(RUN, "RUN")
      .replace(MARK, "MARK").replace(ACCOUNT, "ACCOUNT").replace(VPC, "VPC");
  if (typeof value === "string") return inText(value);
  if (Array.isArray(value)) return value.map((one) => comparable(one, names));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [inText(key), comparable(one, names)]),
  );
}
