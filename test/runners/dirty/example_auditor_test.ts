import assert from "assert";
import { createLog } from "../../../runners/core/log/log.ts";
import { auditorsOf, type MarkTold } from "../../../runners/dirty/auditors.ts";
import { loadAuditors } from "../../../runners/dirty/load_auditors.ts";
import { NOBODY } from "../../../runners/dirty/told.ts";
import { extractMetrics } from "../core/log/embedded_metric_format.ts";
import { ManualClock } from "../core/manual_clock.ts";

const EXAMPLES = new URL("../../../examples/dirty/", import.meta.url).pathname;

/** When a login came, and whether it is told. */
const CASES: readonly (readonly [at: string, isTold: boolean])[] = [
  ["2026-11-20T07:00:00.000Z", false],
  ["2026-11-20T17:59:59.999Z", false],
  ["2026-11-20T06:59:59.999Z", true],
  ["2026-11-20T18:00:00.000Z", true],
  ["2026-11-21T12:00:00.000Z", true],
  ["2026-11-22T12:00:00.000Z", true],
  ["2026-11-23T12:00:00.000Z", false],
];

const markAt = (received_at: string): MarkTold => ({
  ...{ account: "111111111111", instance_id: "i-0123456789abcdef0", event_id: "1", first: true },
  ...{ event: "session_open", source: "pam", region: "us-east-1", at: received_at, received_at },
  ...{ level: "attested", verification: "done", sender: null, marking: true, counts: "mark" },
  ignored: false,
  ...{ who: { ...NOBODY, user: "alice" }, detail: {} },
});

for (const [at, isTold] of CASES) {
  Deno.test(`the example of an auditor ${isTold ? "tells" : "says nothing"} of a login at ${at}`, async () => {
    const lines: string[] = [];
    const clock = new ManualClock(at);
    const log = createLog({
      ...{ write: (line: string) => lines.push(line), now: () => clock.now() },
      ...{ format: "json", level: "warn" },
    });
    const { signal } = new AbortController();
    const plugins = await loadAuditors({ auditors: ["./out_of_hours.ts"] }, EXAMPLES);
    assert.equal(await auditorsOf(plugins, { clock, log, signal })(markAt(at)), true);
    const account = "111111111111";
    const metric = { name: "LoginsOutOfHours", value: 1, dimensions: [{ account }] };
    assert.deepEqual(
      lines.map((line) => [JSON.parse(line).by, extractMetrics(line)]),
      isTold ? [["alice", [metric]]] : [],
    );
  });
}
