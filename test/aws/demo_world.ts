/**
 * The organization of the demo, with a story in it: `prod` is nearly clean, `data` has a handful
 * of violators that go up the ladder, `sandbox` is a mess that is only reported.
 */

import type { InstanceGroup, World } from "./world.ts";

const hour = 60;
const day = 24 * hour;

/** The image of a vendor's appliance, whose instances carry the vendor's tags only. */
export const vendorImageId = "ami-0fedcba9876543210";

const group = (
  name: string,
  count: number,
  ageMinutes: number,
  tags: Readonly<Record<string, string>>,
  more: Partial<InstanceGroup> = {},
): InstanceGroup => ({ name, count, ageMinutes, tags: { Name: name, ...tags }, ...more });

const web = { owner: "alice", project: "storefront", department: "retail" };
const api = { owner: "bob", project: "checkout", department: "retail" };
const batch = { owner: "carol", project: "billing", department: "finance" };
const lake = { owner: "dave", project: "lake", department: "analytics" };
const train = { owner: "erin", project: "forecast", department: "analytics" };
const play = { owner: "frank", project: "trial", department: "engineering" };

export const demoWorld: World = {
  accounts: [
    {
      id: "111111111111",
      name: "prod",
      alias: "acme-prod",
      users: ["alice", "bob", "carol"],
      regions: {
        "us-east-1": [
          group("web", 48, 40 * day, web),
          group("checkout-api", 24, 12 * day, api),
          group("billing", 12, 90 * day, batch, { state: "stopped" }),
          // Replaced all the time: its tags have to be mended on the group, not here.
          group("web-fleet", 10, 3 * hour, { project: "storefront", contact: "alice" }, {
            autoScalingGroup: "web-fleet",
          }),
          group("render-spot", 1, 5 * hour, { owner: "alice", project: "storefront" }, {
            spot: true,
          }),
          // Young: their owner still has time.
          group("canary-deploy", 2, 10, { owner: "bob", project: "checkout" }),
          group("new-worker", 1, 25, { owner: "carol" }),
          group("vendor-firewall", 1, 200 * day, { vendor: "northwall" }, {
            imageId: vendorImageId,
          }),
        ],
        "us-west-2": [
          group("web", 24, 38 * day, web),
          group("checkout-api", 12, 12 * day, api),
        ],
      },
    },
    {
      id: "222222222222",
      name: "data",
      users: ["carol", "dave", "erin"],
      regions: {
        "us-east-1": [
          group("lake", 40, 30 * day, lake),
          group("forecast", 20, 9 * day, train),
          group("notebook", 2, 26 * hour, { owner: "dave", project: "lake" }),
          group("etl", 1, 3 * day, { owner: "", project: "lake", department: "analytics" }),
          group("import", 1, 6 * day, { ...lake, owner: "mallory" }),
          group("spark", 1, 40 * day, {
            Owner: "erin",
            project: "forecast",
            department: "analytics",
          }),
        ],
        "us-west-2": [
          group("lake-copy", 22, 30 * day, lake),
          group("presto", 1, 2 * hour, { owner: "dave", project: "lake" }),
          group("feature-store", 1, 15 * day, {
            owner: "erin",
            project: "forecast",
            team: "analytics",
          }),
          group("report-runner", 1, 5 * day, { project: "lake", department: "analytics" }),
          group("young-etl", 1, 15, { owner: "dave" }),
        ],
      },
    },
    {
      id: "333333333333",
      name: "sandbox",
      users: ["frank", "grace"],
      regions: {
        "us-east-1": [
          group("trial", 30, 4 * day, play),
          group("test", 12, 20 * day, { creator: "grace" }),
          group("tmp", 6, 33 * day, { owner: "grace" }, { state: "stopped" }),
          group("try-markup", 1, 7 * day, {
            owner: "<script>alert(1)</script>",
            project: "trial",
            department: "engineering",
          }),
          group("try-formula", 1, 7 * day, {
            owner: "grace",
            project: "=1+1",
            department: "",
          }),
        ],
        "us-west-2": [
          group("trial", 15, 4 * day, play),
          group("old-demo", 6, 38 * day, { owner: "henry", project: "trial" }),
          group("someone-elses", 3, 11 * day, { Owner: "grace", Project: "trial" }),
        ],
      },
    },
  ],
};
