import assert from "assert";
import { stored } from "../../../runners/dirty/stored.ts";

Deno.test("a tag of dirty that is written or removed is said in words", () => {
  const done = (action: string) => stored.doneBy({ action, before: {}, after: {} });
  assert.equal(done("ec2:CreateTags"), "marked dirty");
  assert.equal(done("ec2:DeleteTags"), "cleared");
});
