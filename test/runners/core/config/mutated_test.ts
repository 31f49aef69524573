import assert from "assert";
import fc from "fast-check";
import { checkConfig } from "../../../../runners/core/config/config.ts";
import { JOBS } from "../../../../runners/jobs.ts";
import { readJsonc } from "../../../../runners/core/config/read.ts";
import { configText } from "../../../../runners/core/config/text.ts";
import { durationMs } from "../../../../runners/core/duration.ts";
import { ConfigError } from "../../../../runners/core/errors.ts";
import { inProcess } from "../../../e2e/in_process.ts";
import { generated, propertyTest } from "../properties.ts";
import { WHOLE } from "./whole_configurations.ts";

const TODAY = new Date("2026-11-20T12:00:00Z");
const CASES = generated(5_000, 200);
const RUNS = { seed: 20_261_129, numRuns: CASES };

type Path = readonly (string | number)[];
type Check = (bytes: Uint8Array) => unknown;

/** Reads and checks a file's bytes, as the program does. */
const check: Check = (bytes) =>
  checkConfig(JOBS, readJsonc(configText(bytes, FILE), FILE), FILE, TODAY);
const FILE = "g.json";
const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** Every place of a configuration, with what stands there. */
function places(value: unknown, path: Path = []): (readonly [Path, unknown])[] {
  if (value === null || typeof value !== "object") return [[path, value]];
  const members = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [[path, value], ...members.flatMap(([key, one]) => places(one, [...path, key]))];
}

/** A copy with something else at a path. */
function withAt(value: unknown, [key, ...rest]: Path, change: (old: unknown) => unknown): unknown {
  if (key === undefined) return change(value);
  const copy = Array.isArray(value) ? [...value] : { ...value as object };
  const members = copy as Record<string | number, unknown>;
  members[key] = withAt(members[key], rest, change);
  return copy;
}

const lastKey = (path: Path) => String(path.at(-1));

/** What may stand in the place of a value, as text of JSON: `1e999` is none of JavaScript's. */
const VALUES = [
  ..."null true false 0 1 -1 1.5 1e308 1e999 99999999999999999999".split(" "),
  ...'[] {} [null] {"a":1}'.split(" "),
  ...[
    "",
    " ",
    "*",
    "7*",
    "?",
    "prod-?",
    "^a$",
    "1w",
    "90",
    "1.5d",
    "-1d",
    "1D",
    "999999d",
    "9999999d",
    "2027-02-30",
    "9999-12-31",
    "\u200b",
    "Cafe\u0301",
    "\u{1F9F9}",
    "\ud800",
    "\0",
    "\n",
    "__proto__",
    "constructor",
    "x".repeat(5_000),
    "arn:aws:iam::*:role/*",
    "^(a+)+$",
    "^(?=a)$",
  ].map((text) => JSON.stringify(text)),
];

const MARKER = "\uE000";

/** One mutation of a configuration, as text. */
const mutation = fc.record({
  how: fc.constantFrom("value", "value", "value", "delete", "rename", "add", "double", "wrap"),
  at: fc.nat(),
  value: fc.constantFrom(...VALUES),
  key: fc.constantFrom(
    "graze",
    "*",
    "__proto__",
    "toString",
    "ownerr",
    "\u200b",
    "a.b",
    "\ud800",
  ),
});

function mutate(
  text: string,
  { how, at, value, key }: typeof mutation extends fc.Arbitrary<infer One> ? One : never,
): string {
  const all = places(JSON.parse(text));
  const [path, old] = all[at % all.length]!;
  const parent = path.slice(0, -1);
  const put = (change: (old: unknown) => unknown, where = path) =>
    JSON.stringify(withAt(JSON.parse(text), where, change)).replace(JSON.stringify(MARKER), value);
  switch (how) {
    case "delete":
      return put((one) => {
        if (path.length === 0) return {};
        if (Array.isArray(one)) return one.filter((_, index) => index !== path.at(-1));
        const { [lastKey(path)]: _gone, ...rest } = one as Record<string, unknown>;
        return rest;
      }, parent);
    case "rename":
    case "add":
      return put((one) => {
        const target = one !== null && typeof one === "object" && !Array.isArray(one) ? one : {};
        return Object.assign(JSON.parse(`{${JSON.stringify(key)}:0}`), target, { [key]: MARKER });
      }, how === "add" ? path : parent);
    case "double":
      return put((one) => Array.isArray(one) ? [...one, ...one] : [one, one]);
    case "wrap":
      return put(() => [old]);
    default:
      return put(() => MARKER);
  }
}

const mutated = fc.tuple(
  fc.constantFrom(...WHOLE),
  fc.array(mutation, { minLength: 1, maxLength: 3 }),
).map(([whole, mutations]) =>
  mutations.reduce(
    (text, one) => {
      try {
        return mutate(text, one);
      } catch (error) {
        // What an earlier mutation has left is no JSON any more.
        if (error instanceof SyntaxError) return text;
        throw error;
      }
    },
    JSON.stringify(whole),
  )
);

/** How each line begins: a path, a place in the file, or the whole. */
const LINE =
  /^g\.json(?:(?::\d+:\d+)? (?:is|says) |: (?:The configuration |(?:\$schema|version|organization|store|plans|notify|reports|audit|repo|dirty|salt|ami|infra)\b|.+ is not a setting))/;

/** What comes of a file: undefined where it is taken, or the lines of what is wrong. */
function problemsOf(read: Check, bytes: Uint8Array): readonly string[] | undefined {
  try {
    read(bytes);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ConfigError, `a crash: ${error}`);
    assert.ok(error.problems.length > 0);
    return error.problems;
  }
}

for (const whole of WHOLE) {
  Deno.test(`a whole configuration is taken: ${Object.keys(whole).join(", ")}`, () => {
    assert.deepEqual(problemsOf(check, bytesOf(whole)), undefined);
  });
}

propertyTest<Check>(
  "a mutated configuration never crashes, and each line of what is wrong always has its path",
  check,
  (read) =>
    fc.assert(
      fc.property(mutated, (text) => {
        for (const line of problemsOf(read, new TextEncoder().encode(text)) ?? []) {
          assert.match(line, LINE);
          assert.ok(line.isWellFormed());
        }
      }),
      RUNS,
    ),
  {
    "compares durations that are none": (bytes) => {
      const input = JSON.parse(new TextDecoder().decode(bytes));
      for (const [path, value] of places(input)) {
        const isDuration = /^(after|grace|spacing|extension|maxAge|watch|.*Window)$/.test(
          lastKey(path),
        );
        if (isDuration && typeof value === "string") durationMs(value);
      }
      return check(bytes);
    },
    "leaves the path out": (bytes) => {
      try {
        return check(bytes);
      } catch (error) {
        const { problems } = error as ConfigError;
        throw new ConfigError(problems.map((line) => line.replace(/: [\w.[\]]+ must/, ": must")));
      }
    },
  },
);

/** Where a star, or any text at all, has a meaning, or is only shown. */
const FREE = /(protectedRoles|pinned|exclusive|pattern|reason|name|guards\.exempt)(\.|$)/;

const leaves = WHOLE.flatMap((whole) =>
  places(whole).filter(([path, value]) =>
    typeof value === "string" && !FREE.test(path.filter((one) => typeof one === "string").join("."))
  )
    .map(([path]) => ({ whole, path }))
);

propertyTest<Check>(
  "a wildcard that would stand for itself is never taken, wherever it stands",
  check,
  (read) =>
    fc.assert(
      fc.property(
        fc.constantFrom(...leaves),
        fc.constantFrom(
          (_: string) => "*",
          (old: string) => `${old}*`,
          (old: string) => `*${old}`,
          (old: string) => old.slice(0, -1) + "*",
          (old: string) => old.replace(/\w/, "*"),
        ),
        ({ whole, path }, change) => {
          const input = withAt(whole, path, (old) => change(String(old)));
          const problems = problemsOf(read, bytesOf(input));
          assert.ok(problems, `${path.join(".")} is taken`);
          const [top] = path;
          assert.ok(problems.every((line) => line.startsWith(`${FILE}: ${top}`)), problems.join());
        },
      ),
      RUNS,
    ),
  {
    "knows wildcards of tags alone": (bytes) => {
      const input = JSON.parse(new TextDecoder().decode(bytes));
      for (const path of ["homeRole", "externalId"]) {
        if (String(input.organization?.[path]).includes("*")) return input;
      }
      return check(bytes);
    },
    "takes values as they stand": (bytes) => {
      const input = JSON.parse(new TextDecoder().decode(bytes));
      return input.audit?.required?.some(({ value }: { value?: { oneOf?: string[] } }) =>
          value?.oneOf?.some((one) => one.includes("*"))
        )
        ? input
        : check(bytes);
    },
  },
);

const wrongBytes = fc.tuple(
  fc.constantFrom(...WHOLE),
  fc.nat(),
  fc.constantFrom([0x80], [0xc3], [0xe9], [0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80]),
).map(([whole, at, wrong]) => {
  const bytes = [...bytesOf(whole)];
  const index = at % bytes.length;
  return new Uint8Array([...bytes.slice(0, index), ...wrong, ...bytes.slice(index)]);
});

propertyTest<Check>(
  "a file that is not UTF-8 is never taken, and always told as that",
  check,
  (read) =>
    fc.assert(
      fc.property(wrongBytes, (bytes) => {
        const problems = problemsOf(read, bytes);
        assert.ok(problems, "it is taken");
        assert.match(problems.join(), /^g\.json:\d+:\d+ is not UTF-8 \(the byte 0x[89A-F]\w\)/);
      }),
      { ...RUNS, numRuns: Math.min(CASES, 1_000) },
    ),
  {
    "puts other characters in their place": (bytes) =>
      checkConfig(JOBS, readJsonc(new TextDecoder().decode(bytes), FILE), FILE, TODAY),
  },
);

/** A configuration in another encoding. */
function utf16(text: string, littleEndian: boolean, mark: boolean): Uint8Array {
  const units = mark ? `\uFEFF${text}` : text;
  const view = new DataView(new ArrayBuffer(units.length * 2));
  for (let at = 0; at < units.length; at++) {
    view.setUint16(at * 2, units.charCodeAt(at), littleEndian);
  }
  return new Uint8Array(view.buffer);
}

const ENCODINGS: readonly (readonly [what: string, bytes: Uint8Array, says: RegExp])[] = [
  ["UTF-16, little-endian", utf16('{"version":1}', true, true), /is UTF-16, and not UTF-8: save/],
  ["UTF-16, big-endian", utf16('{"version":1}', false, true), /is UTF-16, and not UTF-8: save/],
  ["UTF-16 without a mark", utf16('{"version":1}', true, false), /is UTF-16 or UTF-32, and not/],
  ["UTF-32", new Uint8Array([0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0]), /is UTF-32, and not UTF-8/],
  [
    "Latin-1",
    new Uint8Array([...new TextEncoder().encode('{\n "version": 1, // caf'), 0xe9, 0x0a, 0x7d]),
    /^g\.json:2:22 is not UTF-8 \(the byte 0xE9\): save the file as UTF-8$/,
  ],
];

for (const [what, bytes, says] of ENCODINGS) {
  Deno.test(`a configuration in ${what} is refused`, () => {
    assert.match(problemsOf(check, bytes)!.join(), says);
  });
}

Deno.test("a configuration in UTF-8 is taken with a byte order mark, and with any character", () => {
  const text = `\uFEFF${
    JSON.stringify({ version: 1, reports: { directory: "Café \u{1F9F9} \uFFFD" } })
  }`;
  assert.equal(problemsOf(check, new TextEncoder().encode(text)), undefined);
});

Deno.test("a configuration that is nested without end is refused", () => {
  assert.match(
    problemsOf(check, new TextEncoder().encode("[".repeat(200_000)))!.join(),
    /^g\.json(: | is nested)/,
  );
});

const audit = (part: object) => ({ version: 1, audit: { required: [{ key: "owner" }], ...part } });
const oneOf = (...values: string[]) =>
  audit({ required: [{ key: "owner", value: { oneOf: values } }] });
const exempt = (value: string) =>
  audit({ exempt: [{ match: { tag: { key: "x", value } }, reason: "why", until: "2027-01-31" }] });

/** What somebody writes, and what is to be written instead; undefined: it is taken. */
const WRITTEN: readonly (readonly [what: string, input: object, says: RegExp | undefined])[] = [
  [
    "a value with a star",
    oneOf("100", "2.0", "7*"),
    /oneOf\[2\] must be a text that stands for itself, since "\*" has no other meaning here: write \{"pattern": "\^\(100\|2\\\\\.0\|7\.\*\)\$"\} in the place of oneOf, found the string "7\*"$/,
  ],
  ["a value with a question mark", oneOf("prod-?"), /write \{"pattern": "\^\(prod-\.\)\$"\}/],
  ["a value that is a pattern", oneOf("^a|b$"), /since "\^…\$" .* "\^\(a\|b\)\$"/],
  ["a question", oneOf("Who is it?", "https://wiki/page?id=1"), undefined],
  ["an exemption of everything", exempt("*"), /value must .* write "pattern" for values of many/],
  ["a key with a star", audit({ required: [{ key: "cost*" }] }), /key must .* name each key by/],
  [
    "an account with a star",
    { version: 1, organization: { exclude: ["1234*"] } },
    /exclude\[0\] must be a string of twelve digits, .*\. "\*" is no wildcard here: name each/,
  ],
  [
    "a Region with a star",
    { version: 1, organization: { regions: ["us-*"] } },
    /regions\[0\] must be a region name .*\. "\*" is no wildcard here: name each one by itself$/,
  ],
  [
    "a duration in weeks",
    audit({ ladder: [{ after: "1w", do: "mark" }] }),
    /ladder\[0\]\.after must/,
  ],
  [
    "a duration in weeks after one in days",
    audit({ ladder: [{ after: "0m", do: "mark" }, { after: "1w", do: "stop" }], limits: {} }),
    /^g\.json: audit\.ladder\[1\]\.after must be a duration such as "45m", "12h" or "3d"/,
  ],
  [
    "a number beyond all",
    JSON.parse('{"version":1e999}'),
    /version must be 1, found the number Inf/,
  ],
];

for (const [what, input, says] of WRITTEN) {
  Deno.test(`${what} is ${says ? "refused, with what to write" : "taken"}`, () => {
    const problems = problemsOf(() => checkConfig(JOBS, input, FILE, TODAY), new Uint8Array());
    if (says === undefined) return assert.equal(problems, undefined);
    assert.equal(problems?.length, 1, problems?.join("\n"));
    assert.match(problems![0]!, says);
  });
}

Deno.test("a key that every object has is told as no setting", () => {
  const text = '{"version": 1, "audit": {"required": [{"key": "owner"}], "__proto__": {}}}';
  assert.deepEqual(problemsOf(check, new TextEncoder().encode(text)), [
    'g.json:1:58 says "__proto__", which is no setting',
  ]);
});

Deno.test("the program ends with 0 or 2 whatever the file holds, and never with a defect", async () => {
  const directory = await Deno.makeTempDir();
  const files = [
    ...fc.sample(mutated, { seed: 20_261_129, numRuns: 30 }).map((text) =>
      new TextEncoder().encode(text)
    ),
    ...ENCODINGS.map(([, bytes]) => bytes),
  ];
  await inProcess({ aws: { environment: {} }, directory }, async (run) => {
    for (const bytes of files) {
      Deno.writeFileSync(`${directory}/groundskeeper.json`, bytes);
      const { code, stdout, stderr } = await run("config check");
      const expected = problemsOf(check, bytes) ? 2 : 0;
      const missing = /\.ts/.test(stdout + stderr);
      // Modules of one's own are looked for, and are not there.
      assert.ok(code === expected || code === 2 && missing, `${code}: ${stdout}${stderr}`);
      assert.doesNotMatch(stderr, /defect/);
    }
  });
  await Deno.remove(directory, { recursive: true });
});
