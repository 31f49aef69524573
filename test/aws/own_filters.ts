/**
 * Filters of DescribeInstances that moto fails over, and, while instances are shown in another
 * state than moto has them in, the one by state. They are taken out of the call and kept to here.
 */

import { elementText } from "./xml_text.ts";

type Parameters = Readonly<Record<string, string>>;

interface Filter {
  readonly name: string;
  readonly values: readonly string[];
}

/** How each filter reads an instance (EC2 API reference, DescribeInstances). */
const readers: Readonly<Record<string, (item: string) => string | null>> = {
  "client-token": (item) => elementText(item, "clientToken"),
  "instance-lifecycle": (item) => elementText(item, "instanceLifecycle"),
  "instance-state-name": (item) => item.match(/<instanceState>.*?<name>([a-z-]+)</s)?.[1] ?? null,
  "root-device-type": (item) => elementText(item, "rootDeviceType"),
};

/**
 * The changes that take these filters out of a call; null if it has none.
 * @param byState the filter by state is one of them
 */
export function withoutOwnFilters(
  parameters: Parameters,
  byState: boolean,
): Record<string, string | undefined> | null {
  const filters = filtersIn(parameters);
  const others = filters.filter(({ name }) => !isOwn(name, byState));
  if (others.length === filters.length) return null;
  const changes: Record<string, string | undefined> = {};
  for (const name of Object.keys(parameters)) {
    if (name.startsWith("Filter.")) changes[name] = undefined;
  }
  others.forEach(({ name, values }, f) => {
    changes[`Filter.${f + 1}.Name`] = name;
    values.forEach((value, v) => changes[`Filter.${f + 1}.Value.${v + 1}`] = value);
  });
  return changes;
}

/** Tells whether an instance passes those filters of a call; null if the call has none of them. */
export function ownFilters(
  parameters: Parameters,
  byState: boolean,
): ((item: string) => boolean) | null {
  const filters = filtersIn(parameters).filter(({ name }) => isOwn(name, byState));
  if (filters.length === 0) return null;
  return (item) =>
    filters.every(({ name, values }) => values.includes(readers[name]?.(item) ?? ""));
}

const isOwn = (name: string, byState: boolean) =>
  name in readers && (byState || name !== "instance-state-name");

function filtersIn(parameters: Parameters): Filter[] {
  return Object.entries(parameters).flatMap(([key, name]) => {
    const number = key.match(/^Filter\.(\d+)\.Name$/)?.[1];
    if (number === undefined) return [];
    const prefix = `Filter.${number}.Value.`;
    const values = Object.entries(parameters)
      .filter(([key]) => key.startsWith(prefix)).map(([, value]) => value);
    return [{ name, values }];
  });
}
