import assert from "assert";
import { ROOT } from "./module_graph.ts";
import { filesIn } from "./pages.ts";

/** Where texts for people are made. */
const SOURCES = ["runners", "reports", "infra", "client", "hosts", "release"]
  .flatMap((folder) => filesIn(`${ROOT}${folder}`)).filter((file) => file.endsWith(".ts"));

/** What is counted anywhere, in the plural: what `counted` is given, or makes of it. */
function countedNouns(texts: readonly string[]): Set<string> {
  const given = texts.flatMap((text) => [
    ...text.matchAll(/\bcounted\([^;]*?, "([\w-]+)(?: [^"]*)?"(?:,\s*"([\w-]+)[^"]*")?,?\s*\)/g),
  ]);
  const plurals = given.map(([, one, many]) => many ?? `${one}s`);
  return new Set(plurals.filter((word) => /[a-z]{3}s$/.test(word)));
}

/** A number in a text, with a plural behind it that `counted` has not made. */
function uncounted(text: string, nouns: ReadonlySet<string>): string[] {
  return [...text.matchAll(/\$\{([^{}`]+)\}((?: [a-z-]+){1,2})/g)]
    .filter(([, value, words]) =>
      words!.trim().split(" ").some((word) => nouns.has(word)) && !isNoNumber(value!)
    ).map(([found]) => found);
}

/** A constant is never 1, a text has its own number, and `counted` is what is asked for. */
function isNoNumber(value: string): boolean {
  return /^[A-Z_0-9.]+$|^numberText\([A-Z_]+\)$|counted\(|Text\b(?!\()|"/.test(value);
}

/** What cannot be 1 where it stands, with the reason. */
const ALLOWED: Readonly<Record<string, string>> = {
  "${writes.length} rows at": "more than a store takes at once",
  "${share} violating instances": "a percentage",
  "${planned} account-regions": "coverage says of how many it is, as a fraction",
  "${planned} account-regions read": "coverage says of how many it is, as a fraction",
  "${planned} account-regions proven": "coverage says of how many it is, as a fraction",
  "${coverage?.planned} account-regions": "coverage says of how many it is, as a fraction",
  "${left} more account-regions": "coverage says of how many it is, as a fraction",
  "${accounts.length} accounts": "more than a template takes",
  "${verb} changes things": "a verb, and what it does",
  "${ids.length} versions already": "as many as IAM keeps",
  "${numberText(count)} times since": "once has another sentence",
  "${calls.count} times": "once has another sentence",
  "${attachments} times": "once has another sentence",
  "${numberText(own.length)} accounts": "more than three",
  "${numberText(permissions)} permissions": "one has another sentence",
  "${numberText(roles)} roles that": "one has another sentence",
  "${TRIES + 1} times and": "a constant",
  "${numberText(count)} changes": "one has another sentence",
  "${more.length + 1} roles would": "two or more",
};

Deno.test("no text puts a plural behind a number that may be 1", () => {
  const texts = SOURCES.map((file) => [file, Deno.readTextFileSync(file)] as const);
  const nouns = countedNouns(texts.map(([, text]) => text));
  assert.ok(nouns.size > 30, [...nouns].join(" "));
  const found = texts.flatMap(([file, text]) =>
    uncounted(text, nouns).filter((one) => !(one in ALLOWED))
      .map((one) => `${file.slice(ROOT.length)}: ${one}`)
  );
  assert.deepEqual(found, []);
});

Deno.test("a plural behind a number is found, however the number is written", () => {
  const nouns = new Set(["roles", "account-regions"]);
  for (
    const text of [
      "`${count} roles`",
      "`${roles.length} roles were read`",
      "`${numberText(left)} more roles`",
      "`${a} of ${b} account-regions`",
    ]
  ) assert.equal(uncounted(text, nouns).length, 1, text);
  for (
    const text of ['`${counted(count, "role")} roles`', "`${MOST} roles`", "`${name} role`"]
  ) assert.deepEqual(uncounted(text, nouns), [], text);
});
