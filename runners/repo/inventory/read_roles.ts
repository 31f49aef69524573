import type {
  GetAccountAuthorizationDetailsResponse,
  ManagedPolicyDetail,
  PolicyVersion,
  RoleDetail,
} from "@aws-sdk/client-iam";
import { copies, setOf } from "../../core/aws/listing.ts";
import { IncompleteAnswerError, nextMarker, pages } from "../../core/aws/paginate.ts";
import { globalRegion } from "../../core/aws/regions.ts";
import type { Session } from "../../core/aws/session.ts";
import type { Failure, ManagedPolicy, ObservedRole } from "../observed.ts";
import { policyText } from "./policy_text.ts";

const ACTION = "iam:GetAccountAuthorizationDetails";
/** IAM API Reference, GetAccountAuthorizationDetails: MaxItems. */
const PAGE = 1000;

/** What IAM says of a role, without its use. */
export type RoleFacts = Omit<ObservedRole, "evidence">;

type RolesPage = {
  readonly roles: readonly RoleFacts[];
  /**
   * Managed policies that are attached to anything. A policy may be on another page than the roles
   * that have it, before or after theirs.
   */
  readonly managed: readonly ManagedPolicy[];
  /**
   * The ARNs of roles and policies that are on this page and differ from a copy on this or an
   * earlier page: if the list changes while it is read, a thing may be on two pages.
   */
  readonly differing: readonly string[];
};

/**
 * Reads the roles of an account, page by page, and never holds more than one page. A page that
 * cannot be read is an error. The description is "", since this call does not answer it.
 *
 * @param pageSize how many roles and policies are asked for at once, 1 to 1000
 * @throws IncompleteAnswerError if a page lacks what it must have, or the marker of the next one
 */
export async function* readRoles(
  session: Session,
  { pageSize = PAGE, versionsOf = [] }: {
    readonly pageSize?: number;
    /** The ARNs of policies of which all versions are wanted. */
    readonly versionsOf?: readonly string[];
  } = {},
): AsyncGenerator<RolesPage> {
  const { IAMClient, GetAccountAuthorizationDetailsCommand } = await import("@aws-sdk/client-iam");
  const client = session.client(IAMClient, globalRegion(session.partition));
  const answers = pages(
    ACTION,
    (Marker) =>
      client.send(
        new GetAccountAuthorizationDetailsCommand({
          Filter: ["Role", "LocalManagedPolicy", "AWSManagedPolicy"],
          MaxItems: pageSize,
          Marker,
        }),
        session.reading,
      ),
    (page) => ({ items: wholePage(page), next: nextMarker(ACTION, page) }),
  );
  // Of equal copies only the first is kept, so that `RoleFacts` must hold everything that is judged
  // of a role: a difference in anything else is not seen. Evidence is not compared: it is read once.
  const copyOf = copies();
  for await (const [page] of answers) {
    const differing: string[] = [];
    const isFirst = (thing: RoleFacts | ManagedPolicy) => {
      const copy = copyOf(thing.arn, thing);
      if (copy === "differing") differing.push(thing.arn);
      return copy === "first";
    };
    const attached = page!.policies.filter(({ AttachmentCount = 0 }) => AttachmentCount > 0);
    yield {
      roles: page!.roles.map(roleFrom).filter(isFirst),
      managed: attached.map((policy) => managedFrom(policy, versionsOf)).filter(isFirst),
      differing,
    };
  }
}

/** Every page has both lists, even if they are empty; a page without one is not complete. */
function wholePage({ RoleDetailList, Policies }: GetAccountAuthorizationDetailsResponse) {
  return RoleDetailList && Policies
    ? [{ roles: RoleDetailList, policies: Policies }] as const
    : undefined;
}

function roleFrom(role: RoleDetail): RoleFacts {
  const arn = given(role.Arn, "a role's ARN");
  const inline = setOf(
    given(role.RolePolicyList, `the inline policies of ${arn}`).map(
      ({ PolicyName, PolicyDocument }) => {
        const name = given(PolicyName, `the name of an inline policy of ${arn}`);
        const document = given(PolicyDocument, `the policy "${name}" of ${arn}`);
        return [name, policyText(document, `the policy "${name}" of ${arn}`)] as const;
      },
    ),
    ([name]) => name,
  );
  const [twice] = inline.differing;
  return {
    roleId: given(role.RoleId, `the ID of ${arn}`),
    arn,
    name: given(role.RoleName, `the name of ${arn}`),
    // The path shows which roles are AWS's own.
    path: given(role.Path, `the path of ${arn}`),
    created: given(role.CreateDate, `the creation of ${arn}`).toISOString(),
    lastUsed: role.RoleLastUsed?.LastUsedDate?.toISOString() ?? null,
    description: "",
    tags: Object.fromEntries(
      (role.Tags ?? []).map(({ Key, Value }) => [
        given(Key, `the key of a tag of ${arn}`),
        given(Value, `the value of a tag of ${arn}`),
      ]),
    ),
    trust: policyText(
      given(role.AssumeRolePolicyDocument, `the trust policy of ${arn}`),
      `the trust of ${arn}`,
    ),
    boundary: role.PermissionsBoundary?.PermissionsBoundaryArn ?? null,
    inline: Object.fromEntries(inline.items),
    attached: [
      ...new Set(
        given(role.AttachedManagedPolicies, `the attached policies of ${arn}`)
          .map(({ PolicyArn }) => given(PolicyArn, `the ARN of an attached policy of ${arn}`)),
      ),
    ],
    instanceProfiles: (role.InstanceProfileList ?? [])
      .map(({ InstanceProfileName }) =>
        given(InstanceProfileName, `the name of an instance profile of ${arn}`)
      ),
    ...(twice === undefined ? {} : { doubt: listedTwice(`its inline policy "${twice}"`) }),
  };
}

function managedFrom(policy: ManagedPolicyDetail, versionsOf: readonly string[]): ManagedPolicy {
  const arn = given(policy.Arn, "a managed policy's ARN");
  const version = given(policy.DefaultVersionId, `the version in force of ${arn}`);
  const versions = given(policy.PolicyVersionList, `the versions of ${arn}`);
  const document = versions.find(({ VersionId }) => VersionId === version)?.Document;
  return {
    arn,
    name: policy.PolicyName ?? arn.slice(arn.lastIndexOf("/") + 1),
    attachments: policy.AttachmentCount ?? 0,
    ...(policy.PermissionsBoundaryUsageCount === undefined
      ? {}
      : { boundaries: policy.PermissionsBoundaryUsageCount }),
    version,
    versions: Object.fromEntries(versions.map(({ VersionId, CreateDate }) => [
      given(VersionId, `a version of ${arn}`),
      given(CreateDate, `the creation of a version of ${arn}`).toISOString(),
    ])),
    document: document === undefined ? null : policyText(document, arn),
    ...(versionsOf.includes(arn) ? { documents: textsOf(versions, arn) } : {}),
  };
}

/** The texts of the versions of a policy that IAM has answered. */
function textsOf(versions: readonly PolicyVersion[], arn: string): { [version: string]: string } {
  return Object.fromEntries(
    versions.flatMap(({ VersionId, Document }) =>
      VersionId === undefined || Document === undefined
        ? []
        : [[VersionId, policyText(Document, `${arn}, version ${VersionId}`)]]
    ),
  );
}

/** Why a role whose copies differ is left alone: it is not known which of them is true. */
export function listedTwice(what: string): Failure {
  return { reason: "listed-twice", detail: `IAM lists ${what} twice, and differently` };
}

/** A value that IAM must answer: without it the answer is not complete. */
function given<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new IncompleteAnswerError(`${ACTION} left out ${what}`);
  return value;
}
