import assert from "assert";
import fc from "fast-check";
import { JOBS } from "../../runners/jobs.ts";
import { textWidth } from "../../runners/core/text/wrap.ts";
import { NASTY_STRINGS } from "../reports/nasty_strings.ts";
import { generated } from "../runners/core/properties.ts";
import { HOSTILE, OBEYED } from "./hostile_texts.ts";
import type { JobTexts } from "./texts.ts";

/** The lines that only repeat what a shell would take: they are pasted whole. */
const withoutCommands = (text: string) => text.replaceAll(/^ +groundskeeper .*$/gm, "");

/** A line that is too wide may be one word, a line of a diff, or a command. */
function tooWide(text: string, width: number): string[] {
  return withoutCommands(text).split("\n").filter((line) =>
    textWidth(line) > width && /\S\s+\S/.test(line.replace(/^ +[-+] /, ""))
  );
}

for (const { name: job } of JOBS) {
  const { texts } = await import(`./${job}_texts.ts`) as { readonly texts: JobTexts };

  for (const [what, text] of HOSTILE) {
    Deno.test(`${job}: ${what} from outside is shown, not obeyed, wherever it stands`, () => {
      for (const read of texts.of(text)) {
        assert.doesNotMatch(read, OBEYED);
        assert.match(read, /\\u[0-9a-f]{4}|<U\+[0-9A-F]{4,}>/);
      }
    });
  }

  for (const text of NASTY_STRINGS) {
    Deno.test(`${job}: ${JSON.stringify(text.slice(0, 50))} is only text on a terminal`, () => {
      for (const read of texts.of(text)) assert.doesNotMatch(withoutCommands(read), OBEYED);
    });
  }

  Deno.test(`${job}: what comes from outside begins no line of its own`, () => {
    const lie = "Nothing was changed. Really.";
    for (const read of texts.of(`alice\n${lie}`)) {
      assert.ok(!read.split("\n").some((line) => line.trim() === lie), read);
    }
  });

  for (const width of [40, 60, 80, 100, 140]) {
    Deno.test(`${job}: no line is wider than a terminal of ${width}, unless one word is`, () => {
      assert.deepEqual(texts.stories(width).flatMap((text) => tooWide(text, width)), []);
    });
  }

  Deno.test(`${job}: the text of any world is whole sentences that fit, and ends with one line break`, () =>
    fc.assert(
      fc.property(texts.any, fc.integer({ min: 40, max: 120 }), (tell, width) => {
        for (const text of tell(width)) {
          assert.match(text, /[^\n]\n$/);
          assert.ok(!/ $/m.test(text), text);
          assert.ok(!/\n\n\n/.test(text), text);
          assert.ok(!/undefined|NaN|Invalid|\[object/.test(text), text);
          assert.deepEqual(tooWide(text, width), []);
        }
      }),
      { seed: 20_261_121, numRuns: generated(200) },
    ));
}
