import { filesIn } from "../../architecture/pages.ts";
import { ROOT } from "../../architecture/module_graph.ts";

const JOB = `${ROOT}test/e2e/sixth_job/volumes`;

/** The files of the sixth job as they stand in `runners/volumes`, by name. */
export function jobFiles(): ReadonlyMap<string, string> {
  return new Map(
    filesIn(JOB).map((file) => [
      file.slice(JOB.length + 1),
      Deno.readTextFileSync(file).replaceAll('"../../../../runners/', '"../'),
    ]),
  );
}

/** What `runners/jobs.ts` is with the sixth job: its import, and its name in the list. */
export function jobsWithSixth(): string {
  const jobs = Deno.readTextFileSync(`${ROOT}runners/jobs.ts`);
  return 'import { volumes } from "./volumes/entry.ts";\n' +
    jobs.replace(/JOBS = \[(.*)\]/, "JOBS = [$1, volumes]");
}

/** A copy of the program with the sixth job in it; disposing of it removes it. */
export async function houseWithSixth(): Promise<AsyncDisposable & { readonly root: string }> {
  const root = await Deno.makeTempDir({ prefix: "groundskeeper-sixth-" });
  for (const folder of ["runners", "reports", "test/entry"]) await copy(folder, root);
  for (const file of ["deno.json", "deno.lock"]) {
    await Deno.copyFile(ROOT + file, `${root}/${file}`);
  }
  await Deno.mkdir(`${root}/runners/volumes`);
  for (const [name, text] of jobFiles()) {
    await Deno.writeTextFile(`${root}/runners/volumes/${name}`, text);
  }
  await Deno.writeTextFile(`${root}/runners/jobs.ts`, jobsWithSixth());
  return { root, [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }) };
}

async function copy(folder: string, root: string): Promise<void> {
  for (const file of filesIn(`${ROOT}${folder}`)) {
    const to = root + file.slice(ROOT.length - 1);
    await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
    await Deno.copyFile(file, to);
  }
}
