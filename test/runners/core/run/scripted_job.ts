import { type Parts, partsOf } from "../../../../runners/core/parts.ts";
import * as z from "zod";
import type { Account, Session } from "../../../../runners/core/aws/session.ts";
import type { Applier, Job, Polled, Settlement } from "../../../../runners/core/job.ts";
import type { JsonObject } from "../../../../runners/core/json.ts";
import type { Limits } from "../../../../runners/core/limits/limits.ts";
import { type Change, makeChange } from "../../../../runners/core/plan/change.ts";
import { coverageOf } from "../../../../runners/core/plan/coverage.ts";
import type { JobPlan } from "../../../../runners/core/plan/document.ts";

const partSchema = z.strictObject({
  id: z.string(),
  /** `account/region` to things, each with its value. */
  places: z.record(z.string(), z.record(z.string(), z.string())),
  unproven: z.array(z.string()),
  /** The breakers that have tripped. */
  tripped: z.array(z.string()),
});
type Part = z.infer<typeof partSchema>;
export type Observed = Parts<Part>;
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
  | "accepted, unseen"
  /** AWS says yes, and is at it for days. */
  | "takes days";

/** The world that the scripted job works in: things in places, clean or not. */
export class World {
  readonly places: Record<string, Record<string, string>> = {};
  readonly unproven: string[] = [];
  readonly tripped: string[] = [];
  /** How many changes one write names. */
  perWrite = 1;
  readonly fates = new Map<string, Fate>();
  readonly drifted = new Map<string, string>();
  /** What AWS says of the pending change of a thing. Default: it is still at it. */
  readonly polls = new Map<string, Polled | Error>();
  /** Every call that the applier got, such as "write A/east/a A/east/b" or "readBack 3". */
  readonly calls: string[] = [];
  /** What cannot be taken back, and why. */
  readonly stuck = new Map<string, Error>();
  /** Done at the beginning of each write, for each of its changes. */
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

  /** All of it is the part of one account, whichever accounts its places are in. */
  observed(id = "111111111111"): Observed {
    const { places, unproven, tripped } = this;
    return partsOf([structuredClone({ id, places, unproven, tripped })]);
  }
}

/** `account/region/thing` of what a change or a journal entry is about. */
export function pathOf({ account, region, target }: Pick<Change, "account" | "region" | "target">) {
  return `${account}/${region}/${target.slice(target.lastIndexOf("/") + 1)}`;
}

/** What is done about a thing by its value; what is clean is left alone. */
const ACTIONS: Readonly<Record<string, string>> = {
  dirty: "thing:Clean",
  broken: "thing:Scrap",
  /** Draws on no limit. */
  faded: "thing:Restore",
  /** Groundskeeper's own thing: upkeep. */
  worn: "thing:Polish",
};
const UPKEEP = "thing:Polish";

/** The change that puts a thing right, as the plan of `now` asks for it. */
export function changeOf(path: string, value: string, now: Date): Change {
  const [account = "", region = "", thing] = path.split("/");
  return makeChange("scripted", {
    kind: ACTIONS[value]!,
    account,
    region,
    action: ACTIONS[value]!,
    target: `arn:aws:thing:${region}:${account}:thing/${thing}`,
    reason: `it is ${value}`,
    before: { value },
    after: { value: `clean since ${now.toISOString()}` },
  }, {});
}

const NOTHING: Part = { id: "", places: {}, unproven: [], tripped: [] };

function partIn([part = NOTHING]: Observed): Part {
  return part;
}

export function planOf(observed: Observed, now: Date): JobPlan<ScriptedTypes> {
  const { places, unproven, tripped } = partIn(observed);
  const place = (name: string) => ({
    account: name.split("/")[0]!,
    region: name.split("/")[1]!,
  });
  const proven = Object.entries(places).filter(([name]) => !unproven.includes(name));
  const wanted = proven.flatMap(([name, things]) =>
    Object.entries(things).filter(([, value]) => value in ACTIONS)
      .map(([thing, value]) => changeOf(`${name}/${thing}`, value, now))
  );
  return {
    coverage: coverageOf(
      proven.map(([name]) => ({ ...place(name), proof: "read" })),
      unproven.map((name) => ({ ...place(name), reason: "throttled", detail: "Throttling" })),
    ),
    changes: wanted.filter(({ action }) => action !== UPKEEP),
    ownWrites: wanted.filter(({ action }) => action === UPKEEP),
    breakers: tripped.map((limit) => ({ limit, value: 0.2, would: 1, scope: null, detail: limit })),
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
    async write(changes, signal) {
      const paths = changes.map(pathOf);
      world.calls.push(`write ${paths.join(" ")}`);
      for (const change of changes) await world.onWrite(change, signal);
      const fates = paths.map((path) => world.fates.get(path) ?? "works");
      // AWS takes a batch whole or not at all.
      if (fates.includes("refused")) throw awsRefusal();
      const isCut = fates.some((fate) => fate.startsWith("cut"));
      changes.forEach((change, index) => {
        const takes = fates[index] === "works" && !fates.includes("cut before") ||
          fates[index] === "cut after";
        if (takes) world.set(pathOf(change), String(change.after["value"]));
      });
      if (isCut) throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
      const requestId = `request of ${paths.join(" ")}`;
      return fates.includes("takes days")
        ? { requestId, effect: { token: `token of ${paths.join(" ")}` } }
        : { requestId };
    },
    takeBack(change) {
      world.calls.push(`takeBack ${pathOf(change)}`);
      const error = world.stuck.get(pathOf(change));
      return error ? Promise.reject(error) : Promise.resolve();
    },
    readBack(changes) {
      world.calls.push(`readBack ${changes.length}`);
      if (world.readBackError) return Promise.reject(world.readBackError);
      const seen = changes.filter((change) => world.get(pathOf(change)) === change.after["value"]);
      return Promise.resolve(new Map(seen.map(({ id }) => [id, {}])));
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

function settle(change: Change, observed: Observed): Settlement {
  const name = `${change.account}/${change.region}`;
  const { unproven, places } = partIn(observed);
  if (unproven.includes(name)) return { verdict: "unread" };
  const value = places[name]?.[pathOf(change).split("/")[2]!];
  if (value === change.after["value"]) return { verdict: "done" };
  if (value === change.before["value"]) return { verdict: "noEffect" };
  return { verdict: "unknown", detail: `It is ${value} now` };
}

export type ScriptedTypes = {
  readonly Config: Config;
  readonly Part: Part;
  readonly Earlier: null;
  readonly Change: Change;
  readonly Own: JsonObject;
};
export type ScriptedJob = Job<ScriptedTypes>;

/** A job that cleans things in a world of plain data. */
export function scriptedJob(world: World): ScriptedJob {
  return {
    name: "scripted",
    needs: () => ({
      job: "scripted",
      roles: { home: { purpose: "", kind: "home", permissions: [] } },
      homes: {},
      queues: [],
      topics: [],
      marks: [],
      runs: {},
    }),
    roleOf: ({ action }) => action === UPKEEP ? "keeper" : "apply",
    batching: ({ action }) => ({ key: action, together: 100, perWrite: world.perWrite }),
    partSchema,
    withoutAnswerTimes: (part) => part,
    kindOf: ({ action }) => action,
    isOwn: ({ action }) => action === UPKEEP,
    changeSchema: z.custom<Change>(),
    countsAs: ({ action }) => action === "thing:Clean" || action === "thing:Scrap" ? action : null,
    limits: ({ limits }) => limits,
    units: () => [],
    observeAccount: ({ id }, { scope }) =>
      Promise.resolve(id === scope.accounts[0]!.id ? partIn(world.observed(id)) : null),
    earlier: () => Promise.resolve(null),
    plan: ({ observed, now }) => planOf(observed, now),
    observationRows: ({ now }) => [[{ kind: "look", id: "last", value: now.toISOString() }]],
    applier: () => Promise.resolve(applierOf(world)),
    findings: () => [],
    settle: ({ change }, observed) => settle(change, observed),
    poll: ({ entry }) => {
      world.calls.push(`poll ${entry.token}`);
      const polled = world.polls.get(pathOf(entry)) ?? { verdict: "pending" };
      return polled instanceof Error ? Promise.reject(polled) : Promise.resolve(polled);
    },
    rowsFor: ({ entry }) => [
      // How the job's own books follow the journal.
      { kind: "book", id: pathOf(entry), value: { outcome: entry.outcome } },
      ...(entry.outcome === "done"
        ? [{ kind: "mark", id: pathOf(entry), value: { run: entry.run_id } }]
        : []),
    ],
    documentParts: (keys) => ({ keys }),
    documents: ({ run }) => [{
      ...{ id: run.run_id, type: "run", index: "scripted-2026.11.01" },
      ...{ part: { id: run.run_id, proof: 0 }, body: {} },
    }],
    sheet: () => ({ columns: ["a"], rows: [] }),
    page: ({ plan }) => ({
      title: "",
      asOf: new Date(plan.as_of),
      headline: [],
      notices: [],
      sections: [],
    }),
    text: () => [],
    locate: (subject) => subject === "b1" ? { account: "B", region: "east" } : {},
    targetsOf: (subject, { observed, now }) =>
      planOf(observed, now).changes.map(({ target }) => target)
        .filter((target) => target.endsWith(`/${subject}`)),
    explain: ({ subject, plan, journal }) => {
      const found = plan.changes.some((change) => pathOf(change).endsWith(`/${subject}`));
      return found
        ? { text: [[`${subject}, ${journal.length} entries`]], json: { subject } }
        : null;
    },
    summary: ({ changes }) => ({ changes: changes.length }),
  };
}

/** A session that no call can be made with. */
export function sessionOf(account: Account, role = "apply"): Promise<Session> {
  return Promise.resolve({
    account: account.id,
    partition: "aws",
    region: "us-east-1",
    role: `scripted-${role}`,
    principal: `arn:aws:sts::${account.id}:assumed-role/${role}/run`,
    client: () => {
      throw new Error("There is no AWS here");
    },
    reading: { abortSignal: new AbortController().signal },
  });
}
