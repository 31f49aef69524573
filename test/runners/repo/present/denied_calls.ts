import type { DeniedCalls, RoleEntry } from "../../../../runners/repo/present/names.ts";
import { daysAgo } from "./plan_fixture.ts";

/** Calls of a role that were denied since what they ask for was removed. */
export function deniedCalls(entry: RoleEntry, part: Partial<DeniedCalls> = {}): DeniedCalls {
  const { account, role, arn } = entry;
  return {
    account,
    role,
    arn,
    action: "sqs:SendMessage",
    at: daysAgo(0.5),
    event_id: "8f3b1c2d-0000-4000-8000-000000000001",
    region: "us-east-1",
    principal: `arn:aws:sts::${account}:assumed-role/${role}/i-0a1b2c3d4e5f60718`,
    last: daysAgo(0.125),
    count: 12,
    removed_at: daysAgo(2),
    version: 3,
    removed_by: "01JD0000000000000000000000",
    by_name: false,
    ...part,
  };
}
