import assert from "assert";
import { readJsonc } from "../../../../runners/core/config/read.ts";

const wrong: readonly { title: string; text: string; problems: readonly string[] }[] = [
  { title: "an empty file", text: "", problems: ["x.json is empty"] },
  { title: "a file of comments", text: "// nothing\n/* here */\n", problems: ["x.json is empty"] },
  {
    title: "a missing colon",
    text: '{\n  "version" 1\n}',
    problems: ["x.json:2:13 is not JSON: colon expected"],
  },
  {
    title: "a missing comma",
    text: '{"a": 1 "b": 2}',
    problems: ["x.json:1:9 is not JSON: comma expected"],
  },
  {
    title: "a file that was cut short",
    text: '{"a": [1,',
    problems: [
      "x.json:1:10 is not JSON: value expected",
      "x.json:1:10 is not JSON: close bracket expected",
    ],
  },
  {
    title: "text after the end",
    text: "{}\n}",
    problems: ["x.json:2:1 is not JSON: end of file expected"],
  },
  {
    title: "an account ID without quotes that begins with 0",
    text: '{"id": 012345678901}',
    problems: ["x.json:1:9 is not JSON: comma expected"],
  },
  {
    title: "a key that is said twice",
    text: '{\n  "grace": "1m",\n  "grace": "2m"\n}',
    problems: ['x.json:3:3 says "grace" a second time'],
  },
  {
    title: "keys that are said twice inside of lists and objects",
    text: '{"required": [{"key": "a", "key": "b"}], "audit": {"mark": "a", "mark": "a"}}',
    problems: [
      'x.json:1:28 says "key" a second time',
      'x.json:1:65 says "mark" a second time',
    ],
  },
  {
    title: "a key that is written differently and is the same",
    text: '{"a": 1, "\\u0061": 2}',
    problems: ['x.json:1:10 says "a" a second time'],
  },
  {
    title: "a problem behind a byte order mark, in its true column",
    text: '\uFEFF{"a" 1}',
    problems: ["x.json:1:6 is not JSON: colon expected"],
  },
];

for (const { title, text, problems } of wrong) {
  Deno.test(`readJsonc tells where it is wrong: ${title}`, () => {
    assert.throws(() => readJsonc(text, "x.json"), (error: Error & { problems?: string[] }) => {
      assert.equal(error.name, "ConfigError");
      // A cut file may be told in more sentences; the first ones must be these.
      assert.deepEqual(error.problems?.slice(0, problems.length), problems);
      return true;
    });
  });
}

const right: readonly { title: string; text: string; value: unknown }[] = [
  {
    title: "comments and trailing commas",
    text: '{/* a */"a": [1, 2,], // b\n}',
    value: { a: [1, 2] },
  },
  { title: "a byte order mark", text: '\uFEFF{"a": null}', value: { a: null } },
  { title: "Windows line ends", text: '{\r\n"a": true\r\n}\r\n', value: { a: true } },
  {
    title: "the same key in two objects",
    text: '[{"a": 1}, {"a": 2}]',
    value: [{ a: 1 }, { a: 2 }],
  },
  { title: "what is no object", text: '"text"', value: "text" },
  { title: "comment signs inside of strings", text: '{"a": "// no"}', value: { a: "// no" } },
];

for (const { title, text, value } of right) {
  Deno.test(`readJsonc reads ${title}`, () => {
    assert.deepEqual(JSON.parse(JSON.stringify(readJsonc(text, "x.json"))), value);
  });
}
