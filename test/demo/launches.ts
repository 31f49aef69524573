import type { LocalAws } from "../aws/local_aws.ts";
import type { SeededWorld } from "../aws/seed.ts";
import { assumedRole, iamUser, instanceEvent } from "../aws/trail_event.ts";
import { ENFORCED } from "./configuration.ts";

/** Lets CloudTrail tell who has launched the instances that name no owner. */
export function recordLaunches({ proxy }: LocalAws, seeded: SeededWorld): void {
  const launched = (region: string, group: string, by: unknown, daysAgo: number) => {
    const ids = seeded.instances(ENFORCED, region, group);
    const eventTime = new Date(Date.now() - daysAgo * 86_400_000).toISOString();
    proxy.cloudTrail.add(
      ENFORCED,
      region,
      instanceEvent("RunInstances", by, ids, { eventTime, awsRegion: region }),
    );
  };
  launched("us-east-1", "etl", assumedRole("Deploy", "dave"), 3);
  launched("us-west-2", "report-runner", iamUser("erin"), 5);
}
