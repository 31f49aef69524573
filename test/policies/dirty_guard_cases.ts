import { protectMark } from "../../infra/policies/protect_mark.ts";
import type { Statement } from "../../infra/policies/statement.ts";
import { policyDocument } from "../../runners/core/needs/policy.ts";
import { dirtyNeeds } from "../../runners/dirty/needs.ts";
import { decideUnder, isAllowed, type Policy, type PolicyRequest } from "./evaluate.ts";
import { iamArns, MANAGEMENT, MEMBER, type Partition, PARTITIONS } from "./organization.ts";
import type { RequestTable } from "./request_table.ts";

/** Whether a request succeeds for somebody whose own policies allow everything. */
type Verdict = "open" | "closed";

/** A request, and what Skunky's policy and ours make of it. */
export type ComparedRow = {
  readonly what: string;
  readonly skunkys: Verdict;
  readonly ours: Verdict;
  readonly request: PolicyRequest;
};

const EVERYTHING = { Effect: "Allow", Action: "*", Resource: "*" } as const;

/** Skunky's `iam/skunky_managed_policy.json`, which is attached to each role; without its queue. */
const SKUNKYS_POLICY: Policy = {
  Statement: [EVERYTHING, {
    Effect: "Deny",
    Action: ["ec2:CreateTags", "ec2:DeleteTags"],
    Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": ["dirty"] } },
    Resource: ["*"],
  }],
};

/** Skunky's `iam/skunk_role.json`: the policy of the role that sets the tag. */
const SKUNKYS_ROLE: Policy = {
  Statement: [{
    Action: ["ec2:CreateTags"],
    Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": ["dirty"] } },
    Effect: "Allow",
    Resource: "*",
  }],
};

const MARKER = "groundskeeper-dirty-mark";
const CLEARER = "groundskeeper-dirty-clear";

/** The guards of the tag `dirty`. */
export function dirtyGuards(partition: Partition): Statement[] {
  return protectMark({
    partition,
    job: "dirty",
    mark: "dirty",
    setters: [MARKER],
    removers: [CLEARER],
    keepsFromImages: true,
    exempt: [iamArns(partition)("*", "role/Forensics")],
  });
}

export function dirtyGuardTable(partition: Partition): RequestTable {
  const { roles } = dirtyNeeds();
  const own = new Map(
    ([[MARKER, roles["mark"]], [CLEARER, roles["clear"]]] as const).map(([name, role]) => [
      iamArns(partition)(MEMBER, `role/${name}`),
      policyDocument(role!, { partition }) as unknown as Policy,
    ]),
  );
  return {
    name: `In ${partition}, the guard of the tag dirty`,
    policy: { Statement: dirtyGuards(partition) },
    rows: comparedRows(partition).map(({ request, ours }) => ({
      request,
      decision: ours === "open" ? "allowed" : "explicitDeny",
    })),
    decide: (policy, request) => {
      const policyOfRole = own.get(request.principal!);
      const isOpen = decideUnder(policy, request, MANAGEMENT) === "allowed" &&
        (policyOfRole === undefined || isAllowed(policyOfRole, request));
      return isOpen ? "allowed" : "explicitDeny";
    },
  };
}

/** What Skunky's policies make of a request: they bind roles, those of services not among them. */
export function skunkysVerdict({ principal = "", ...request }: PolicyRequest): Verdict {
  if (!/:role\/(?!aws-service-role\/)/.test(principal)) return "open";
  const policy = principal.endsWith(`:role/${MARKER}`) ? SKUNKYS_ROLE : SKUNKYS_POLICY;
  return isAllowed(policy, request) ? "open" : "closed";
}

/** The comparison, request by request. */
export function comparedRows(partition: Partition): ComparedRow[] {
  const arn = iamArns(partition);
  const region = PARTITIONS[partition];
  const resourceOf = (resource: string) => `arn:${partition}:ec2:${region}:${MEMBER}:${resource}`;
  const instance = resourceOf("instance/i-0123456789abcdef0");
  const volume = resourceOf("volume/vol-0123456789abcdef0");
  type Asked = Omit<PolicyRequest, "principal" | "resource"> & { readonly resource?: string };
  const row = (
    who: string,
    what: string,
    skunkys: Verdict,
    ours: Verdict,
    { resource = instance, ...asked }: Asked,
    account = MEMBER,
  ): ComparedRow => ({
    what: `${who} ${what}`,
    skunkys,
    ours,
    request: { ...asked, resource, principal: arn(account, who) },
  });
  /** Keys of tags; none: the request names none. */
  const sets = (...keys: string[]) => ({
    action: "ec2:CreateTags",
    context: { "aws:TagKeys": keys, ...valuesOf(keys) },
  });
  const removes = (...keys: string[]) => ({
    action: "ec2:DeleteTags",
    context: { "aws:TagKeys": keys },
  });
  const launches = (...keys: string[]) => made("RunInstances", ...keys);
  const made = (by: string, ...keys: string[]) => ({
    action: "ec2:CreateTags",
    context: { ...sets(...keys).context, "ec2:CreateAction": by },
    resource: resourceOf("instance/*"),
  });
  const removesAll = { action: "ec2:DeleteTags" };
  const copies = (action: string, tags: Readonly<Record<string, string>>, resource = instance) => ({
    action,
    resource,
    context: Object.fromEntries(
      Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]),
    ),
  });
  const admin = "role/Administrator";
  const marker = `role/${MARKER}`;
  const clearer = `role/${CLEARER}`;
  const dirty = { dirty: "gk1:1795737600:pam" };
  const others = ["volume/vol-1", "image/ami-1", "snapshot/snap-1", "network-interface/eni-1"];
  return [
    row(admin, "sets the tag", "closed", "closed", sets("dirty")),
    row(admin, "sets the tag before another", "open", "closed", sets("dirty", "Name")),
    row(admin, "sets the tag behind another", "open", "closed", sets("Name", "dirty")),
    row(admin, "sets Dirty", "open", "closed", sets("Dirty")),
    row(admin, "sets DIRTY", "open", "closed", sets("DIRTY")),
    row(admin, "sets Dirty and another", "open", "closed", sets("Dirty", "Name")),
    row(admin, "sets another tag", "open", "open", sets("owner")),
    row(admin, "sets two others", "open", "open", sets("owner", "Name")),
    row(admin, "sets a tag that begins so", "open", "open", sets("dirty-since")),
    row(admin, "sets a tag that ends so", "open", "open", sets("acme:dirty")),

    row(admin, "launches with the tag", "closed", "closed", launches("dirty")),
    row(admin, "launches with the tag and another", "open", "closed", launches("Name", "dirty")),
    row(admin, "launches with Dirty", "open", "closed", launches("Dirty")),
    row(admin, "launches a fleet with it", "open", "closed", made("CreateFleet", "Name", "dirty")),
    row(admin, "launches with another", "open", "open", launches("Name")),
    row(admin, "launches without a tag", "open", "open", { action: "ec2:RunInstances" }),

    row(admin, "removes the tag", "closed", "closed", removes("dirty")),
    row(admin, "removes the tag before another", "open", "closed", removes("dirty", "Name")),
    row(admin, "removes the tag behind another", "open", "closed", removes("Name", "dirty")),
    row(admin, "removes it in two spellings", "open", "closed", removes("DIRTY", "dirty")),
    row(admin, "removes Dirty", "open", "closed", removes("Dirty")),
    row(admin, "removes all tags, naming none", "closed", "closed", removesAll),
    row(admin, "removes an empty list of tags", "closed", "closed", removes()),
    row(admin, "removes another tag", "open", "open", removes("owner")),
    row(admin, "removes two others", "open", "open", removes("owner", "Name")),

    // Only instances are marked. Skunky's policy keeps everybody from tags of other resources, too.
    ...others.flatMap((other) => [
      row(admin, `sets the tag of ${other}`, "closed", "open", {
        ...sets("dirty"),
        resource: resourceOf(other),
      }),
      row(admin, `removes the tag and another of ${other}`, "open", "open", {
        ...removes("dirty", "Name"),
        resource: resourceOf(other),
      }),
      row(admin, `removes all tags of ${other}`, "closed", "open", {
        ...removesAll,
        resource: resourceOf(other),
      }),
    ]),

    // Skunky's policy is attached to roles. A policy of the organization binds users and root, too.
    ...["user/alice", `user/${MARKER}`, `user/${CLEARER}`, "root"].flatMap((who) => [
      row(who, "sets the tag", "open", "closed", sets("dirty")),
      row(who, "removes the tag", "open", "closed", removes("dirty")),
      row(who, "removes all tags", "open", "closed", removesAll),
      row(who, "makes an image of a dirty one", "open", "closed", copies("ec2:CreateImage", dirty)),
    ]),
    ...[
      "role/web",
      "role/OrganizationAccountAccessRole",
      "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef",
      "role/stacksets-exec-0123456789abcdef0123456789abcdef",
      "role/groundskeeper-deploy",
      "role/groundskeeper-audit-apply",
      "role/groundskeeper-dirty-observe",
      `role/x/${MARKER}`,
      `role/${MARKER}-2`,
      `role/${MARKER.toUpperCase()}`,
      `role/x/${CLEARER}`,
    ].flatMap((who) => [
      row(who, "sets the tag with another", "open", "closed", sets("dirty", "Name")),
      row(who, "removes the tag with another", "open", "closed", removes("dirty", "Name")),
    ]),

    row(marker, "sets the mark", "open", "open", sets("dirty")),
    row(marker, "sets the tag to another value", "open", "closed", {
      ...sets("dirty"),
      context: { "aws:TagKeys": ["dirty"], "aws:RequestTag/dirty": "no" },
    }),
    row(marker, "sets no tag", "open", "closed", sets()),
    row(marker, "sets the mark as it launches", "open", "closed", launches("dirty")),
    row(marker, "sets the mark of a volume", "open", "closed", {
      ...sets("dirty"),
      resource: volume,
    }),
    row(marker, "sets the mark and another tag", "closed", "closed", sets("dirty", "Name")),
    row(marker, "sets Dirty", "closed", "closed", sets("Dirty")),
    row(marker, "removes the mark", "closed", "closed", removes("dirty")),
    row(marker, "removes all tags", "closed", "closed", removesAll),

    row(clearer, "removes the mark", "closed", "open", removes("dirty")),
    row(clearer, "removes the mark and another tag", "open", "closed", removes("dirty", "Name")),
    row(clearer, "removes another tag", "open", "closed", removes("owner")),
    row(clearer, "removes all tags", "closed", "closed", removesAll),
    row(clearer, "removes the mark of a volume", "closed", "closed", {
      ...removes("dirty"),
      resource: volume,
    }),
    row(clearer, "sets the mark", "closed", "closed", sets("dirty")),

    ...["ec2:CreateImage", "ec2:CreateSnapshots"].flatMap((action) => [
      row(admin, `${action} of a dirty instance`, "open", "closed", copies(action, dirty)),
      row(
        admin,
        `${action} of one with an empty tag`,
        "open",
        "closed",
        copies(action, {
          dirty: "",
        }),
      ),
      row(admin, `${action} of one with Dirty`, "open", "closed", copies(action, { Dirty: "x" })),
      row(
        admin,
        `${action} of one with another tag`,
        "open",
        "open",
        copies(action, {
          owner: "alice",
        }),
      ),
      row(admin, `${action} of one without tags`, "open", "open", copies(action, {})),
      // A volume may have a tag of that key, which says nothing of an instance.
      row(
        admin,
        `${action} with a tag of its volume`,
        "open",
        "open",
        copies(action, dirty, volume),
      ),
      // A request is decided for each resource, and is refused by one of them.
      row(
        admin,
        `${action}, the snapshot`,
        "open",
        "open",
        copies(
          action,
          {},
          resourceOf("snapshot/*"),
        ),
      ),
      // These back up instances: exempt their roles if dirty instances are backed up.
      row(
        "role/service-role/AWSBackupDefaultServiceRole",
        action,
        "open",
        "closed",
        copies(
          action,
          dirty,
        ),
      ),
      row(marker, `${action} of a dirty instance`, "closed", "closed", copies(action, dirty)),
      row("role/Forensics", `${action} of a dirty instance`, "open", "open", copies(action, dirty)),
    ]),
    row("role/Forensics", "sets the tag", "closed", "open", sets("dirty")),
    row("role/Forensics", "removes the tag", "closed", "open", removes("dirty")),
    row(admin, "stops a dirty instance", "open", "open", copies("ec2:StopInstances", dirty)),

    // What stays open. EC2 decides a snapshot of one volume by the tags of the volume.
    row(
      admin,
      "ec2:CreateSnapshot of its volume",
      "open",
      "open",
      copies(
        "ec2:CreateSnapshot",
        {},
        volume,
      ),
    ),
    row(
      admin,
      "exports a dirty instance",
      "open",
      "open",
      copies(
        "ec2:CreateInstanceExportTask",
        dirty,
      ),
    ),
    // Policies of the organization bind neither service-linked roles nor the management account.
    row(
      "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
      "gives the tag of its group to an instance",
      "open",
      "open",
      launches("dirty"),
    ),
    row(admin, "of the management account sets it", "closed", "open", sets("dirty"), MANAGEMENT),
    row(
      admin,
      "of the management account removes it with another",
      "open",
      "open",
      removes("dirty", "Name"),
      MANAGEMENT,
    ),
  ];
}

function valuesOf(keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(keys.map((key) => [`aws:RequestTag/${key}`, "gk1:1795737600:pam"]));
}
