import type { AuditTypes } from "../../../runners/audit/audit_plan.ts";
import type { AuditChange } from "../../../runners/audit/ladder/audit_change.ts";
import { auditJob } from "../../../runners/audit/job.ts";
import type { AuditConfig } from "../../../runners/audit/config.ts";
import { drift } from "../../../runners/audit/ladder/drift.ts";
import { type MarkRow, MARKS } from "../../../runners/audit/ladder/mark.ts";
import type {
  ObservedAccount,
  ObservedInstance,
  ObservedRegion,
} from "../../../runners/audit/observed.ts";
import { MemoryStore } from "../../../runners/adapters/memory/memory_store.ts";
import { instanceIdOf } from "../../../runners/core/aws/arn.ts";
import type { Account, Session } from "../../../runners/core/aws/session.ts";
import type { Applier, Job } from "../../../runners/core/job.ts";
import type { JournalEntry } from "../../../runners/core/journal/entry.ts";
import { applyVerb } from "../../../runners/core/run/verbs/apply_verb.ts";
import type { RunContext, RunOptions } from "../../../runners/core/run/context.ts";
import { makeContext } from "../../../runners/core/run/make_context.ts";
import { planVerb } from "../../../runners/core/run/verbs/plan_verb.ts";
import { reportVerb } from "../../../runners/core/run/verbs/report_verb.ts";
import type { VerbResult } from "../../../runners/core/run/verb_result.ts";
import { type FreeWrite, RETENTION_MS } from "../../../runners/core/store/store.ts";
import { wholeJournal } from "../core/journal/whole_journal.ts";
import { ManualClock } from "../core/manual_clock.ts";
import { testParts, testRun } from "../core/run/run_parts.ts";
import { anAccount, aRegion, DEV } from "./world.ts";

/** What the next write of an instance meets. */
export type Fate =
  /** AWS answers 4xx. */
  | "refused"
  /** The write has its effect, and from then on nothing can be read. */
  | "done, then blind"
  /** The program is killed after the write had its effect, or before it was sent. */
  | "killed after"
  | "killed before";

const HOUR_MS = 3_600_000;

/** What a killed program throws here, so that nothing after it happens. */
class Killed extends Error {
  override readonly name = "Killed";
}

/**
 * The audit over instances and a store in memory, with a clock that a test moves: as the program runs
 * it, without AWS.
 */
export class Fleet {
  readonly clock = new ManualClock("2026-01-05T12:00:00.000Z");
  /** By account/region, as the API answers. */
  readonly places = new Map<string, ObservedInstance[]>();
  readonly fates = new Map<string, Fate>();
  /** Put over the answer of a region. */
  readonly answers = new Map<string, (region: ObservedRegion) => ObservedRegion>();
  /** Done after the world was observed and before anything is planned. */
  afterObserving: () => void = () => {};
  /** The writes that had an effect, such as `stop i-0…`. */
  readonly effects: string[] = [];
  clockSkewMs = 0;
  readonly #store = new MemoryStore(undefined, {
    now: () => this.clock.now(),
    retentionMs: RETENTION_MS,
  });
  #blind = false;
  #killed = false;
  #runs = 0;

  constructor() {
    this.clock.flowsUpToMs = 15_000;
  }

  /** The instances of the one place that most tests need. */
  get east(): ObservedInstance[] {
    return this.places.get(`${DEV}/us-east-1`) ?? [];
  }
  set east(instances: readonly ObservedInstance[]) {
    this.places.set(`${DEV}/us-east-1`, [...instances]);
  }

  find(id: string): ObservedInstance | undefined {
    return [...this.places.values()].flat().find((instance) => instance.id === id);
  }

  alter(id: string, part: Partial<ObservedInstance>): void {
    Object.assign(this.find(id)!, part);
  }

  tag(id: string, tags: { readonly [key: string]: string | undefined }): void {
    const all = Object.entries({ ...this.find(id)!.tags, ...tags })
      .filter((entry): entry is [string, string] => entry[1] !== undefined);
    this.alter(id, { tags: Object.fromEntries(all) });
  }

  async pass(hours: number): Promise<void> {
    await this.clock.advance(hours * HOUR_MS);
  }

  async apply(config: AuditConfig, part: Part = {}): Promise<VerbResult<AuditTypes>> {
    return await applyVerb(this.#context(config, part));
  }

  async plan(config: AuditConfig, part: Part = {}): Promise<VerbResult<AuditTypes>> {
    return await planVerb(this.#context(config, part));
  }

  async report(config: AuditConfig, part: Part = {}): Promise<VerbResult<AuditTypes>> {
    return await reportVerb(this.#context(config, part));
  }

  /** A run that is killed. */
  async killed(config: AuditConfig): Promise<void> {
    if (!await this.perhapsKilled(config)) throw new Error("The run was not killed");
  }

  /** A run that is killed if it comes to a write that kills it. */
  async perhapsKilled(config: AuditConfig): Promise<boolean> {
    try {
      await this.apply(config);
      return false;
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      return true;
    } finally {
      this.#killed = false;
    }
  }

  /** Writes a row as an earlier run has left it. */
  async put(row: FreeWrite): Promise<void> {
    await this.#store.write([row]);
  }

  async markOf(id: string): Promise<MarkRow | undefined> {
    const accounts = [...this.places.keys()].map((place) => place.split("/")[0]!);
    const marks = await MARKS.read(this.#store, accounts);
    return [...marks].find(([rowId]) => rowId.endsWith(id))?.[1];
  }

  async journal(): Promise<JournalEntry[]> {
    return await wholeJournal(this.#store, "audit");
  }

  #observed(
    { id, joined, units }: Account,
    regions: "enabled" | readonly string[],
  ): ObservedAccount {
    const own = [...this.places].filter(([place]) => place.startsWith(`${id}/`))
      .map(([place, instances]) => [place, place.split("/")[1]!, instances] as const)
      .filter(([, region]) => regions === "enabled" || regions.includes(region));
    // An account has Regions, whether or not it has instances.
    if (own.length === 0) own.push([`${id}/us-east-1`, "us-east-1", []]);
    return anAccount(
      id,
      own.map(([place, region, instances]) => {
        const at = this.clock.now().toISOString();
        const answer = aRegion(region, structuredClone(instances), { at });
        return this.answers.get(place)?.(answer) ?? answer;
      }),
      { joined: joined?.toISOString() ?? null, units: [...units ?? []] },
    );
  }

  #job(): Job<AuditTypes> {
    return {
      ...auditJob,
      observeAccount: (account, { scope }) => {
        const observed = this.#observed(account, scope.regions);
        if (account === scope.accounts.at(-1)) this.afterObserving();
        return Promise.resolve(observed);
      },
      applier: (session, region, { config }) =>
        Promise.resolve(this.#applier(`${session.account}/${region}`, config)),
    };
  }

  #applier(place: string, config: AuditConfig): Applier<AuditChange> {
    const now = (change: AuditChange) =>
      this.places.get(place)?.find(({ id }) => id === instanceIdOf(change.target));
    return {
      recheck: (changes) =>
        Promise.resolve(
          new Map(changes.flatMap((change) => {
            const instance = now(change);
            const seen = instance && { ...instance, secondTags: instance.tags };
            const why = drift(change, seen, config);
            return why === undefined ? [] : [[change.id, why] as const];
          })),
        ),
      write: (changes) => {
        for (const change of changes) {
          const id = instanceIdOf(change.target);
          const fate = this.fates.get(id);
          this.fates.delete(id);
          const lifts = change.kind === "terminate" && change.before.protection !== undefined;
          if (lifts) now(change)!.protection = { termination: false, stop: false };
          if (change.kind === "terminate" && now(change)!.protection?.termination) {
            throw refusal();
          }
          if (fate === "refused") throw refusal();
          if (fate === "killed before") this.#kill();
          this.#perform(change, now(change)!);
          if (fate === "done, then blind") this.#blind = true;
          if (fate === "killed after") this.#kill();
        }
        return Promise.resolve({ requestId: "request" });
      },
      takeBack: (change) => {
        const protection = change.kind === "terminate" && change.before.protection;
        if (protection) Object.assign(now(change)!, { protection });
        return Promise.resolve();
      },
      readBack: (changes) => {
        if (this.#blind) {
          this.#blind = false;
          return Promise.reject(new Error("RequestLimitExceeded"));
        }
        return Promise.resolve(new Map(changes.map(({ id }) => [id, {}])));
      },
    };
  }

  #kill(): never {
    this.#killed = true;
    throw new Killed("killed");
  }

  #perform(change: AuditChange, instance: ObservedInstance): void {
    this.effects.push(`${change.kind} ${instance.id}`);
    switch (change.kind) {
      case "mark":
      case "stamp":
        return this.tag(instance.id, { [change.after.key]: change.after.value });
      case "unmark":
        return this.tag(instance.id, { [change.after.key]: undefined });
      case "stop":
        return this.alter(instance.id, { state: "stopped" });
      case "terminate":
        return this.alter(instance.id, { state: "terminated" });
      case "restore":
        return this.alter(instance.id, { protection: change.after.protection });
    }
  }

  #context(config: AuditConfig, part: Part): RunContext<AuditTypes> {
    const { options, accounts = [{ id: DEV }], ...more } = part;
    const member = ({ id }: Account): Promise<Session> =>
      Promise.resolve({
        account: id,
        partition: "aws",
        region: "us-east-1",
        role: "audit-apply",
        principal: `arn:aws:sts::${id}:assumed-role/apply/run`,
        client: () => {
          throw new Error("There is no AWS here");
        },
        reading: { abortSignal: new AbortController().signal },
      });
    const parts = testParts(this.clock, accounts, {
      openStoreToRead: () => Promise.resolve(this.#store.reopen()),
      openStore: () => Promise.resolve(this.#mortal()),
    });
    return {
      ...makeContext({ job: this.#job(), config }, {
        ...parts,
        options: { ...parts.options, ...options },
      }),
      ...testRun(`run-${++this.#runs}`, { account: DEV, clockSkewMs: this.clockSkewMs, member }),
      ...more,
    };
  }

  /** A store that a killed program cannot write any more. */
  #mortal() {
    const store = this.#store.reopen();
    const alive = () => {
      if (this.#killed) throw new Killed("killed");
    };
    const [write, writeEach] = [store.write.bind(store), store.writeEach.bind(store)];
    store.write = (writes) => Promise.try(alive).then(() => write(writes));
    store.writeEach = (...rows) => Promise.try(alive).then(() => writeEach(...rows));
    return store;
  }
}

export type Part =
  & Partial<Omit<RunContext<AuditTypes>, "options">>
  & { readonly options?: Partial<RunOptions>; readonly accounts?: readonly { id: string }[] };

function refusal(): Error {
  return Object.assign(new Error("You are not authorized"), {
    name: "UnauthorizedOperation",
    $metadata: { httpStatusCode: 403, attempts: 1 },
  });
}
