import assert from "assert";
import fc from "fast-check";
import { textWriter } from "../../runners/shell/deno_host.ts";
import { FIXED, propertyTest } from "./core/properties.ts";

/** What a stream does at each write: how many bytes it takes, or what it throws. */
type Step = number | "busy" | "gone" | "full";

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 1, max: 9 }) },
    { weight: 2, arbitrary: fc.constant("busy" as const) },
    { weight: 1, arbitrary: fc.constantFrom<Step>("gone", "full", 0) },
  ),
  { maxLength: 12 },
);

/** A stream that takes everything when its steps are over. */
function streamOf(script: readonly Step[]) {
  const left = [...script];
  const taken: number[] = [];
  let ended: Step | undefined;
  const take = (bytes: Uint8Array): number => {
    const step = left.shift() ?? bytes.length;
    if (step === "busy") throw new Deno.errors.WouldBlock("Resource temporarily unavailable");
    if (typeof step === "string" || step === 0) ended ??= step;
    if (step === "gone") throw new Deno.errors.BrokenPipe("Broken pipe");
    if (step === "full") throw Object.assign(new Error("No space left"), { code: "ENOSPC" });
    const count = Math.min(step, bytes.length);
    taken.push(...bytes.subarray(0, count));
    return count;
  };
  return { take, taken, ended: () => ended };
}

propertyTest<typeof textWriter>(
  "text comes whole and in order up to the first fault, nothing follows it, and nothing is thrown",
  textWriter,
  (writerOf) =>
    fc.assert(
      fc.property(
        steps,
        fc.array(fc.string({ unit: "grapheme", maxLength: 12 }), { maxLength: 5 }),
        (script, texts) => {
          const stream = streamOf(script);
          const writer = writerOf(stream.take);
          assert.doesNotThrow(() => texts.forEach((text) => writer.write(text)));
          const all = [...new TextEncoder().encode(texts.join(""))];
          const ended = stream.ended();
          if (ended === undefined) assert.deepEqual(stream.taken, all);
          else assert.deepEqual(stream.taken, all.slice(0, stream.taken.length));
          // Whoever has gone wants no more; anything else is a loss that must be known.
          assert.equal(writer.lost() !== null, ended === "full" || ended === 0);
        },
      ),
      FIXED,
    ),
  {
    "takes a short write for a whole one": (take) => ({
      ...textWriter(take),
      write: (text) => {
        try {
          take(new TextEncoder().encode(text));
        } catch {
          // Lost.
        }
      },
    }),
    "goes on after a fault": (take) => {
      const writers: ReturnType<typeof textWriter>[] = [];
      return {
        write: (text) => {
          writers.push(textWriter(take));
          writers.at(-1)!.write(text);
        },
        lost: () => writers.map(({ lost }) => lost()).find((error) => error !== null) ?? null,
      };
    },
    "throws": (take) => {
      const writer = textWriter(take);
      return {
        ...writer,
        write: (text) => {
          writer.write(text);
          const lost = writer.lost();
          if (lost) throw lost;
        },
      };
    },
    "forgets what was lost": (take) => ({ ...textWriter(take), lost: () => null }),
  },
);
