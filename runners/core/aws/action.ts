import { UsageError } from "../errors.ts";
import { codePointText } from "../shown.ts";

/**
 * How a person may name actions of IAM:
 *
 * - `action`: exactly one, `s3:GetObject`.
 * - `of-service`: some of one service, with `*` and `?` after the colon: `s3:Get*`.
 * - `pattern`: with wildcards anywhere, as a policy has them: `*`, `s3*:Get*`.
 * - `subject`: the same, or a service alone, which stands for all its actions: `s3`.
 */
export type ActionForm = "action" | "of-service" | "pattern" | "subject";

/**
 * The letters of a service and of an action, in any case. The Service Authorization Reference has
 * names with digits and hyphens in both parts
 * (`vpc-lattice:AssociateViaAWSService-EventsAndStates`), and with nothing else.
 */
const NAME = "[A-Za-z0-9-]+";
const WILD = "[A-Za-z0-9*?-]+";

/** One action inside a longer text, as the source of a regular expression. */
export const ACTION_SOURCE = `${NAME}:${NAME}`;

/** The complete texts of each form, for schemas. */
export const ACTION_FORMS: Readonly<Record<ActionForm, RegExp>> = {
  action: new RegExp(`^${ACTION_SOURCE}$`),
  "of-service": new RegExp(`^${NAME}:${WILD}$`),
  pattern: new RegExp(`^(\\*|${WILD}:${WILD})$`),
  subject: new RegExp(`^(\\*|${WILD}:${WILD}|${NAME})$`),
};

/**
 * What is wrong with a text that is to name an action, as a phrase after "it"; undefined: nothing.
 * Everything that reads actions from people asks this.
 */
export function actionFault(text: string, form: ActionForm): string | undefined {
  return ACTION_FORMS[form].test(text) ? undefined : formFault(text, form);
}

/**
 * A text of a form, as IAM compares it: a service alone is all of its actions.
 *
 * @param asked what the text is for: `--remove`
 * @throws UsageError with what is wrong, and what to write
 */
export function readAction(text: string, form: ActionForm, asked: string): string {
  const fault = actionFault(text, form);
  if (fault !== undefined) {
    const wrong = `${JSON.stringify(text)} is no action: it ${fault}`;
    throw new UsageError(`${asked}: ${wrong}. Write it as IAM does, such as ${EXAMPLES[form]}`);
  }
  return text === "*" || text.includes(":") ? text : `${text}:*`;
}

const EXAMPLES: Readonly<Record<ActionForm, string>> = {
  action: "s3:GetObject",
  "of-service": "s3:PutObjectAcl or sqs:*",
  pattern: "sqs:SendMessage or s3:Get*",
  subject: "s3:GetObject, s3:Get*, or s3 for all of the service",
};

function formFault(text: string, form: ActionForm): string {
  if (text === "") return "is empty";
  if (/^arn:/i.test(text)) return "is an ARN";
  const strange = /[^A-Za-z0-9:*?-]/u.exec(text)?.[0];
  if (strange !== undefined) return strangeText(strange);
  if (text === "*") return "means every action of every service";
  const colons = text.split(":").length - 1;
  if (colons === 0) return "has no colon between the service and the action";
  if (colons > 1) return `has ${colons} colons`;
  if (text.startsWith(":")) return "names no service before the colon";
  if (text.endsWith(":")) return "names no action after the colon";
  return form === "action"
    ? "has a wildcard, and exactly one action is meant"
    : "may mean several services: name the service";
}

function strangeText(character: string): string {
  if (/[\s\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u.test(character)) {
    return character === " "
      ? "has a space"
      : `has the invisible character ${codePointText(character)}`;
  }
  return /[,;|]/.test(character)
    ? `has "${character}": give each action by itself`
    : `has "${character}", which no action has`;
}
