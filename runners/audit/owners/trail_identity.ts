import * as z from "zod";

/** Whom CloudTrail names as the one who made a call. */
type Actor =
  | {
    readonly kind: "named";
    readonly name: string;
    readonly confidence: "high" | "medium" | "low";
    /** For people: `role Deploy, session alice`. */
    readonly by: string;
  }
  /** A service of AWS by itself: the owner of what it works for must be found in another way. */
  | { readonly kind: "service" }
  /** Nothing that could be named. */
  | { readonly kind: "unknown" };

/** A value of another shape counts as missing. */
const text = z.string().trim().min(1).optional().catch(undefined);

/** CloudTrail user guide, "CloudTrail userIdentity element". */
const identitySchema = z.object({
  type: text,
  userName: text,
  arn: text,
  principalId: text,
  invokedBy: text,
  sessionContext: z.object({
    sourceIdentity: text,
    sessionIssuer: z.object({ userName: text, arn: text }).optional().catch(undefined),
  }).optional().catch(undefined),
});

type Identity = z.infer<typeof identitySchema>;

/** Others, such as CloudFormation, launch instances for somebody, whom CloudTrail names. */
const LAUNCHES_BY_ITSELF = new RegExp(
  "^(autoscaling|spot|spotfleet|ec2fleet|eks|eks-nodegroup|ecs|batch|elasticmapreduce" +
    "|elasticbeanstalk|imagebuilder)[.]amazonaws[.]com([.]cn)?$",
);

/** Session names that programs make up: they name nobody. */
const MADE_UP: readonly RegExp[] = [
  // The role of an instance (EC2 user guide, "IAM roles for Amazon EC2").
  /^i-[0-9a-f]+$/,
  // Services that assume a role of the account.
  /^(AutoScaling|AWSCloudFormation|CCSSession)$/,
  /^AWSServiceRoleFor/,
  /^AWSCodeBuild-/,
  // The names that SDKs and the CLI give to a session without one.
  /^botocore-session-/,
  /^AWS-CLI-session-/,
  /^aws-(sdk|go-sdk)-/,
  /^GitHubActions$/,
  // Times and random numbers, such as the IDs of ECS tasks.
  /^\d+$/,
  /^[0-9a-f]{32}$/,
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  // Groundskeeper's own, by default.
  /^groundskeeper-/,
];

/**
 * The actor by the `userIdentity` of an event, of any shape.
 *
 * Names that AWS vouches for are of high confidence. The caller chooses the name of its role
 * session, which is of medium confidence; it is of high confidence if IAM Identity Center chose it
 * or a source identity comes with it (IAM user guide, "Monitor and control actions taken with
 * assumed roles"). A role alone, or the root user, is of low confidence: many people may use it.
 */
export function actorOf(userIdentity: unknown): Actor {
  const parsed = identitySchema.safeParse(userIdentity);
  if (!parsed.success) return { kind: "unknown" };
  const identity = parsed.data;
  const { type, invokedBy } = identity;
  if (type === "AWSService" || LAUNCHES_BY_ITSELF.test(invokedBy ?? "")) return { kind: "service" };
  const actor = type === "AssumedRole" ? roleSession(identity) : directly(identity);
  // For the console it is "AWS Internal"; only a service's name tells people something.
  return actor.kind === "named" && isService(invokedBy)
    ? { ...actor, by: `${actor.by}, through ${invokedBy}` }
    : actor;
}

/** The actor of any type but a role session. */
function directly({ type, userName, arn, principalId }: Identity): Actor {
  switch (type) {
    case "IAMUser":
      return named(userName ?? lastOf(arn, "/"), "high", (name) => `user ${name}`);
    case "Root":
      return named("root of the account", "low", () => "the root user");
    case "FederatedUser":
      // The caller that asked for the federation token chose the name.
      return named(
        lastOf(arn, "/") ?? lastOf(principalId, ":"),
        "medium",
        (name) => `federated user ${name}`,
      );
    case "SAMLUser":
      return named(userName, "medium", (name) => `SAML user ${name}`);
    case "WebIdentityUser":
      // Often it is only the number by which the provider knows its user.
      return named(userName, "low", (name) => `web identity user ${name}`);
    default:
      return { kind: "unknown" };
  }
}

function roleSession({ arn, principalId, invokedBy, sessionContext }: Identity): Actor {
  const { sessionIssuer: issuer, sourceIdentity } = sessionContext ?? {};
  // arn:aws:sts::111111111111:assumed-role/Deploy/alice; the issuer may be missing or empty.
  const [, roleInArn, sessionInArn] = arn?.split("/") ?? [];
  const role = issuer?.userName ?? lastOf(issuer?.arn, "/") ?? (roleInArn || undefined);
  const session = (sessionInArn || undefined) ?? lastOf(principalId, ":");
  const said = [role && `role ${role}`, session && `session ${session}`].filter(Boolean).join(", ");
  if (role?.startsWith("AWSServiceRoleFor") || issuer?.arn?.includes(":role/aws-service-role/")) {
    return { kind: "service" };
  }
  if (sourceIdentity) {
    return named(sourceIdentity, "high", (name) => `${said}, source identity ${name}`);
  }
  if (session && !MADE_UP.some((pattern) => pattern.test(session))) {
    return named(session, role?.startsWith("AWSReservedSSO_") ? "high" : "medium", () => said);
  }
  // A service in a role of the account, such as CloudFormation: what it works for knows better.
  if (isService(invokedBy)) return { kind: "service" };
  return named(role, "low", () => said);
}

function named(
  name: string | undefined,
  confidence: "high" | "medium" | "low",
  by: (name: string) => string,
): Actor {
  return name ? { kind: "named", name, confidence, by: by(name) } : { kind: "unknown" };
}

function isService(invokedBy: string | undefined): boolean {
  return /[.]amazonaws[.]com([.]cn)?$/.test(invokedBy ?? "");
}

/** What follows the last separator; undefined where there is none, or nothing after it. */
function lastOf(path: string | undefined, separator: string): string | undefined {
  const at = path?.lastIndexOf(separator) ?? -1;
  return at < 0 ? undefined : path?.slice(at + 1) || undefined;
}
