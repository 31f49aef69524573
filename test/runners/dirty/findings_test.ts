import assert from "assert";
import type { DirtyOwn } from "../../../runners/dirty/plan.ts";
import { dirtyFindings } from "../../../runners/dirty/present/findings.ts";

const PROD = "111111111111";

function anInstance(id: string, part: Partial<DirtyOwn["instances"][number]> = {}) {
  const of = { account: PROD, region: "us-east-1", name: null, group: null, state: "running" };
  return { ...of, id, status: "dirty", mark: null, ledger: null, ...part } as const;
}

Deno.test("what is dirty is a finding; what is only not known to be clean is none", () => {
  const mark = { id: "01J", event: "session_open", source: "pam", level: "verified" } as const;
  const since = { ...mark, at: "2026-11-19T12:00:00.000Z" };
  const ledger = {
    ...{ region: "us-east-1", events: 1, marks: 1, doubts: 0, since, last: since },
    ...{ latest: since.at, hello: null, gone_at: null },
  };
  const instances = [
    anInstance("i-00000000000000001", { name: "web-1", ledger }),
    anInstance("i-00000000000000002", { status: "tagged" }),
    anInstance("i-00000000000000003", { status: "unproven-event" }),
    anInstance("i-00000000000000004", { state: null }),
  ];
  const found = dirtyFindings({
    own: { accounts: [{ account: PROD, name: "prod" }], clients: [], instances },
  });
  assert.deepEqual(
    found.map((
      { target, accountName, name, detail, since },
    ) => [target.split("/")[1], accountName, name, detail, since]),
    [
      [
        "i-00000000000000001",
        "prod",
        "web-1",
        "session_open (pam, verified)",
        "2026-11-19T12:00:00.000Z",
      ],
      ["i-00000000000000004", "prod", null, "the ledger says that it is dirty", null],
    ],
  );
});
