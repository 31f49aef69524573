/** Whether a call can change something: what "a plan writes nothing" means in a test. */

/** Verbs that only read, as the Service Authorization Reference has them (levels Read and List). */
const reading =
  /^(Describe|Get|List|Lookup|Search|Simulate|BatchGet|Query$|Scan$|TransactGet|ConditionCheck|Head|Validate|Check|Filter|Select|Decode|View)/;

/** Actions that only read although their verb does not say so. */
const readingActions: ReadonlySet<string> = new Set([
  "iam:GenerateCredentialReport",
  "iam:GenerateServiceLastAccessedDetails",
  "sts:AssumeRole",
  "sts:AssumeRoleWithSAML",
  "sts:AssumeRoleWithWebIdentity",
  "sts:GetCallerIdentity",
]);

/**
 * True if the action can change something. An action that it does not know is a write, and so is
 * `sqs:ReceiveMessage`: it hides the message and counts towards its dead-letter limit.
 */
export function isWriteAction(action: string): boolean {
  if (readingActions.has(action)) return false;
  return !reading.test(action.slice(action.indexOf(":") + 1));
}

/** The same for one logged call: a `DryRun` of EC2 changes nothing. */
export function isWrite(
  call: { readonly action: string; readonly parameters: Readonly<Record<string, string>> },
): boolean {
  if (call.action.startsWith("ec2:") && call.parameters["DryRun"] === "true") return false;
  return isWriteAction(call.action);
}
