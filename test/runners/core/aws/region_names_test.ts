import assert from "assert";
import fc from "fast-check";
import { REGION_SHAPE, REGIONS, unknownRegion } from "../../../../runners/core/aws/region_names.ts";
import { generated, propertyTest } from "../properties.ts";

const RUNS = { seed: 20_261_130, numRuns: generated(1000) };

const WRONG: readonly (readonly [name: string, meant: string | null])[] = [
  ["us-esat-1", "us-east-1"],
  ["us-eats-2", "us-east-2"],
  ["us-esta-1", "us-east-1"],
  ["su-east-1", "us-east-1"],
  ["us-est-1", "us-east-1"],
  ["ue-west-2", "eu-west-2"],
  ["eu-wesst-2", "eu-west-2"],
  ["ap-southest-1", "ap-southeast-1"],
  ["ap-sotuheast-1", "ap-southeast-1"],
  ["ca-cenrtal-1", "ca-central-1"],
  ["us-gvo-east-1", "us-gov-east-1"],
  ["us-west-0", "us-west-1"],
  ["us_east_1", "us-east-1"],
  ["nowhere", null],
  ["", null],
];

for (const [name, meant] of WRONG) {
  Deno.test(`"${name}" is no Region${meant ? `, and ${meant} is named` : ""}`, () => {
    assert.equal(
      unknownRegion(name),
      "is no Region of AWS that this version knows" + (meant ? `. Did you mean "${meant}"?` : ""),
    );
  });
}

for (
  const name of [
    "sa-west-1",
    "us-east-3",
    "ap-southeast-8",
    "eu-northwest-1",
    "me-west-1",
    "mx-north-1",
    "cn-south-1",
    "us-gov-central-1",
    "us-iso-east-1",
    "us-isob-west-1",
    "eusc-de-east-1",
    "nz-central-1",
  ]
) {
  Deno.test(`${name} may be a Region that is newer than this version`, () => {
    assert.equal(unknownRegion(name), null);
  });
}

const region = fc.constantFrom(...REGIONS);

propertyTest<typeof unknownRegion>(
  "two letters of a direction in the wrong order are always found",
  unknownRegion,
  (problemOf) => {
    fc.assert(
      fc.property(region, fc.nat(), (name, at) => {
        const from = name.lastIndexOf("-", name.length - 3) + 1;
        const index = from + at % (name.length - 3 - from);
        const [a = "", b = ""] = name.slice(index, index + 2);
        const wrong = name.slice(0, index) + b + a + name.slice(index + 2);
        if (wrong !== name) assert.match(problemOf(wrong) ?? "", new RegExp(`mean "${name}"`));
        assert.match(name, REGION_SHAPE);
        assert.equal(problemOf(name), null);
      }),
      RUNS,
    );
  },
  {
    "takes every name of the form": (name) => REGION_SHAPE.test(name) ? null : unknownRegion(name),
    "takes no name that is not known": (name) => unknownRegion(name) ?? "is not known",
  },
);
