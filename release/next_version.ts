/** Which part of the version a release raises. */
export type ReleaseKind = "patch" | "minor" | "major";

/**
 * The version after `version`.
 *
 * @throws RangeError when `version` is not three numbers with dots
 */
export function nextVersion(version: string, kind: ReleaseKind): string {
  const match = /^(\d+)\.(\d+)\.(\d+)$/.exec(version);
  if (!match) throw new RangeError(`"${version}" is not a version such as "1.2.3"`);
  const [major, minor, patch] = match.slice(1).map(Number) as [number, number, number];
  if (kind === "major") return `${major + 1}.0.0`;
  return kind === "minor" ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`;
}

const UNRELEASED = "## Unreleased";

/** What the changelog says of the next version, without its heading. */
export function unreleasedSection(changelog: string): string {
  const start = changelog.indexOf(`${UNRELEASED}\n`);
  if (start < 0) return "";
  const rest = changelog.slice(start + UNRELEASED.length);
  const end = rest.indexOf("\n## ");
  return (end < 0 ? rest : rest.slice(0, end)).trim();
}

/** The changelog with the unreleased section named, dated, and a new empty one above it. */
export function releasedChangelog(changelog: string, version: string, day: string): string {
  return changelog.replace(`${UNRELEASED}\n`, `${UNRELEASED}\n\n## ${version} (${day})\n`);
}

/** deno.json with another version, and every other byte as it was. */
export function withVersion(denoJson: string, from: string, to: string): string {
  return denoJson.replace(`"version": "${from}"`, `"version": "${to}"`);
}
