import { canaryKillSubject } from "./canary_kill_world.ts";
import { killAtEveryCall, type KillSubject } from "./kill_generator.ts";
import { inTable } from "./kill_store.ts";
import { ladderKillSubject } from "./ladder_kill_world.ts";
import { repoKillSubject } from "./repo_kill_world.ts";
import { isChosenInTable } from "./table_calls.ts";

const SUBJECTS: Readonly<Record<string, KillSubject>> = {
  "the making of canaries": canaryKillSubject(inTable),
  "an audit that marks, stops, lifts, terminates and gives back": ladderKillSubject(inTable),
  // Of so many, the rows of what is seen are more than one batch of the table's.
  "a removal over six roles": repoKillSubject(inTable, 6),
};

for (const [what, subject] of Object.entries(SUBJECTS)) {
  Deno.test(`with its store in a table, ${what} converges in the next run, wherever it is killed or loses an answer`, async () => {
    console.log(await killAtEveryCall(subject, isChosenInTable));
  });
}
