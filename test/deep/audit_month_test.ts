import assert from "assert";
import { openSqliteStoreReadOnly } from "../../runners/adapters/sqlite/sqlite_store.ts";
import { CANARIES } from "../../runners/audit/canary/canary.ts";
import type { AuditFinding } from "../../runners/audit/findings.ts";
import { instanceIdOf } from "../../runners/core/aws/arn.ts";
import { openIntents } from "../../runners/core/journal/journal.ts";
import { runsOf } from "../../runners/core/run/run_register.ts";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import type { Call } from "../aws/call_log.ts";
import { isWrite } from "../aws/is_write.ts";
import { hideTags } from "../aws/rewrites.ts";
import { dice } from "./dice.ts";
import { exemptionsOn, liveOn, type Person, settle } from "./month_people.ts";
import { assertBudgets, deedsById, wrongInRecord } from "./month_record.ts";
import { type MonthWorld, monthWorld, type Where } from "./month_world.ts";
import { wholeJournal } from "../runners/core/journal/whole_journal.ts";
import { BEFORE_ALL } from "../runners/core/run/store_in_folder.ts";

const SEED = 20261121;
const LAST_DAY = 32;
/** On these days there is a second run, twelve hours later. */
const EVENINGS = [2, 8, 14, 20, 27];
/** The day on which DescribeInstances leaves the tags of one region out. */
const TAGS_HIDDEN = 10;
/** The day on which somebody terminates a canary; another is made the next morning. */
const CANARY_GONE = 16;
/** From this day on, the first run that terminates is killed while it does, and run again. */
const KILLED_FROM = 18;

const OWNERS_MS = 30 * 60_000;

Deno.test("in a month with all kinds of owners, exactly the instances of those who ignore everything end terminated, in time", async () => {
  console.log(`seed ${SEED}`);
  await using month = await monthWorld();
  const chance = dice(SEED);
  const people = settle(month, chance);
  const log = await live(month, people, chance);
  await assertRecord(month, people, log);
});

/** What a run printed. */
type MonthDocument =
  & Pick<PlanDocument, "coverage" | "refused">
  & Pick<RunDocument, "changes" | "upkeep" | "run_id">
  & { readonly findings: readonly AuditFinding[] };

/** What happened besides what journal and EC2 tell at the end. */
interface MonthLog {
  /** Every write that the program sent. */
  readonly writes: readonly Call[];
  /** The state of each instance when its termination was asked for. */
  readonly deathbeds: readonly { readonly id: string; readonly state: string | undefined }[];
  readonly documents: readonly { readonly day: number; readonly document: MonthDocument }[];
  readonly killed: number;
}

async function live(
  month: MonthWorld,
  people: readonly Person[],
  chance: ReturnType<typeof dice>,
): Promise<MonthLog> {
  const { proxy } = month.world.aws;
  const writes: Call[] = [];
  const deathbeds: { id: string; state: string | undefined }[] = [];
  const documents: { day: number; document: MonthDocument }[] = [];
  let killed = 0;
  let child: Deno.ChildProcess | undefined;
  let today = 0;
  const ofProgram = ({ principal }: Call) => principal?.includes("/groundskeeper-audit-") ?? false;
  proxy.onCall(async (call) => {
    if (!ofProgram(call) || call.action !== "ec2:TerminateInstances") return undefined;
    const ids = Object.entries(call.parameters).filter(([name]) => name.startsWith("InstanceId."))
      .map(([, id]) => id);
    const where = { account: call.account!, region: call.region };
    const now = await month.instancesIn(
      month.places.find(({ account, region }) =>
        account === where.account && region === where.region
      )!,
      ids,
    );
    deathbeds.push(...ids.map((id) => ({ id, state: now.get(id)?.state })));
    if (killed > 0 || today < KILLED_FROM) return undefined;
    killed++;
    return { kind: "lose-answer", afterEffect: () => child?.kill("SIGKILL") };
  });
  const keepWrites = () => {
    writes.push(...proxy.calls.filter((call) => ofProgram(call) && isWrite(call)));
    proxy.clearCalls();
  };
  const apply = async (day: number) => {
    const before = killed;
    const ran = await month.run("audit apply --yes --json", (process) => child = process);
    keepWrites();
    if (killed > before) {
      assert.equal(ran.code, 137);
      return await apply(day);
    }
    assert.ok([0, 3, 4].includes(ran.code), `day ${day} ended with ${ran.code}\n${ran.stderr}`);
    const document = JSON.parse(ran.stdout) as MonthDocument;
    documents.push({ day, document });
  };

  month.setClock(month.instantOf(-0.1));
  assert.equal((await month.run("audit canary apply --yes")).code, 0);
  const days = Array.from({ length: LAST_DAY + 1 }, (_, day) => day);
  for (const day of [...days, ...EVENINGS.map((day) => day + 0.5)].sort((a, b) => a - b)) {
    today = day;
    const instant = month.instantOf(day);
    month.setClock(new Date(instant.getTime() - OWNERS_MS));
    await liveOn(people, day, month, chance);
    if (day === CANARY_GONE) await terminateCanary(month);
    if (day === CANARY_GONE + 1) {
      assert.equal((await month.run("audit canary apply --yes")).code, 0);
    }
    month.world.configure({ exempt: exemptionsOn(day, people, month) });
    month.setClock(instant);
    const show = day === TAGS_HIDDEN ? proxy.rewrite(hideTags(month.places[1]!)) : () => {};
    await apply(day);
    show();
  }
  return { writes, deathbeds, documents, killed };
}

async function terminateCanary(month: MonthWorld): Promise<void> {
  const where = month.places[2]!;
  const store = openSqliteStoreReadOnly(`${month.world.directory}/groundskeeper.db`, {
    time: BEFORE_ALL,
  });
  const canaries = await CANARIES.read(store, [where.account]);
  store.close();
  const { instance_id } = canaries.get(`${where.account}/${where.region}`)!;
  await month.terminate(where, instance_id);
}

async function assertRecord(
  month: MonthWorld,
  people: readonly Person[],
  log: MonthLog,
): Promise<void> {
  const store = openSqliteStoreReadOnly(`${month.world.directory}/groundskeeper.db`, {
    time: BEFORE_ALL,
  });
  const journal = await wholeJournal(store, "audit");
  const open = await openIntents(store, "audit");
  const unfinished = [];
  for await (const run of runsOf(store, "audit")) if (run.finished === null) unfinished.push(run);
  const canaries = new Set(
    [...(await CANARIES.read(store, month.places.map(({ account }) => account))).values()].map((
      row,
    ) => row.instance_id),
  );
  store.close();
  const deeds = deedsById(journal);

  tell(log, deeds);
  assert.deepEqual(people.flatMap((one) => wrongInRecord(one, deeds.get(one.id) ?? [])), []);
  const known = new Set([...people.map(({ id }) => id)]);
  assert.deepEqual([...deeds.keys()].filter((id) => !known.has(id)), []);
  assert.deepEqual([open, unfinished, log.killed], [[], [], 1]);
  assertBudgets(journal);

  await assertEc2(month, people, canaries);
  assert.deepEqual(log.deathbeds.filter(({ state }) => state !== "stopped"), []);
  assert.deepEqual(log.writes.filter(({ account }) => !month.enforced.includes(account!)), []);
  assertTroubles(log);
  assertCopiesAreFound(people, log);
}

/** How much happened, for readers of the test's output. */
function tell({ documents }: MonthLog, deeds: ReturnType<typeof deedsById>): void {
  const all = [...deeds.values()].flat();
  const count = (deed: string) => all.filter((one) => one.deed === deed).length;
  console.log(
    `${documents.length} runs: ` +
      ["mark", "unmark", "stop", "terminate"].map((deed) => `${deed} ${count(deed)}`).join(", "),
  );
}

/** Which instances are there and which are gone, as EC2 says. */
async function assertEc2(
  month: MonthWorld,
  people: readonly Person[],
  canaries: ReadonlySet<string>,
): Promise<void> {
  const { world: { seeded }, places } = month;
  const gone = async (where: Where) => {
    const here = await month.instancesIn(where);
    const all = [
      ...["web", "asg", "spot", "store"].flatMap((group) =>
        seeded.instances(where.account, where.region, group)
      ),
      ...people.filter((one) => one.where === where).map(({ id }) => id),
    ];
    for (const [id, { state }] of here) if (canaries.has(id)) assert.equal(state, "stopped");
    return [...new Set(all)].filter((id) => !here.has(id));
  };
  const terminated = (await Promise.all(places.map(gone))).flat().sort();
  const ignored = people.filter(({ behaviour, enforced }) =>
    enforced && behaviour.ends === "terminated"
  ).map(({ id }) => id).sort();
  assert.deepEqual(terminated, ignored);
  assert.ok(ignored.length > 30, `only ${ignored.length} ended terminated`);
}

function assertTroubles({ documents, writes }: MonthLog): void {
  const on = (day: number) => documents.find((one) => one.day === day)!.document;
  for (const day of [TAGS_HIDDEN, CANARY_GONE]) {
    const { refused, changes, upkeep, coverage } = on(day);
    assert.ok(changes.length > 0, `nothing was due on day ${day}`);
    assert.equal(refused?.limit, "breakers.canaryFailShare");
    assert.deepEqual([...changes, ...upkeep].filter(({ outcome }) => outcome !== null), []);
    assert.equal(coverage.unproven.length, 1);
  }
  assert.equal(on(14.5).refused?.limit, "limits.rollingDay.count");
  // Whatever the documents say: no write was sent in these runs.
  const quiet = [on(TAGS_HIDDEN), on(CANARY_GONE), on(14.5)].map(({ run_id }) => run_id);
  const sent = writes.filter(({ principal }) => quiet.some((runId) => principal!.includes(runId)));
  assert.deepEqual(sent, []);
}

/** A copy of the canary is a finding of every run that believes its region. */
function assertCopiesAreFound(people: readonly Person[], { documents }: MonthLog): void {
  // Those that wait for a mark to hide from it see none where nothing is enforced.
  const copies = people.filter(({ behaviour, enforced }) =>
    /^copies/.test(behaviour.name) && (enforced || behaviour.by === "life")
  );
  const last = documents.at(-1)!.document;
  const found = last.findings.filter(({ kinds }) => kinds.includes("canary-copy")).map(({ id }) =>
    id
  );
  assert.deepEqual(found.sort(), copies.map(({ id }) => id).sort());
  for (const { day, document } of documents) {
    for (const { id, begins, where, behaviour } of copies) {
      const believed = document.coverage.regions.some(({ account, region }) =>
        account === where.account && region === where.region
      );
      if (behaviour.by !== "life" || day < begins || !believed) continue;
      const kinds = document.findings.find((finding) => finding.id === id)?.kinds;
      assert.deepEqual(kinds, ["canary-copy"], `${id} on day ${day}`);
    }
    const ids = document.changes.map(({ target }) => instanceIdOf(target));
    assert.ok(copies.every(({ id, behaviour }) => behaviour.by !== "life" || !ids.includes(id)));
  }
}
