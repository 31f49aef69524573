import * as z from "zod";
import type { Account, Session } from "../../../../runners/core/aws/sessions.ts";
import type { Applier, Job, Settlement } from "../../../../runners/core/job.ts";
import type { JournalEntry } from "../../../../runners/core/journal/journal.ts";
import type { Limits } from "../../../../runners/core/limits/limits.ts";
import { type Change, makeChange } from "../../../../runners/core/plan/change.ts";
import { coverageOf } from "../../../../runners/core/plan/coverage.ts";
import type { JobPlan } from "../../../../runners/core/plan/document.ts";

const observedSchema = z.strictObject({
  /** `account/region` to things, each with its value. */
  places: z.record(z.string(), z.record(z.string(), z.string())),
  unproven: z.array(z.string()),
});
export type Observed = z.infer<typeof observedSchema>;
export interface Config {
  readonly limits: Limits;
}

/** What the next write of a thing meets. */
export type Fate =
  | "works"
  /** AWS answers 4xx. */
  | "refused"
  /** The socket breaks after the write had its effect, or before. */
  | "cut after"
  | "cut before"
  /** AWS says yes, and nothing can be seen of it. */
  | "accepted, unseen";

/** The world that the scripted job works in: things in places, clean or not. */
export class World {
  readonly places: Record<string, Record<string, string>> = {};
  readonly unproven: string[] = [];
  readonly fates = new Map<string, Fate>();
  readonly drifted = new Map<string, string>();
  /** Every call that the applier got, such as "write a" or "readBack 3". */
  readonly calls: string[] = [];
  /** Done at the beginning of each write. */
  onWrite: (change: Change, signal: AbortSignal) => void | Promise<void> = () => {};
  /** Thrown by the next recheck or readBack, if set. */
  recheckError: Error | undefined;
  readBackError: Error | undefined;

  constructor(things: Record<string, string>) {
    for (const [path, value] of Object.entries(things)) this.set(path, value);
  }

  /** @param path `account/region/thing` */
  set(path: string, value: string): void {
    const [account, region, thing] = path.split("/");
    (this.places[`${account}/${region}`] ??= {})[thing!] = value;
  }

  get(path: string): string | undefined {
    const [account, region, thing] = path.split("/");
    return this.places[`${account}/${region}`]?.[thing!];
  }

  observed(): Observed {
    return structuredClone({ places: this.places, unproven: this.unproven });
  }
}

/** `account/region/thing` of what a change or a journal entry is about. */
export function pathOf({ account, region, target }: Pick<Change, "account" | "region" | "target">) {
  return `${account}/${region}/${target.slice(target.lastIndexOf("/") + 1)}`;
}

/** The change that cleans a thing, as the plan of `now` asks for it. */
export function changeOf(path: string, value: string, now: Date): Change {
  const [account = "", region = "", thing] = path.split("/");
  return makeChange("scripted", {
    account,
    region,
    action: "thing:Clean",
    target: `arn:aws:thing:${region}:${account}:thing/${thing}`,
    reason: `it is ${value}`,
    before: { value },
    after: { value: `clean since ${now.toISOString()}` },
  }, {});
}

export function planOf({ places, unproven }: Observed, now: Date): JobPlan {
  const place = (name: string) => ({
    account: name.split("/")[0]!,
    region: name.split("/")[1]!,
  });
  const proven = Object.entries(places).filter(([name]) => !unproven.includes(name));
  return {
    coverage: coverageOf(
      proven.map(([name]) => ({ ...place(name), proof: "read" })),
      unproven.map((name) => ({ ...place(name), reason: "throttled", detail: "Throttling" })),
    ),
    changes: proven.flatMap(([name, things]) =>
      Object.entries(things).filter(([, value]) => !value.startsWith("clean"))
        .map(([thing, value]) => changeOf(`${name}/${thing}`, value, now))
    ),
    spared: [],
    examined: proven.map(([name, things]) => ({
      ...place(name),
      count: Object.keys(things).length,
    })),
    own: {},
  };
}

function applierOf(world: World): Applier {
  return {
    recheck(changes) {
      world.calls.push(`recheck ${changes.length}`);
      if (world.recheckError) return Promise.reject(world.recheckError);
      return Promise.resolve(
        new Map(
          changes.flatMap((change) => {
            const drift = world.drifted.get(pathOf(change));
            return drift === undefined ? [] : [[change.id, drift]];
          }),
        ),
      );
    },
    async write(change, signal) {
      world.calls.push(`write ${pathOf(change)}`);
      await world.onWrite(change, signal);
      const fate = world.fates.get(pathOf(change)) ?? "works";
      if (fate === "refused") throw awsRefusal();
      if (fate === "works" || fate === "cut after") {
        world.set(pathOf(change), String(change.after["value"]));
      }
      if (fate.startsWith("cut")) {
        throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
      }
      return `request of ${pathOf(change)}`;
    },
    readBack(changes) {
      world.calls.push(`readBack ${changes.length}`);
      if (world.readBackError) return Promise.reject(world.readBackError);
      const seen = changes.filter((change) => world.get(pathOf(change)) === change.after["value"]);
      return Promise.resolve(new Set(seen.map(({ id }) => id)));
    },
  };
}

/** An answer of AWS that refuses a call. */
export function awsRefusal(): Error {
  return Object.assign(new Error("You are not authorized"), {
    name: "UnauthorizedOperation",
    $metadata: { httpStatusCode: 403, attempts: 1 },
  });
}

function settle(entry: JournalEntry, observed: Observed): Settlement {
  const name = `${entry.account}/${entry.region}`;
  if (observed.unproven.includes(name)) return { verdict: "unread" };
  const value = observed.places[name]?.[pathOf(entry).split("/")[2]!];
  if (value === entry.after["value"]) return { verdict: "done" };
  if (value === entry.before["value"]) return { verdict: "undone" };
  return { verdict: "unknown", detail: `It is ${value} now` };
}

export type ScriptedJob = Job<Config, Observed, null>;

/** A job that cleans things in a world of plain data. */
export function scriptedJob(world: World): ScriptedJob {
  return {
    name: "scripted",
    needs: { job: "scripted", roles: {} },
    roles: { observe: "observe", apply: "apply" },
    observedSchema,
    limits: ({ limits }) => limits,
    observe: () => Promise.resolve(world.observed()),
    earlier: () => Promise.resolve(null),
    plan: ({ observed, now }) => planOf(observed, now),
    looks: ({ now }) => [{ kind: "look", id: "last", value: now.toISOString() }],
    applier: () => Promise.resolve(applierOf(world)),
    settle: (entry, observed) => settle(entry, observed),
    rowsWhenDone: (entry) => [{ kind: "mark", id: pathOf(entry), value: { run: entry.run_id } }],
    documents: ({ run }) => [{ id: run.run_id, type: "run", body: {} }],
    sheet: () => ({ columns: ["a"], rows: [] }),
    page: ({ plan }) => ({
      title: "",
      asOf: new Date(plan.as_of),
      headline: [],
      notices: [],
      sections: [],
    }),
    text: () => "",
    locate: (subject) => subject === "b1" ? { account: "B", region: "east" } : {},
    explain: ({ subject, plan, journal }) => {
      const found = plan.changes.some((change) => pathOf(change).endsWith(`/${subject}`));
      return found ? { text: `${subject}, ${journal.length} entries`, json: { subject } } : null;
    },
    summary: ({ changes }) => ({ changes: changes.length }),
  };
}

/** A session that no call can be made with. */
export function sessionOf(account: Account): Promise<Session> {
  return Promise.resolve({
    account: account.id,
    partition: "aws",
    role: "scripted-apply",
    principal: `arn:aws:sts::${account.id}:assumed-role/apply/run`,
    client: () => {
      throw new Error("There is no AWS here");
    },
    reading: { abortSignal: new AbortController().signal },
  });
}
