import assert from "assert";
import { MalformedPolicyError, parsePolicy } from "../../../../runners/repo/policy/document.ts";

const statement = (text: string) => `{"Statement":[${text}]}`;
const allow = (text: string) => statement(`{"Effect":"Allow",${text}}`);

const MALFORMED: readonly (readonly [text: string, where: string, what: RegExp])[] = [
  ["", "", /is not JSON/],
  ["null", "", /is not a JSON object/],
  ["[]", "", /is not a JSON object/],
  ['"Allow"', "", /is not a JSON object/],
  ["{}", "", /has no Statement/],
  ['{"Version":"2012-10-17"}', "", /has no Statement/],
  ['{"statement":[]}', "statement", /no element of a policy/],
  ['{"Statement":[],"Statement":[]}', "Statement", /stands there twice/],
  ['{"Statement":[],}', "", /is not JSON/],
  ['{"Statement":[]} // why', "", /is not JSON/],
  ['\uFEFF{"Statement":[]}', "", /is not JSON/],
  ['{"Statement":"Allow"}', "Statement", /neither an object nor an array/],
  [statement("1"), "Statement[0]", /is not an object/],
  [statement("[]"), "Statement[0]", /is not an object/],
  [statement('{"Effect":"allow","Action":"*"}'), "Statement[0].Effect", /neither "Allow" nor/],
  [statement('{"Action":"*"}'), "Statement[0].Effect", /neither "Allow" nor/],
  [statement('{"Effect":["Allow"],"Action":"*"}'), "Statement[0].Effect", /neither "Allow" nor/],
  [allow('"Resource":"*"'), "Statement[0]", /neither Action nor NotAction/],
  [allow('"action":"*"'), "Statement[0]", /neither Action nor NotAction/],
  [allow('"Action":"*","NotAction":"iam:*"'), "Statement[0]", /both Action and NotAction/],
  [allow('"Action":"*","Actions":"*"'), "Statement[0].Actions", /no element of a statement/],
  [allow('"Action":"*","Action":"*"'), "Statement[0].Action", /stands there twice/],
  [allow('"Action":[]'), "Statement[0].Action", /empty list/],
  [allow('"NotAction":[]'), "Statement[0].NotAction", /empty list/],
  [allow('"Action":["*",1]'), "Statement[0].Action", /not a string/],
  [allow('"Action":{"a":"*"}'), "Statement[0].Action", /not a string/],
  [allow('"Action":null'), "Statement[0].Action", /not a string/],
  [allow('"Sid":1,"Action":"*"'), "Statement[0].Sid", /not a string/],
  [
    allow('"Action":"*","Condition":{"Bool":{"a":"1","a":"2"}}'),
    "Statement[0].Condition.Bool.a",
    /stands there twice/,
  ],
];

for (const [text, where, what] of MALFORMED) {
  Deno.test(`a policy that says ${JSON.stringify(text)} is not understood`, () => {
    assert.throws(() => parsePolicy(text, "app"), (error) => {
      assert.ok(error instanceof MalformedPolicyError);
      assert.equal(error.policy, "app");
      assert.equal(error.where, where);
      assert.match(error.what, what);
      assert.match(error.message, /^The policy "app" cannot be understood: /);
      return true;
    });
  });
}

Deno.test("a policy is read with where everything stands", () => {
  const text = '{"Id":"x","Statement":{"Action":["\\u0073qs:*","s3:*"],"Sid":"","Effect":"Deny"}}';
  const { statements, isSingle } = parsePolicy(text, "app");
  const [only] = statements;
  assert.equal(isSingle, true);
  assert.equal(statements.length, 1);
  assert.deepEqual([only!.effect, only!.sid, only!.element, only!.isList], [
    "Deny",
    "",
    "Action",
    true,
  ]);
  assert.deepEqual(only!.patterns.map(({ pattern }) => pattern), ["sqs:*", "s3:*"]);
  const { from, to } = only!.patterns[0]!.span;
  assert.equal(text.slice(from, to), '"\\u0073qs:*"');
});
