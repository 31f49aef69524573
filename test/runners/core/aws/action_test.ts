import assert from "assert";
import { actionFault, type ActionForm, readAction } from "../../../../runners/core/aws/action.ts";
import { UsageError } from "../../../../runners/core/errors.ts";
import { loadCatalogue } from "../../../../runners/repo/catalogue/catalogue.ts";
import { spelled } from "../../../../runners/repo/catalogue/spelling.ts";
import { DEEP } from "../properties.ts";

const FORMS: readonly ActionForm[] = ["action", "of-service", "pattern", "subject"];
const { actions: all, services } = loadCatalogue();
/** In `deno task test:deep` every one, elsewhere every twentieth. */
const actions = DEEP ? all : all.filter((_, index) => index % 20 === 0);

Deno.test("every action of the catalogue is read in every form, in any case, and spelled as AWS does", () => {
  for (const action of actions) {
    for (const text of [action, action.toLowerCase(), action.toUpperCase()]) {
      for (const form of FORMS) assert.equal(readAction(text, form, "find"), text);
      assert.equal(spelled(text), action);
    }
  }
});

Deno.test("every action of the catalogue is read with a wildcard in place of any of its ends", () => {
  for (const action of actions) {
    const colon = action.indexOf(":") + 1;
    const cut = colon + Math.ceil((action.length - colon) / 2);
    for (
      const text of [`${action.slice(0, cut)}*`, `${action.slice(0, colon)}?${action.slice(colon)}`]
    ) {
      for (const form of FORMS.slice(1)) assert.equal(readAction(text, form, "find"), text);
    }
    const found = spelled(`${action.slice(0, cut).toUpperCase()}*`);
    assert.equal(found.toLowerCase(), `${action.slice(0, cut)}*`.toLowerCase());
    assert.ok(all.some((one) => one.startsWith(found.slice(0, -1))), found);
  }
});

Deno.test("every service of the catalogue stands for all its actions, in any case", () => {
  for (const service of services) {
    for (const text of [service, service.toUpperCase()]) {
      assert.equal(readAction(text, "subject", "find"), `${text}:*`);
      assert.equal(spelled(readAction(text, "subject", "find")), `${service}:*`);
      assert.equal(readAction(`${text}:*`, "of-service", "--remove"), `${text}:*`);
    }
  }
});

const WRONG: readonly (readonly [text: string, form: ActionForm, says: string])[] = [
  ["", "subject", "is empty"],
  ["s3", "pattern", "has no colon between the service and the action"],
  ["s3*", "subject", "has no colon between the service and the action"],
  ["s3:", "subject", "names no action after the colon"],
  [":GetObject", "subject", "names no service before the colon"],
  ["s3:Get:Object", "subject", "has 2 colons"],
  ["arn:aws:s3:::bucket", "subject", "is an ARN"],
  ["s3:Get Object", "subject", "has a space"],
  [" s3:GetObject", "subject", "has a space"],
  ["s3:GetObject\n", "subject", "has the invisible character U+000A"],
  ["s3:Get\u200bObject", "subject", "has the invisible character U+200B"],
  ["s3:GetObject,s3:PutObject", "subject", 'has ",": give each action by itself'],
  ["s3.GetObject", "subject", 'has ".", which no action has'],
  ["s3:Get_Object", "subject", 'has "_", which no action has'],
  ["s3:Getö", "subject", 'has "ö", which no action has'],
  ["\u212aMS:Decrypt", "subject", 'has "\u212a", which no action has'],
  ["*", "of-service", "means every action of every service"],
  ["s*:GetObject", "of-service", "may mean several services: name the service"],
  ["s3:Get*", "action", "has a wildcard, and exactly one action is meant"],
];

for (const [text, form, says] of WRONG) {
  Deno.test(`${JSON.stringify(text)} is refused as ${form}: it ${says}`, () => {
    assert.equal(actionFault(text, form), says);
    assert.throws(() => readAction(text, form, "--remove"), (error: unknown) => {
      assert.ok(error instanceof UsageError);
      assert.equal(
        error.message.split(". Write it as IAM does")[0],
        `--remove: ${JSON.stringify(text)} is no action: it ${says}`,
      );
      return true;
    });
  });
}

Deno.test("a name that the catalogue does not know keeps its letters, with its service in lower case", () => {
  assert.equal(spelled("S3:NewThing"), "s3:NewThing");
  assert.equal(spelled("NewSvc:Do*"), "newsvc:Do*");
  assert.equal(spelled("*"), "*");
  assert.equal(spelled("SQS:sendmessage*"), "sqs:SendMessage*");
});
