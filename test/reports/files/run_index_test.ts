import assert from "assert";
import { join } from "node:path";
import fc from "fast-check";
import { fileSink } from "../../../reports/files/file_sink.ts";
import { allRuns, indexPage } from "../../../reports/files/run_index.ts";
import { renderIndex } from "../../../reports/html/render_page.ts";
import { denoDisk } from "../../../runners/adapters/disk/deno_disk.ts";
import { MemoryStore } from "../../../runners/adapters/memory/memory_store.ts";
import type { Disk } from "../../../runners/core/files/disk.ts";
import type { RunRecord } from "../../../runners/core/report/sink.ts";
import { NASTY_STRINGS } from "../nasty_strings.ts";
import { sampleRecord } from "../sample_record.ts";

const store = new MemoryStore();
const DAY_MS = 86_400_000;

/** The n-th run of a job, a day after the one before. */
function aRun(job: string, n: number, part: Partial<RunRecord> = {}): RunRecord {
  const slot = new Date(sampleRecord.slot.getTime() + n * DAY_MS);
  return { ...sampleRecord, job, runId: `01JD${String(n).padStart(22, "0")}`, slot, ...part };
}

async function inTemporary(test: (directory: string) => Promise<void>) {
  const directory = await Deno.makeTempDir();
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const publish = (directory: string, record: RunRecord, disk: Disk = denoDisk) =>
  fileSink(directory, { disk, toolVersion: "0.1.0" }).publish(record, store);
const read = (directory: string, name: string) => Deno.readTextFileSync(join(directory, name));
const rowsIn = (html: string) => [...html.matchAll(/<tr id="([^"]+)"/g)].map(([, id]) => id!);

/** A disk on which writes take their time, so that runs meet between any two steps. */
function slowDisk(delays: Iterator<number>): Disk {
  const later = async <T>(work: () => Promise<T>) => {
    for (let n = delays.next().value ?? 0; n > 0; n--) await new Promise((go) => setTimeout(go, 0));
    return await work();
  };
  return {
    ...denoDisk,
    kindOf: (path) => later(() => denoDisk.kindOf(path)),
    create: (path, mode) => later(() => denoDisk.create(path, mode)),
    rename: (from, to) => later(() => denoDisk.rename(from, to)),
  };
}

Deno.test("the index has every run of every job, each linked to its page, the newest first", () =>
  inTemporary(async (directory) => {
    for (const n of [1, 2, 3]) await publish(directory, aRun("audit", n));
    await publish(directory, aRun("repo", 1));
    const html = read(directory, "index.html");
    const ids = ["audit-3", "audit-2", "audit-1", "repo-1"].map((id) =>
      id.replace("-", `-01JD${"0".repeat(21)}`)
    );
    assert.deepEqual(rowsIn(html), ids);
    for (const id of ids) assert.ok(html.includes(` href="${id}.html"><time`), id);
  }));

Deno.test("a page leads to the run before, and by the index to the run after", () =>
  inTemporary(async (directory) => {
    for (const n of [1, 2, 3]) await publish(directory, aRun("audit", n));
    const id = (n: number) => `audit-${aRun("audit", n).runId}`;
    const page = read(directory, `${id(2)}.html`);
    assert.ok(page.includes(`<a href="${id(1)}.html">Run before</a>`));
    assert.ok(page.includes(`<a href="index.html#after-${id(2)}">Run after</a>`));
    const index = read(directory, "index.html");
    assert.ok(index.includes(`<tr id="${id(3)}"><td><a id="after-${id(2)}" href="${id(3)}.html">`));
    assert.doesNotMatch(read(directory, `${id(1)}.html`), /Run before/);
  }));

Deno.test("whichever runs end at once, the index has all of them", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 2, max: 5 }),
      fc.infiniteStream(fc.nat({ max: 6 })),
      (count, delays) =>
        inTemporary(async (directory) => {
          const disk = slowDisk(delays[Symbol.iterator]());
          const runs = Array.from({ length: count }, (_, n) => aRun(n % 2 ? "audit" : "repo", n));
          await Promise.all(runs.map((run) => publish(directory, run, disk)));
          assert.deepEqual(
            rowsIn(read(directory, "index.html")).sort(),
            runs.map(({ job, runId }) => `${job}-${runId}`).sort(),
          );
        }),
    ),
    { seed: 17, numRuns: 25 },
  );
});

Deno.test("a run that is refused, unproven or done in part stands out in its row and at the top", () =>
  inTemporary(async (directory) => {
    const { run } = sampleRecord;
    const unproven = [{ account: "1", region: "us-east-1", reason: "access-denied", detail: "no" }];
    const failed = {
      ...{ id: "1", account: "1", region: "us-east-1", action: "ec2:StopInstances", target: "t" },
      ...{ reason: "", before: {}, after: {}, outcome: "failed" as const, error: null, at: null },
    } as const;
    const limit = { limit: "limits.perRun.count", value: 1, would: 2, reserved: 0, scope: null };
    await publish(directory, aRun("audit", 1));
    await publish(
      directory,
      aRun("repo", 1, {
        run: {
          ...run,
          coverage: { ...run.coverage, planned: 2, unproven },
          changes: [failed],
          refused: limit,
        },
      }),
    );
    const { notices, sections } = await indexPage(directory, await allRuns(directory));
    assert.deepEqual(notices, [
      { tone: "refused", text: "Last run of repo: it was refused, and nothing was changed." },
      { tone: "unproven", text: "Last run of repo: 1 of 2 account-regions not proven." },
      { tone: "refused", text: "Last run of repo: 1 of 1 change not done." },
    ]);
    assert.deepEqual(sections.map(({ rows }) => rows.map(({ tone }) => tone)), [
      [undefined],
      ["unproven"],
    ]);
  }));

Deno.test("trends are drawn in the order of the slots, and broken where a figure is not known", () =>
  inTemporary(async (directory) => {
    // The fourth speaks of a share of the organization.
    for (const [n, value] of [[3, 90], [1, 50], [2, null], [4, 100]] as const) {
      const { page } = sampleRecord;
      const trend = { title: "coverage", unit: "percent", value } as const;
      const headline = [{ ...page.headline[0]!, trend }];
      await publish(directory, aRun("audit", n, { page: { ...page, headline }, isShare: n === 4 }));
    }
    const { sections } = await indexPage(directory, await allRuns(directory));
    const [chart] = sections[0]!.charts!;
    assert.deepEqual(chart!.lines, [{ title: "coverage", values: [50, null, 90, null] }]);
    assert.match(read(directory, "index.html"), /<svg viewBox/);
  }));

Deno.test("of thousands of runs the index reads and shows the newest 200 of each job", () =>
  inTemporary(async (directory) => {
    await publish(directory, aRun("audit", 1));
    const entry = read(directory, `runs/audit/${aRun("audit", 1).runId}.json`);
    for (let n = 2; n <= 3_000; n++) {
      Deno.writeTextFileSync(join(directory, `runs/audit/${aRun("audit", n).runId}.json`), entry);
    }
    await publish(directory, aRun("dirty", 1));
    const rows = rowsIn(read(directory, "index.html"));
    assert.equal(rows.length, 201);
    assert.equal(rows[0], `audit-${aRun("audit", 3_000).runId}`);
  }));

for (
  const text of ["", "{", "[]", '{"title":1}', '{"title":"x","slot":"no","notes":[],"figures":[]}']
) {
  Deno.test(`an entry that says ${JSON.stringify(text)} is told of, and hides no other`, () =>
    inTemporary(async (directory) => {
      await publish(directory, aRun("audit", 1));
      Deno.writeTextFileSync(join(directory, `runs/audit/${aRun("audit", 2).runId}.json`), text);
      await publish(directory, aRun("audit", 3));
      const html = read(directory, "index.html");
      assert.equal(rowsIn(html).length, 3);
      assert.match(html, /its entry cannot be read/);
    }));
}

Deno.test("whatever lies among the entries, only text of it reaches the index", () =>
  inTemporary(async (directory) => {
    await publish(directory, aRun("audit", 1));
    const entry = JSON.parse(read(directory, `runs/audit/${aRun("audit", 1).runId}.json`));
    const tags = (html: string) =>
      html.slice(html.indexOf("<body>"), html.indexOf("<script>")).match(/<[a-z/]+/g)!
        .filter((tag) => !/<\/?(span|wbr)/.test(tag));
    const expected = tags(read(directory, "index.html"));
    for (const text of NASTY_STRINGS) {
      const figures = entry.figures.map((one: object) => (
        { ...one, label: text, value: text, detail: text, how: text }
      ));
      Deno.writeTextFileSync(
        join(directory, `runs/audit/${aRun("audit", 1).runId}.json`),
        JSON.stringify({ ...entry, title: text, figures }),
      );
      Deno.mkdirSync(join(directory, "runs", "..a"), { recursive: true });
      Deno.writeTextFileSync(join(directory, 'runs/audit/"><b>.json'), "{}");
      const page = await indexPage(directory, await allRuns(directory));
      assert.equal(page.sections.length, 1);
      const html = renderIndex(page, { toolVersion: "0.1.0" });
      assert.deepEqual(new Set(tags(html)), new Set(expected), text);
    }
  }));
