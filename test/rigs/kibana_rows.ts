import { groupsOf, measuresOf } from "../../reports/kibana/lens.ts";
import type {
  GroupPanel,
  Measure,
  NewestPanel,
  Panel,
} from "../../runners/core/report/dashboard.ts";
import { panelQuery, type TimeRange } from "./panel_query.ts";

// deno-lint-ignore no-explicit-any
type Loose = any;

/** What a panel draws: of each row, bar or cell what stands beside each label. */
export type PanelRow = { readonly [label: string]: unknown };

/** The instants of a bar or point stand here. */
export const TIME = "Slot";

/** Runs the search of a panel. @throws Error with the server's answer, where it is none */
export async function rowsOf(
  node: string,
  index: string,
  panel: Panel,
  range: TimeRange,
): Promise<PanelRow[]> {
  const response = await fetch(`${node}/${index}/_search`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(panelQuery(panel, range)),
  });
  const answer: Loose = await response.json();
  if (!response.ok) throw new Error(`${panel.id}: ${JSON.stringify(answer)}`);
  if (panel.kind === "newest") return tallied(answer.aggregations.accounts.buckets, panel);
  const groups = groupsOf(panel).flatMap(([id, { fields, label }]) =>
    fields.map((_, at) => ({ name: `${id}-${at}`, label }))
  );
  const top = { ...answer.aggregations, doc_count: answer.hits.total.value };
  const rows = groupRows(top, groups, panel, {});
  if (panel.kind !== "metric" || !panel.by) return rows;
  // Kibana adds the groups up.
  return [Object.fromEntries(
    panel.measures.map(({ label }) => [
      label,
      rows.reduce((sum, row) => sum + Number(row[label] ?? 0), 0),
    ]),
  )];
}

function groupRows(
  bucket: Loose,
  groups: readonly { readonly name: string; readonly label: string }[],
  panel: GroupPanel,
  row: PanelRow,
): PanelRow[] {
  const [group, ...rest] = groups;
  if (group) {
    return bucket[group.name].buckets.flatMap((inner: Loose) => {
      const before = row[group.label];
      const key = before === undefined ? inner.key : `${before} › ${inner.key}`;
      return groupRows(inner, rest, panel, { ...row, [group.label]: key });
    });
  }
  if (bucket.time) {
    return bucket.time.buckets.map((inner: Loose) =>
      measured({ ...inner, time: undefined }, panel, { ...row, [TIME]: inner.key_as_string })
    );
  }
  return [measured(bucket, panel, row)];
}

function measured(
  bucket: Loose,
  panel: GroupPanel,
  row: PanelRow,
): PanelRow {
  return {
    ...row,
    ...Object.fromEntries(
      measuresOf(panel).map(([id, measure]) => {
        const found = bucket[id]?.value && typeof bucket[id].value === "object"
          ? bucket[id].value
          : bucket[id];
        return [measure.label, valueOf(measure, found, bucket)];
      }),
    ),
  };
}

function valueOf(
  measure: Measure,
  found: Loose,
  bucket: Loose,
): unknown {
  if (measure.op === "count") return measure.where ? found.doc_count : bucket.doc_count;
  if (measure.op !== "last") {
    return measure.type === "date" ? found.value_as_string ?? null : found.value;
  }
  const values = found.hits.hits[0]?.fields?.[measure.field];
  return measure.type === "list" ? values?.toSorted() ?? null : values?.[0] ?? null;
}

function tallied(accounts: Loose[], { fields }: NewestPanel): PanelRow[] {
  const counts = new Map<string, PanelRow & { count: number }>();
  for (const account of accounts) {
    const { documents } = account.slot.buckets[0];
    for (const what of Object.keys(fields)) {
      for (const { key: value, doc_count } of documents[what].buckets) {
        const before = counts.get(`${what} ${value}`)?.count ?? 0;
        counts.set(`${what} ${value}`, { what, value, count: before + doc_count });
      }
    }
  }
  return [...counts.values()].filter(({ count }) => count > 0);
}
