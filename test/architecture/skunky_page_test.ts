import assert from "assert";
import { namesMissingOn } from "./pages.ts";

/** What people who come from Skunky have in their hands: its README, sources and policies. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  "key of Skunky's configuration": [
    "ACTIVE_FILTERS",
    "filter_config",
    "ACTIVE_AUDITORS",
    "auditor_config",
    "logging",
    "tag",
    "ttl_time",
    "time_run",
    "region",
  ],
  "attribute of its table": [
    "hash",
    "instance_id",
    "skunk_level",
    "account_id",
    "region",
    "marked_dirty",
    "identity",
    "ttl",
  ],
  "field of its message": ["instanceId", "accountId", "region"],
  "name of it in AWS": ["skunky", "Skunky", "dirty", "skunked", "ec2:CreateTags", "ec2:DeleteTags"],
  "filter of it": ["EventFilter"],
};

for (const [what, names] of Object.entries(KNOWN)) {
  Deno.test(`every ${what} is on the page for those who come from it`, () => {
    assert.deepEqual(namesMissingOn("docs/coming_from_skunky.md", names), []);
  });
}
