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

/** What IAM says of a role, without what it says of its use. */
export type RoleFacts = Omit<ObservedRole, "evidence">;

type RolesPage = {
  readonly roles: readonly RoleFacts[];
  /**
   * Managed policies that are attached to anything. One may stand on another page than the roles
   * that have it, before or after.
   */
  readonly managed: readonly ManagedPolicy[];
  /**
   * The ARNs of roles and policies that this page or an earlier one has said something else of: a
   * list that shifts between two pages shows a thing on both.
   */
  readonly differing: readonly string[];
};

/**
 * Reads the roles of an account, page by page: no more than a page is held, and every page is
 * read, or it is an error. The description is "", which this answer of IAM's does not have.
 *
 * @param pageSize how many roles and policies are asked for at once, 1 to 1000
 * @throws IncompleteAnswerError when a page lacks what it must have, or where the next one is
 */
export async function* readRoles(
  session: Session,
  { pageSize = PAGE, versionsOf = null }: {
    readonly pageSize?: number;
    /** The ARN of a policy of which all versions are wanted. */
    readonly versionsOf?: string | null;
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

/** Both lists stand on every page, if empty; a page without one is not whole. */
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
    // By its path a role is known as AWS's own.
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

function managedFrom(policy: ManagedPolicyDetail, versionsOf: string | null): ManagedPolicy {
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
    ...(arn === versionsOf ? { documents: textsOf(versions, arn) } : {}),
  };
}

/** What the versions of a policy say, as far as IAM told it. */
function textsOf(versions: readonly PolicyVersion[], arn: string): { [version: string]: string } {
  return Object.fromEntries(
    versions.flatMap(({ VersionId, Document }) =>
      VersionId === undefined || Document === undefined
        ? []
        : [[VersionId, policyText(Document, `${arn}, version ${VersionId}`)]]
    ),
  );
}

/** Why a role whose copies differ is left alone: which of them is true is not known. */
export function listedTwice(what: string): Failure {
  return { reason: "listed-twice", detail: `IAM lists ${what} twice, and differently` };
}

/** What IAM must say; left out, the answer is not whole. */
function given<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new IncompleteAnswerError(`${ACTION} left out ${what}`);
  return value;
}
