import { buildClient } from "./client_programs.ts";
import {
  nextVersion,
  releasedChangelog,
  type ReleaseKind,
  unreleasedSection,
  withVersion,
} from "./next_version.ts";

/**
 * `deno task release patch|minor|major [--write]`: shows the next version, its section of the
 * changelog and its tag; with --write it commits and tags them.
 */
async function main(args: readonly string[]): Promise<number> {
  const kind = args[0];
  const write = args.includes("--write");
  if (!isKind(kind) || args.some((arg) => arg !== kind && arg !== "--write")) {
    console.error("Say which part of the version is raised: release patch|minor|major [--write]");
    return 2;
  }
  const root = new URL("../", import.meta.url);
  const denoJson = await Deno.readTextFile(new URL("deno.json", root));
  const changelog = await Deno.readTextFile(new URL("CHANGELOG.md", root));
  const from = (JSON.parse(denoJson) as { version: string }).version;
  const tags = (await git(root, "tag", "--list", "v*")).split("\n").filter(Boolean);
  // The first release is the version that deno.json says already.
  const version = tags.length === 0 ? from : nextVersion(from, kind);
  const section = unreleasedSection(changelog);
  console.log(`${tags.length === 0 ? "first release" : from} -> ${version}, tag v${version}\n`);
  console.log(section === "" ? "The changelog has nothing to say of it." : section);
  if (section === "" || tags.includes(`v${version}`)) {
    console.error(
      section === ""
        ? "\nNothing is released without a word: write it under Unreleased in CHANGELOG.md"
        : `\nThe tag v${version} is there already`,
    );
    return 1;
  }
  if (!write) {
    console.log(`\nNothing was written. To release it:  deno task release ${kind} --write`);
    return 0;
  }
  if ((await git(root, "status", "--porcelain")).trim() !== "") {
    console.error("\nThe working tree has changes: commit them first");
    return 1;
  }
  const day = new Date().toISOString().slice(0, 10);
  for (const path of ["deno.json", "client/deno.json"]) {
    const text = await Deno.readTextFile(new URL(path, root));
    await Deno.writeTextFile(new URL(path, root), withVersion(text, from, version));
  }
  await Deno.writeTextFile(
    new URL("CHANGELOG.md", root),
    releasedChangelog(changelog, version, day),
  );
  await git(root, "commit", "--quiet", "-am", `Release ${version}`);
  await git(root, "tag", "--annotate", `v${version}`, "--message", `Groundskeeper ${version}`);
  const { files, missing } = await buildClient(root.pathname);
  console.log(`\nTo publish with it:\n  ${files.join("\n  ")}`);
  if (missing !== undefined) console.log(`There are no executables of the client. ${missing}`);
  console.log(`\nCommitted and tagged v${version}. To publish:  git push --follow-tags`);
  return 0;
}

function isKind(text: string | undefined): text is ReleaseKind {
  return text === "patch" || text === "minor" || text === "major";
}

async function git(root: URL, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("git", { args, cwd: root }).output();
  if (!success) {
    throw new Error(`git ${args[0]} failed: ${new TextDecoder().decode(stderr).trim()}`);
  }
  return new TextDecoder().decode(stdout);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
