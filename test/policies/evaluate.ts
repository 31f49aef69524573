/**
 * AWS's decision for the policies that this project writes: of roles, of trust, of queues and
 * topics, and of the organization. What no local server gets right, such as tags of the resource,
 * is tried against tables of requests.
 *
 * Knows what these policies use and throws at anything else, so that nothing is passed over. The
 * source of each rule is IAM's user guide, "Policy evaluation logic" and "IAM JSON policy elements".
 */

/** What somebody asks for. */
export type PolicyRequest = {
  readonly action: string;
  /** The trust policy of a role is asked with the role. */
  readonly resource: string;
  /**
   * Who asks: the ARN of a role, a user or the root user, as `aws:PrincipalArn` has it, or the name
   * of a service, `ecs-tasks.amazonaws.com`. Policies with the element Principal need it.
   */
  readonly principal?: string;
  /** Condition keys with their values; several of them for keys such as aws:TagKeys. */
  readonly context?: { readonly [key: string]: string | readonly string[] };
};

type Values = string | readonly string[];

type Statement = {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | { readonly [kind: string]: Values };
  readonly Action: Values;
  readonly Resource?: Values;
  readonly Condition?: { readonly [operator: string]: { readonly [key: string]: Values } };
};

export type Policy = {
  readonly Statement: readonly Statement[];
};

/** "explicitDeny": a Deny says so, which no other policy overrides. "implicitDeny": nothing allows it. */
export type Decision = "allowed" | "explicitDeny" | "implicitDeny";

/** What one policy says of a request. */
export function decide(policy: Policy, request: PolicyRequest): Decision {
  const effects = policy.Statement.filter((statement) => applies(statement, request))
    .map(({ Effect }) => Effect);
  if (effects.includes("Deny")) return "explicitDeny";
  return effects.includes("Allow") ? "allowed" : "implicitDeny";
}

/** Whether the policy allows the request: some Allow, and no Deny. */
export function isAllowed(policy: Policy, request: PolicyRequest): boolean {
  return decide(policy, request) === "allowed";
}

/**
 * What the deny policies of an organization leave to somebody whose own policies allow everything:
 * `FullAWSAccess` stands beside them. They bind neither the management account nor service-linked
 * roles (Organizations User Guide, "Service control policies", "Tasks and entities not restricted").
 *
 * @param management the ID of the management account
 */
export function decideUnder(
  denials: Policy,
  request: PolicyRequest,
  management: string,
): Decision {
  if (request.principal === undefined) throw new Error("Whom it binds depends on who asks");
  const [, , , , account, resource = ""] = request.principal.split(":");
  if (account === management || resource.startsWith("role/aws-service-role/")) return "allowed";
  return decide({ Statement: [FULL_ACCESS, ...denials.Statement] }, request);
}

const FULL_ACCESS = { Effect: "Allow", Action: "*", Resource: "*" } as const;

const ELEMENTS = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"];

function applies(statement: Statement, request: PolicyRequest): boolean {
  requireKnown(statement);
  if (statement.Principal !== undefined && request.principal === undefined) {
    throw new Error("The policy asks who it is: the request must say");
  }
  return list(statement.Action).some((pattern) => glob(pattern, request.action, "i")) &&
    isPrincipal(statement, request) &&
    resourcesOf(statement).some((pattern) => glob(pattern, request.resource)) &&
    conditionsHold(statement, request);
}

function conditionsHold({ Condition }: Statement, request: PolicyRequest): boolean {
  if (Condition === undefined) return true;
  const context = contextOf(request);
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) =>
      holds(operator, list(wanted), context.get(key.toLowerCase()) ?? [])
    )
  );
}

/** The statements that hold nothing unknown. */
const KNOWN = new WeakSet<Statement>();

function requireKnown(statement: Statement): void {
  if (KNOWN.has(statement)) return;
  const { Principal = "*", Resource, Condition = {} } = statement;
  const unknown = [
    ...Object.keys(statement).filter((element) => !ELEMENTS.includes(element)),
    ...(Resource ?? statement.Principal ? [] : ["without Resource and Principal"]),
    ...(Principal === "*" ? [] : unknownPrincipals(Principal)),
    ...Object.keys(Condition).filter((operator) => !isOperator(operator)),
    ...(JSON.stringify(statement).match(/\$\{.*?\}/g) ?? []),
  ];
  if (unknown.length > 0) throw new Error(`Not known here: ${unknown.join(", ")}`);
  KNOWN.add(statement);
}

function unknownPrincipals(principals: { readonly [kind: string]: Values }): string[] {
  return Object.entries(principals).flatMap(([kind, names]) =>
    kind === "Service"
      ? []
      : list(names).filter((name) => kind !== "AWS" || !(name === "*" || name.startsWith("arn:")))
  );
}

/** A trust policy has no Resource: it is about its own role. */
function resourcesOf({ Resource = "*" }: Statement): readonly string[] {
  return list(Resource);
}

function isPrincipal({ Principal = "*" }: Statement, { principal }: PolicyRequest): boolean {
  return Principal === "*" ||
    Object.entries(Principal).some(([kind, names]) =>
      list(names).some((name) => kind === "AWS" ? isNamed(name, principal!) : name === principal)
    );
}

/** The root user's ARN stands for everybody in its account; another ARN only for itself. */
function isNamed(name: string, principal: string): boolean {
  if (name === "*") return true;
  return ROOT_USER.test(name) ? accountOf(name) === accountOf(principal) : name === principal;
}

const ROOT_USER = /^arn:[^:]+:iam::\d{12}:root$/;

/** With the partition. Not by the service: a federated user is one of `sts`. */
function accountOf(arn: string): string {
  const [, partition, , , account] = arn.split(":");
  return `${partition}:${account}`;
}

/** The keys in lower case: IAM does not tell cases apart in their names. */
function contextOf({ principal, context = {} }: PolicyRequest): Map<string, readonly string[]> {
  const keys = new Map<string, readonly string[]>();
  if (principal?.startsWith("arn:")) {
    keys.set("aws:principalarn", [principal]);
    keys.set("aws:principalaccount", [principal.split(":")[4]!]);
  }
  for (const [key, values] of Object.entries(context)) {
    // Of two tags whose keys differ by case only, AWS does not say which one counts.
    if (keys.has(key.toLowerCase())) throw new Error(`The request has the key ${key} twice`);
    keys.set(key.toLowerCase(), list(values));
  }
  return keys;
}

/** Whether a value of the request is one that the policy names. */
const MATCHES: { readonly [operator: string]: (wanted: string, found: string) => boolean } = {
  StringEquals: (wanted, found) => wanted === found,
  StringEqualsIgnoreCase: (wanted, found) => wanted.toLowerCase() === found.toLowerCase(),
  StringLike: (wanted, found) => glob(wanted, found),
  ArnEquals: arnLike,
  ArnLike: arnLike,
  Bool: (wanted, found) => wanted === found,
};

/** What matches the negated operator: no value of these. A key that is absent matches it. */
const NEGATED: { readonly [operator: string]: string } = {
  ArnNotLike: "ArnLike",
  // No policy of ours has it; it is what a mistake would write for ArnNotLike.
  StringNotLike: "StringLike",
};

/** The parts of an operator: `ForAllValues:StringEquals` has a set and a base. */
function partsOf(operator: string): { readonly set: string | undefined; readonly base: string } {
  const [, set, base = ""] = /^(?:(ForAllValues|ForAnyValue):)?(\w+)$/.exec(operator) ?? [];
  return { set, base };
}

function isOperator(operator: string): boolean {
  const { set, base } = partsOf(operator);
  return base in MATCHES || set === undefined && (base in NEGATED || base === "Null");
}

function holds(operator: string, wanted: readonly string[], found: readonly string[]): boolean {
  const { set, base } = partsOf(operator);
  if (base === "Null") return (found.length === 0) === (wanted[0] === "true");
  const matches = MATCHES[NEGATED[base] ?? base]!;
  const matching = (value: string) => wanted.some((one) => matches(one, value));
  if (set === "ForAllValues") return found.every(matching);
  if (set === "ForAnyValue") return found.some(matching);
  if (found.length > 1) throw new Error(`${operator} compares one value, found ${found.length}`);
  return found.some(matching) !== base in NEGATED;
}

/**
 * Each of the six components is compared by itself: no wildcard reaches over a colon, but in the
 * last one, which holds the rest.
 */
function arnLike(wanted: string, found: string): boolean {
  const [patterns, values] = [components(wanted), components(found)];
  return patterns.length === 6 && values.length === 6 &&
    patterns.every((pattern, at) => glob(pattern, values[at]!));
}

function components(arn: string): string[] {
  const parts = arn.split(":");
  return parts.length < 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(":")];
}

function list(value: Values): readonly string[] {
  return typeof value === "string" ? [value] : value;
}

const GLOBS = new Map<string, RegExp>();

/**
 * In a resource, `*` matches slashes, and colons if it ends a part of the ARN ("IAM JSON policy
 * elements: Resource"); here it always does.
 */
function glob(pattern: string, text: string, flags = ""): boolean {
  const known = GLOBS.get(flags + pattern);
  if (known) return known.test(text);
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&");
  const expression = `^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`;
  GLOBS.set(flags + pattern, new RegExp(expression, flags));
  return glob(pattern, text, flags);
}
