import assert from "assert";
import fc from "fast-check";
import { policyText } from "../../../../runners/repo/inventory/policy_text.ts";
import { FIXED, propertyTest } from "../../core/properties.ts";

/** RFC 3986, as IAM encodes. */
const encoded = (text: string) =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );

Deno.test("a document whose encoding is broken is no shorter document", () => {
  for (const text of ["%7B%22a%2", "%7B%E4%7D", "%", "%zz"]) {
    assert.throws(() => policyText(text, 'the policy "main"'), {
      name: "IncompleteAnswerError",
      message: /a document of the policy "main"/,
    });
  }
});

const document = fc.string({ unit: "grapheme", maxLength: 60 })
  .map((text) => `{"Sid": ${JSON.stringify(text)}, "x": "100%, a+b %7B %20"}`);

propertyTest(
  "the very text comes back, encoded or bare, and is never decoded twice",
  policyText,
  (subject) => {
    fc.assert(
      fc.property(document, (text) => {
        assert.equal(subject(encoded(text), "it"), text);
        assert.equal(subject(text, "it"), text);
      }),
      FIXED,
    );
  },
  {
    "takes plus signs for blanks": (text) =>
      text.includes("{") ? text : decodeURIComponent(text.replaceAll("%2B", "%20")),
    "does not decode": (text) => text,
    "decodes what is bare": (text) => decodeURIComponent(text.replaceAll("%,", "%25,")),
  },
);
