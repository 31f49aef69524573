import assert from "assert";
import fc from "fast-check";
import { loadCatalogue, serviceOf } from "../../../../runners/repo/catalogue/catalogue.ts";
import { makeUniverse } from "../../../../runners/repo/catalogue/universe.ts";
import {
  companionsIn,
  companionSource,
  companionText,
} from "../../../../runners/repo/decide/companions.ts";
import { BY_TRUST, companionships } from "../../../../runners/repo/decide/companionships.ts";
import type { Decided } from "../../../../runners/repo/decide/decided.ts";
import { makeDecider } from "../../../../runners/repo/decide/decide.ts";
import {
  NEVER_TRACKED,
  NOT_TRACKED,
  type Tracking,
} from "../../../../runners/repo/decide/tracking.ts";
import { FIXED, propertyTest } from "../../core/properties.ts";
import { daysAgo, evidenceOf, granted, NOW, settings } from "./deciding.ts";

const catalogue = loadCatalogue();
const universe = makeUniverse(catalogue, []);
const TRACKED: Tracking = { since: () => true };

const deciderAt = (level: "service" | "action") =>
  makeDecider(universe, settings({ level, pinned: [] }), TRACKED, NOW);
const DECIDERS = { service: deciderAt("service"), action: deciderAt("action") };

/** A row for each using service or action: who, what stays, and the source. */
const rows = [...companionships()].flatMap(({ users, keeps, source }) =>
  users.split(" ").map((user) => ({ user, keeps: keeps.split(" "), source }))
);

Deno.test("each row of the companions names what the catalogue knows, and its source", () => {
  assert.ok(rows.length >= 60, `${rows.length}`);
  for (const { user, keeps, source } of rows) {
    if (user.includes(":")) assert.equal(catalogue.canonical(user), user);
    else assert.ok(catalogue.services.has(user), user);
    for (const action of keeps) {
      assert.equal(catalogue.canonical(action), action);
      assert.notEqual(action, user);
    }
    assert.match(source, /(Guide|Reference|Balancers)\b/, source);
  }
});

Deno.test("the services that ask most of others are among the companions' users", () => {
  const users = new Set(rows.map(({ user }) => serviceOf(user)));
  for (
    const service of [
      ...["s3", "ebs", "ec2", "rds", "dynamodb", "sqs", "sns", "lambda", "secretsmanager", "ssm"],
      ...["logs", "elasticfilesystem", "kinesis", "autoscaling"],
    ]
  ) assert.ok(users.has(service), service);
});

/** The verdicts on an action and its companions if only the service of the action was used. */
function decidedOf(
  { user, keeps }: typeof rows[number],
  level: "service" | "action",
  isUsed: boolean,
): Decided {
  const service = serviceOf(user);
  const action = user.includes(":")
    ? user
    : catalogue.actions.find((one) => serviceOf(one) === service && !keeps.includes(one))!;
  const at = daysAgo(isUsed ? 2 : 200);
  const evidence = evidenceOf({
    ...Object.fromEntries(keeps.map((one) => [serviceOf(one), null])),
    [service]: {
      lastUsed: at,
      actions: {
        ...Object.fromEntries(
          keeps.filter((one) => serviceOf(one) === service).map((one) => [one, null]),
        ),
        [action]: at,
      },
    },
  }, { level });
  return DECIDERS[level].decide({
    granted: granted(universe, { Action: [action, ...keeps] }),
    evidence,
    protections: [],
    partition: "aws",
  });
}

for (const level of ["service", "action"] as const) {
  Deno.test(`at level ${level} no companion of a used service goes, for each row of the table`, () => {
    for (const row of rows) {
      const { removed } = decidedOf(row, level, true);
      assert.ok(removed.isEmpty, `${row.user}: ${[...removed].join()}`);
    }
  });

  Deno.test(`at level ${level} companions go where nobody uses what they accompany`, () => {
    for (const row of rows) {
      const { removed } = decidedOf(row, level, false);
      // What IAM may not track may be used, and keeps its companions.
      if ([row.user, ...row.keeps].some((one) => NOT_TRACKED.has(serviceOf(one)))) continue;
      for (const action of row.keeps) {
        const goes = removed.hasIndex(universe.indexOf(action)!);
        assert.equal(goes, !NEVER_TRACKED.includes(action), `${row.user}: ${action}`);
      }
    }
  });
}

Deno.test("a companion says what its user asks of it, and where AWS says so", () => {
  for (
    const [action, of, text, source] of [
      [
        "kms:Decrypt",
        "s3:GetObject",
        "Amazon S3 asks KMS for data keys and grants on the caller's behalf",
        /S3 User Guide/,
      ],
      [
        "iam:CreateServiceLinkedRole",
        "ecs:CreateCluster",
        "Amazon Elastic Container Service creates its service-linked role on the caller's behalf",
        /IAM User Guide/,
      ],
      [
        "ssm:GetParameters",
        "ec2:RunInstances",
        "Amazon EC2 reads parameters on the caller's behalf",
        /EC2 User Guide/,
      ],
      [
        "logs:CreateLogDelivery",
        "ec2:CreateFlowLogs",
        "Amazon EC2 sets up log delivery on the caller's behalf",
        /VPC User Guide/,
      ],
      [
        "ec2:CreateNetworkInterface",
        "elasticfilesystem:CreateMountTarget",
        "Amazon Elastic File System sets up network interfaces on the caller's behalf",
        /EFS API Reference/,
      ],
      [
        "ec2:CreateTags",
        "ec2:CreateVolume",
        "ec2:CreateVolume may tag what it makes in the same request",
        /Service Authorization Reference/,
      ],
      [
        "route53:AssociateVPCWithHostedZone",
        "ec2:CreateVpcEndpoint",
        "ec2:CreateVpcEndpoint needs it in the caller's name",
        /PrivateLink/,
      ],
    ] as const
  ) {
    assert.equal(companionText(action, of), text);
    assert.match(companionSource(action, of)!, source);
  }
});

const known = fc.constantFrom(...new Set(rows.flatMap(({ keeps }) => keeps)));
const using = fc.constantFrom(...rows).map(({ user }) =>
  user.includes(":") ? user : catalogue.actions.find((one) => serviceOf(one) === user)!
);

type DecideAt = (
  level: "service" | "action",
  actions: readonly string[],
  used: readonly string[],
) => Decided;

const decideAt: DecideAt = (level, actions, used) => {
  const services = [...new Set(actions.map(serviceOf))];
  const evidence = evidenceOf(
    Object.fromEntries(services.map((service) => {
      const own = actions.filter((one) => serviceOf(one) === service);
      const dates = Object.fromEntries(
        own.map((one) => [one, used.includes(one) ? daysAgo(2) : null]),
      );
      const isUsed = own.some((one) => used.includes(one));
      return [service, { lastUsed: isUsed ? daysAgo(2) : null, actions: dates }];
    })),
    { level },
  );
  return DECIDERS[level].decide({
    granted: granted(universe, { Action: [...actions] }),
    evidence,
    protections: [],
    partition: "aws",
  });
};

propertyTest<DecideAt>(
  "level service never removes what level action keeps, companions among it",
  decideAt,
  (decide) =>
    fc.assert(
      fc.property(
        fc.uniqueArray(using, { minLength: 1, maxLength: 4 }),
        fc.uniqueArray(known, { minLength: 1, maxLength: 12 }),
        fc.uniqueArray(fc.constantFrom(...catalogue.actions), { maxLength: 6 }),
        (used, companions, others) => {
          const actions = [...new Set([...used, ...companions, ...others])];
          const byService = decide("service", actions, used).removed;
          const byAction = decide("action", actions, used).removed;
          assert.ok(byService.isSubsetOf(byAction), [...byService.minus(byAction)].join());
        },
      ),
      FIXED,
    ),
  {
    "decides by the service before it looks at companions": (level, actions, used) => {
      const decided = decideAt(level, actions, used);
      if (level === "action") return decided;
      const companions = decided.groups.filter(({ ruling }) => ruling.reason === "companion-of")
        .flatMap(({ actions }) => actions.map((index) => universe.actions[index]!));
      return { ...decided, removed: decided.removed.union(universe.union(companions)) };
    },
    "lets data keys go": (level, actions, used) => {
      const decided = decideAt(level, actions, used);
      const keys = universe.expand("kms:*").intersect(universe.union(actions));
      return level === "action" ? decided : { ...decided, removed: decided.removed.union(keys) };
    },
  },
);

Deno.test("all companions of every service together are few beside what AWS has", () => {
  const all = universe.union(catalogue.actions);
  for (const service of ["s3", "ec2", "rds", "lambda", "mgn"]) {
    const used = universe.expand(`${service}:*`);
    const kept = companionsIn(universe).kept(all.minus(used), [used]);
    assert.ok(kept.size <= 250, `${service}: ${kept.size}`);
  }
});

Deno.test("network interfaces stay with a role that a service trusts to put things into a VPC", () => {
  const actions = ["ec2:CreateNetworkInterface", "ec2:DescribeSubnets", "ec2:RunInstances"];
  const decidedFor = (principal: string, level: "service" | "action") =>
    DECIDERS[level].decide({
      granted: granted(universe, { Action: [...actions, "logs:PutLogEvents"] }),
      evidence: evidenceOf({ ec2: null, logs: daysAgo(1) }, { level }),
      protections: [],
      partition: "aws",
      trust: JSON.stringify({ Statement: [{ Principal: { Service: principal } }] }),
    });
  for (const level of ["service", "action"] as const) {
    assert.deepEqual([...decidedFor("lambda.amazonaws.com", level).removed], ["ec2:RunInstances"]);
    assert.deepEqual([...decidedFor("ec2.amazonaws.com", level).removed].sort(), actions);
  }
  for (const { users, keeps, source } of BY_TRUST) {
    assert.match(source, /Guide/);
    for (const action of keeps.split(" ")) {
      assert.equal(catalogue.canonical(action), action);
      assert.equal(companionSource(action, users), source);
    }
  }
  assert.equal(
    companionText("ec2:CreateNetworkInterface", "lambda.amazonaws.com"),
    "AWS Lambda sets up network interfaces on the caller's behalf",
  );
});
