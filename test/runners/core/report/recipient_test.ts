import assert from "assert";
import fc from "fast-check";
import { recipientOf } from "../../../../runners/core/report/recipient.ts";
import { NASTY_STRINGS } from "../../../reports/nasty_strings.ts";
import { FIXED, propertyTest } from "../properties.ts";

const FALLBACK = "platform@example.com";
const WITHOUT = { from: "groundskeeper@corp.example", fallback: FALLBACK, at: null };
const WITH = { ...WITHOUT, at: "example.com" };

const CASES:
  readonly (readonly [string | undefined, typeof WITHOUT | typeof WITH, string, RegExp | null])[] =
    [
      [undefined, WITH, FALLBACK, /^owner unknown$/],
      ["alice", WITH, "alice@example.com", null],
      ["Alice", WITH, "alice@example.com", null],
      ["alice@example.com", WITH, "alice@example.com", null],
      ["ALICE@EXAMPLE.COM", WITH, "alice@example.com", null],
      ["first.last+aws@example.com", WITH, "first.last+aws@example.com", null],
      ["platform", WITH, FALLBACK, null],
      [
        "someone@attacker.example",
        WITH,
        FALLBACK,
        /^someone@attacker\.example is not in example\.com$/,
      ],
      ["alice@eu.example.com", WITH, FALLBACK, /is not in example\.com$/],
      ["alice@example.com.attacker.example", WITH, FALLBACK, /is not in/],
      ["alice@notexample.com", WITH, FALLBACK, /is not in/],
      // The Kelvin sign and the dotted I become ASCII letters, or almost, in small letters.
      ["alice@example.co\u212A", { ...WITH, at: "example.cok" }, FALLBACK, /is not in/],
      ["\u212Aim", WITH, FALLBACK, /is no mail address$/],
      ["alice@example.com,eve@attacker.example", WITH, FALLBACK, /is no mail address$/],
      ["alice@example.com>\r\nBcc: eve@attacker.example", WITH, FALLBACK, /is no mail address$/],
      ["alice\r\nBcc: eve", WITH, FALLBACK, /is no mail address$/],
      ["alice@attacker.example@example.com", WITH, FALLBACK, /is no mail address$/],
      ['"alice"@example.com', WITH, FALLBACK, /is no mail address$/],
      ["alice smith", WITH, FALLBACK, /^"alice smith" is no mail address$/],
      [" alice", WITH, FALLBACK, /is no mail address$/],
      ["a..b", WITH, FALLBACK, /is no mail address$/],
      [".alice", WITH, FALLBACK, /is no mail address$/],
      ["-oQ/tmp", WITH, FALLBACK, /is no mail address$/],
      ["", WITH, FALLBACK, /is no mail address$/],
      ["@example.com", WITH, FALLBACK, /is no mail address$/],
      ["alice@", WITH, FALLBACK, /is not in/],
      ["a".repeat(65), WITH, FALLBACK, /^"a{59}…" is no mail address$/],
      ["alice", WITHOUT, FALLBACK, /^alice has no address: set reports\.mail\.at$/],
      ["alice@corp.example", WITHOUT, "alice@corp.example", null],
      [
        "someone@attacker.example",
        WITHOUT,
        FALLBACK,
        /^someone@attacker\.example is not in corp\.example: set reports\.mail\.at if it is yours$/,
      ],
    ];

for (const [name, domains, to, why] of CASES) {
  Deno.test(`the owner ${JSON.stringify(name)} with at ${domains.at} gets mail at ${to}`, () => {
    const recipient = recipientOf(name === undefined ? undefined : { name }, domains);
    assert.equal(recipient.to, to);
    if (why === null) assert.equal(recipient.why, null);
    else assert.match(recipient.why ?? "", why);
  });
}

const name = fc.oneof(
  fc.constantFrom(...NASTY_STRINGS),
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.array(
    fc.constantFrom(
      "alice",
      "@",
      ".",
      "example.com",
      "attacker.example",
      ",",
      " ",
      "\r\n",
      "<",
      ">",
      "\u212A",
    ),
    { maxLength: 6 },
  ).map((parts) => parts.join("")),
);

propertyTest(
  "whatever an owner is called, mail goes to one mailbox in the domain, or to the fallback with why",
  recipientOf,
  (subject) =>
    fc.assert(
      fc.property(name, fc.constantFrom(WITH, WITHOUT), (name, domains) => {
        const { to, why } = subject({ name }, domains);
        const own = domains.at ?? "corp.example";
        if (to === FALLBACK) assert.ok(why !== null || name.toLowerCase().startsWith("platform"));
        else {
          assert.match(to, /^[a-z0-9_][a-z0-9._%+-]{0,63}@[a-z.]+$/);
          assert.equal(to.split("@")[1], own);
          assert.equal(why, null);
        }
      }),
      { ...FIXED, numRuns: FIXED.numRuns * 5 },
    ),
  {
    "takes any name with an @ for an address": (owner, domains) =>
      owner?.name.includes("@") ? { to: owner.name, why: null } : recipientOf(owner, domains),
    "takes a domain that ends the same": (owner, domains) =>
      owner?.name.endsWith(domains.at ?? "corp.example")
        ? { to: owner.name, why: null }
        : recipientOf(owner, domains),
    "sends to the fallback without saying why": (owner, domains) => (
      { ...recipientOf(owner, domains), why: null }
    ),
  },
);
