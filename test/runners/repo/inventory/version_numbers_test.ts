import assert from "assert";
import fc from "fast-check";
import type { Write } from "../../../../runners/core/store/store.ts";
import { refreshAccount } from "../../../../runners/repo/inventory/refresh_account.ts";
import { roleWrites } from "../../../../runners/repo/inventory/role_writes.ts";
import type { VersionRow } from "../../../../runners/repo/inventory/rows.ts";
import { listVersions, numberVersions } from "../../../../runners/repo/inventory/versions.ts";
import type { LastChangeRow, RoleRow } from "../../../../runners/repo/planning.ts";
import { ManualClock } from "../../core/manual_clock.ts";
import { FIXED, generated, propertyTest } from "../../core/properties.ts";
import { withStore } from "../../core/run/store_in_folder.ts";
import {
  allowing,
  anEntry,
  aRole,
  JUDGED,
  keyOf,
  PROD,
  roleIdOf,
  seenAt,
  writesOf,
} from "./roles.ts";

/** What may happen to a role: people edit it, slow reads begin and end, and this job changes it. */
type Step =
  | { readonly kind: "edit"; readonly set: number }
  | { readonly kind: "look begins" | "look ends"; readonly by: number }
  | { readonly kind: "intent"; readonly set: number }
  | { readonly kind: "write" }
  | { readonly kind: "outcome"; readonly outcome: "done" | "unknown" | "failed" };

const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("edit" as const), set: fc.nat(3) }),
  fc.record({ kind: fc.constantFrom("look begins" as const, "look ends" as const), by: fc.nat(2) }),
  fc.record({ kind: fc.constant("intent" as const), set: fc.nat(3) }),
  fc.record({ kind: fc.constant("write" as const) }),
  fc.record({
    kind: fc.constant("outcome" as const),
    outcome: fc.constantFrom("done" as const, "unknown" as const, "failed" as const),
  }),
);

const ROLE = roleIdOf(1);
const SETS = ["s3:*", "s3:Get*", "sqs:*"].map((action) => ({ app: allowing(action) }));
const setOf = (number: number): Record<string, string> => SETS[number] ?? {};

/** A role, its rows, and the versions that were shown. */
class Story {
  #at = Date.parse("2026-11-20T00:00:00.000Z");
  #live = setOf(0);
  #row: RoleRow | undefined;
  #lastChange: LastChangeRow | undefined;
  readonly #versions = new Map<string, VersionRow>();
  readonly #looks = new Map<number, { at: string; inline: Record<string, string> }>();
  #open:
    | { intended: string; before: Record<string, string>; after: Record<string, string> }
    | null = null;
  readonly #shown = new Map<number, string>();

  constructor(private readonly write: typeof roleWrites) {}

  do(step: Step): void {
    this.#at += 1000;
    const now = new Date(this.#at).toISOString();
    switch (step.kind) {
      case "edit":
        this.#live = setOf(step.set);
        break;
      case "look begins":
        this.#looks.set(step.by, { at: now, inline: this.#live });
        break;
      case "look ends":
        this.#look(step.by);
        break;
      case "intent":
        this.#open = { intended: now, before: this.#live, after: setOf(step.set) };
        this.#store(writesOf(this.#entry(null, now)));
        break;
      case "write":
        if (this.#open) this.#live = this.#open.after;
        break;
      case "outcome":
        if (this.#open) this.#store(writesOf(this.#entry(step.outcome, now)));
        this.#open = null;
    }
    this.#show();
  }

  #entry(outcome: "done" | "unknown" | "failed" | null, finished: string) {
    const { intended, before, after } = this.#open!;
    const gone = Object.fromEntries(Object.keys(before).map((name) => [name, null]));
    return anEntry({
      roleId: ROLE,
      before,
      after: { ...gone, ...after },
      intended,
      outcome,
      ...(outcome ? { finished } : {}),
    });
  }

  #look(by: number): void {
    const look = this.#looks.get(by);
    if (!look) return;
    this.#looks.delete(by);
    const seen = seenAt(look.at, aRole(1, { inline: look.inline }));
    const last = this.#numbered().at(-1);
    // As readRoleState answers: with what changes of this job have left since.
    const newest = last &&
      { version: last.seq, hash: last.hash, version_at: last.discovered };
    const row = this.#row && { ...this.#row, ...newest };
    const revisions = { row: "absent", lastChange: "absent" } as const;
    this.#store(this.write(seen, { row, newest, lastChange: this.#lastChange, revisions }));
  }

  #store(writes: readonly Write[]): void {
    for (const { kind: partition, id, value } of writes) {
      const [kind] = partition.split("#");
      if (kind === "repo/version") this.#versions.set(id, value as unknown as VersionRow);
      if (kind === "repo/role") this.#row = value as unknown as RoleRow;
      if (kind === "repo/last-change" && value) {
        this.#lastChange = value as unknown as LastChangeRow;
      }
    }
  }

  #numbered() {
    return numberVersions(
      [...this.#versions].sort(([a], [b]) => a < b ? -1 : 1).map(([, row]) => row),
    );
  }

  /** A number that was shown means the same set for ever. */
  #show(): void {
    const versions = this.#numbered();
    for (const { seq, hash } of versions) {
      assert.equal(this.#shown.get(seq) ?? hash, hash, `version ${seq}`);
      this.#shown.set(seq, hash);
    }
    assert.deepEqual(versions.map(({ seq }) => seq), versions.map((_, index) => index + 1));
    assert.ok(versions.length >= this.#shown.size, "no version is lost");
    assert.ok(
      versions.every(({ hash }, index) => hash !== versions[index + 1]?.hash),
      "no version follows itself",
    );
  }
}

propertyTest(
  "a version's number is never given to another set, whatever looks and changes run side by side",
  roleWrites,
  (subject) =>
    fc.assert(
      fc.property(fc.array(stepArbitrary, { maxLength: 30 }), (steps) => {
        const story = new Story(subject);
        for (const step of steps) story.do(step);
      }),
      { ...FIXED, numRuns: generated(2000) },
    ),
  {
    "believes an old look": (seen, earlier) =>
      roleWrites(seen, {
        ...earlier,
        newest: earlier.newest && { ...earlier.newest, version_at: "" },
      }),
  },
);

Deno.test("refreshes that run side by side give each version one number", async () => {
  await withStore(async (store) => {
    const clock = new ManualClock();
    const refresh = (inline: Record<string, string>) =>
      refreshAccount({ id: PROD, name: "prod" }, {
        store,
        clock,
        sightMs: 0,
        tracked: new Map(),
        judge: () => JUDGED,
        open: () =>
          Promise.resolve({
            partition: "aws",
            roles: async function* () {
              for (let number = 1; number <= 50; number++) {
                await Promise.resolve();
                yield aRole(number, { inline });
              }
            },
          }),
      });
    for (const inline of [setOf(0), setOf(1), setOf(2)]) {
      const both = await Promise.all([refresh(inline), refresh(inline)]);
      assert.deepEqual(both.map(({ failure, roles }) => [failure, roles]), [[null, 50], [
        null,
        50,
      ]]);
      await clock.advance(1000);
    }
    for (let number = 1; number <= 50; number++) {
      const versions = await listVersions(store, keyOf(number));
      assert.deepEqual(versions.map(({ seq, source }) => `${seq} ${source}`), [
        "1 Scan",
        "2 External",
        "3 External",
      ]);
    }
  });
});
