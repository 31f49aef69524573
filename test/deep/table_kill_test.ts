import { canaryKillSubject } from "./canary_kill_world.ts";
import { killAtEveryCall, type KillSubject } from "./kill_generator.ts";
import { inTable, type MakeKillStore } from "./kill_store.ts";
import { ladderKillSubject } from "./ladder_kill_world.ts";
import { managedKillSubject, repoKillSubject, restoreKillSubject } from "./repo_kill_world.ts";
import { isChosenInTable } from "./table_calls.ts";

const SUBJECTS: Readonly<Record<string, (makeStore: MakeKillStore) => KillSubject>> = {
  "the making of canaries": canaryKillSubject,
  "an audit that marks, stops, lifts, terminates and gives back": ladderKillSubject,
  "a removal over ten roles": repoKillSubject,
  "a removal from a managed policy": managedKillSubject,
  "a restore": restoreKillSubject,
};

for (const [what, subjectOver] of Object.entries(SUBJECTS)) {
  Deno.test(`with its store in a table, ${what} converges in the next run, wherever it is killed or an answer of the table is lost`, async () => {
    console.log(await killAtEveryCall(subjectOver(inTable), isChosenInTable));
  });
}
