import assert from "assert";
import fc from "fast-check";
import { keptBody } from "../../../../runners/repo/serve/message.ts";
import { FIXED, propertyTest } from "../../core/properties.ts";

for (
  const [what, body, kept] of [
    [
      "an object",
      '{"account":"1","requestor":"alice","respond_user":["al"],"reason":"she said"}',
      '{"account":"1","requestor":"(left out)","respond_user":"(left out)","reason":"(left out)"}',
    ],
    ["a cut object", '{"requestor": "ali', '{"requestor": "(left out)"'],
    [
      "a list",
      '[{"requestor":"alice","account":"1"}]',
      '[{"requestor":"(left out)","account":"1"}]',
    ],
    ["what lies deeper", '{"a":{"reason":{"b":1}}}', '{"a":{"reason":"(left out)"}}'],
    ["a quoted quote", '{"requestor":"a\\"b","x":1', '{"requestor":"(left out)","x":1'],
    ["a form", "account=1\nrequestor=alice\nrole=x", 'account=1\nrequestor="(left out)"\nrole=x'],
    ["what is about nobody", "hello", "hello"],
  ] as const
) {
  Deno.test(`of ${what} is kept what is not about people`, () => {
    assert.equal(keptBody(body), kept);
  });
}

Deno.test("of a command everything is kept: it can be requeued", () => {
  const body = JSON.stringify({
    account: "111111111111",
    command: "opt_out",
    role_name: "app",
    respond_channel: "#security",
    requestor: "alice",
    reason: "quarterly job",
  });
  assert.equal(keptBody(body), body);
});

Deno.test("of what is nested too deeply nothing is lost, and nothing is thrown", () => {
  const body = `${"[".repeat(100_000)}{"requestor":"alice"}${"]".repeat(100_000)}`;
  assert.equal(keptBody(body), body.replace("alice", "(left out)"));
});

propertyTest(
  "who a message speaks of is never kept, wherever it is cut",
  keptBody,
  (kept) =>
    fc.assert(
      fc.property(
        fc.constantFrom("requestor", "respond_user", "reason"),
        fc.nat(200),
        fc.object({ maxDepth: 1 }),
        (name, cut, others) => {
          const body = JSON.stringify({ ...others, [name]: "ALICE-OF-EXAMPLE", last: 1 });
          const text = kept(body.slice(0, body.length - cut % body.length));
          assert.ok(!text.includes("ALICE"), text);
        },
      ),
      FIXED,
    ),
  {
    "keeps everything": (body) => body,
    "reads whole objects only": (body) => {
      try {
        return keptBody(JSON.stringify(JSON.parse(body)));
      } catch {
        return body;
      }
    },
  },
);
