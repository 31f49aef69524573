import assert from "assert";
import {
  nextVersion,
  releasedChangelog,
  unreleasedSection,
  withVersion,
} from "../../release/next_version.ts";

Deno.test("a release raises its part of the version and sets those behind it to 0", () => {
  assert.equal(nextVersion("1.2.3", "patch"), "1.2.4");
  assert.equal(nextVersion("1.2.3", "minor"), "1.3.0");
  assert.equal(nextVersion("1.2.3", "major"), "2.0.0");
  assert.throws(() => nextVersion("1.2", "patch"), RangeError);
});

const CHANGELOG = "# Changelog\n\n## Unreleased\n\n- New.\n\n## 0.1.0 (2026-11-21)\n\n- First.\n";

Deno.test("what is unreleased is the section of that name, and only it", () => {
  assert.equal(unreleasedSection(CHANGELOG), "- New.");
  assert.equal(unreleasedSection("# Changelog\n"), "");
  assert.equal(unreleasedSection("## Unreleased\n\n## 0.1.0\n\n- First.\n"), "");
});

Deno.test("a released changelog names and dates the section, below a new empty one", () => {
  const released = releasedChangelog(CHANGELOG, "0.2.0", "2026-12-01");
  assert.equal(unreleasedSection(released), "");
  assert.ok(released.includes("## 0.2.0 (2026-12-01)\n\n- New.\n\n## 0.1.0"));
});

Deno.test("only the version changes in deno.json", () => {
  const text = '{\n  "version": "0.1.0",\n  "imports": { "x": "npm:x@0.1.0" }\n}\n';
  assert.equal(withVersion(text, "0.1.0", "0.2.0"), text.replace('"0.1.0",\n', '"0.2.0",\n'));
});
