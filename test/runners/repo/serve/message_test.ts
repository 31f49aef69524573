import assert from "assert";
import { readMessage } from "../../../../runners/repo/serve/message.ts";

const GOOD = {
  account: "111111111111",
  command: "list_repoable_services",
  role_name: "checkout-api",
  respond_channel: "#security",
};

/** What is said of a message, and to whom; undefined: it is a command. */
function problemOf(content: unknown) {
  const body = typeof content === "string" ? content : JSON.stringify(content);
  const read = readMessage(body);
  return "command" in read ? undefined : {
    reason: read.problem.reason,
    sentence: read.problem.sentence,
    to: read.respond?.channel ?? null,
  };
}

const TO = "#security";
const WRONG:
  readonly (readonly [what: string, content: unknown, says: RegExp, to: string | null])[] = [
    ["nothing", "", /^The message is not JSON$/, null],
    ["a cut text", JSON.stringify(GOOD).slice(0, -1), /^The message is not JSON$/, null],
    ["null", null, /it must be an object/, null],
    ["a list", [GOOD], /it must be an object/, null],
    ["an empty object", {}, /account is missing; command is missing; role_name is missing/, null],
    ["no channel", { ...GOOD, respond_channel: undefined }, /respond_channel is missing/, null],
    ["an empty channel", { ...GOOD, respond_channel: " " }, /respond_channel must not be/, null],
    ["a channel that is none", { ...GOOD, respond_channel: {} }, /respond_channel/, null],
    [
      "an account as a number",
      { ...GOOD, account: 111111111111 },
      /^The message cannot .*account/,
      TO,
    ],
    [
      "an account that is short",
      { ...GOOD, account: "1111" },
      /account must be a string of tw/,
      TO,
    ],
    [
      "an unknown command",
      { ...GOOD, command: "delete_role" },
      /"delete_role" is no command\. Th/,
      TO,
    ],
    [
      "a command of prototypes",
      { ...GOOD, command: "constructor" },
      /"constructor" is no comm/,
      TO,
    ],
    [
      "a role with its path",
      { ...GOOD, role_name: "team/app" },
      /role_name must be the name of/,
      TO,
    ],
    ["a pattern of roles", { ...GOOD, role_name: "app*" }, /role_name must be the name of/, TO],
    [
      "an opt-out by nobody",
      { ...GOOD, command: "opt_out", reason: "x" },
      /needs requestor and/,
      TO,
    ],
    [
      "an opt-out without reason",
      {
        ...GOOD,
        command: "opt_out",
        requestor: "alice",
        reason: null,
      },
      /needs requestor and reason/,
      TO,
    ],
    [
      "a rollback to nothing",
      { ...GOOD, command: "rollback_role" },
      /needs selection: the numb/,
      TO,
    ],
    [
      "a rollback to an empty text",
      { ...GOOD, command: "rollback_role", selection: "" },
      /needs selection: the numb/,
      TO,
    ],
    [
      "a rollback to x",
      {
        ...GOOD,
        command: "rollback_role",
        selection: "x",
      },
      /selection must be the number of a version, not "x"/,
      TO,
    ],
    ["a rollback to 0", { ...GOOD, command: "rollback_role", selection: 0 }, /not 0/, TO],
    ["a rollback to -1", { ...GOOD, command: "rollback_role", selection: "-1" }, /not "-1"/, TO],
    ["a rollback to 1.5", { ...GOOD, command: "rollback_role", selection: 1.5 }, /not 1\.5/, TO],
    ["a selection of 300 letters", { ...GOOD, selection: "x".repeat(300) }, /not "x{59}…$/, TO],
  ];

Deno.test("a command that is nested too deeply is none, and is answered", () => {
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  const problem = problemOf(`{"respond_channel":"c","command":${deep}}`);
  assert.match(problem?.sentence ?? "", /what is no text is no command/);
});

for (const [what, content, says, to] of WRONG) {
  Deno.test(`${what} is no command, and ${to ? "is answered" : "nobody can be told"}`, () => {
    const problem = problemOf(content);
    assert.match(problem?.sentence ?? "", says);
    assert.equal(problem?.to, to);
  });
}

for (const nothing of [null, ""]) {
  Deno.test(`what Repokid's senders leave out may be ${JSON.stringify(nothing)}, and what else they say is not looked at`, () => {
    const content = {
      ...GOOD,
      respond_user: nothing,
      requestor: nothing,
      reason: nothing,
      selection: nothing,
      errors: ["?"],
      more: 1,
    };
    assert.deepEqual(readMessage(JSON.stringify(content)), {
      command: {
        role: { account: "111111111111", name: "checkout-api" },
        respond: { channel: "#security", user: null },
        command: "list_repoable_services",
      },
    });
  });
}

for (const selection of [12, "12"]) {
  Deno.test(`version ${JSON.stringify(selection)} of a role is asked for by its number`, () => {
    const content = { ...GOOD, command: "rollback_role", selection, respond_user: "alice" };
    assert.deepEqual(readMessage(JSON.stringify(content)), {
      command: {
        role: { account: "111111111111", name: "checkout-api" },
        respond: { channel: "#security", user: "alice" },
        command: "rollback_role",
        seq: 12,
      },
    });
  });
}
