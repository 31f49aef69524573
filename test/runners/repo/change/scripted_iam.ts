import type { IAMClient } from "@aws-sdk/client-iam";
import { mapOf, type Policies } from "../../../../runners/repo/change/repo_change.ts";
import { performed } from "./policy_sets.ts";

/** What happens to one call: it fails before it has an effect, or its answer is lost after. */
export type Fault = "refused" | "throttled" | "unreachable" | "lost";

/** One role in an IAM that fails as a script says. Scripted, since no server fails at will. */
export class ScriptedIam {
  readonly calls: string[] = [];
  /** The policies after every write. */
  readonly history: Policies[];
  /** By the number of the write, from 0. */
  readonly faults = new Map<number, Fault>();
  roleId = "AROAEXAMPLE";
  #writes = 0;

  constructor(public policies: Policies) {
    this.history = [policies];
  }

  get client(): IAMClient {
    const send = (command: object) => this.#send(command.constructor.name, command as Command);
    return { send } as unknown as IAMClient;
  }

  async #send(name: string, { input }: Command): Promise<object> {
    await Promise.resolve();
    this.calls.push(name.replace(/Command$/, ""));
    const { PolicyName = "", PolicyDocument } = input;
    switch (name) {
      case "GetRoleCommand":
        return { Role: { RoleId: this.roleId } };
      case "ListRolePoliciesCommand":
        return { PolicyNames: Object.keys(this.policies), IsTruncated: false };
      case "GetRolePolicyCommand":
        if (!(PolicyName in this.policies)) throw awsError("NoSuchEntityException", 404);
        return { PolicyDocument: encodeURIComponent(this.policies[PolicyName]!) };
      case "PutRolePolicyCommand":
        return this.#write(() =>
          performed(this.policies, { name: PolicyName, document: PolicyDocument! })
        );
      case "DeleteRolePolicyCommand":
        return this.#write(() => {
          if (!(PolicyName in this.policies)) throw awsError("NoSuchEntityException", 404);
          return performed(this.policies, { name: PolicyName, document: null });
        });
      default:
        throw new Error(`Nobody has scripted ${name}`);
    }
  }

  #write(effect: () => Policies): object {
    const fault = this.faults.get(this.#writes++);
    if (fault === "refused") throw awsError("AccessDenied", 403);
    if (fault === "throttled") throw awsError("Throttling", 400, 8);
    if (fault === "unreachable") throw Object.assign(new Error("reset"), { code: "ECONNRESET" });
    this.policies = mapOf(Object.entries(effect()));
    this.history.push(this.policies);
    if (fault === "lost") throw Object.assign(new Error("reset"), { code: "ECONNRESET" });
    return { $metadata: { requestId: `r${this.#writes}` } };
  }
}

interface Command {
  readonly input: { readonly PolicyName?: string; readonly PolicyDocument?: string };
}

/** What the SDK throws for an error of AWS. */
export function awsError(name: string, httpStatusCode: number, attempts = 1): Error {
  return Object.assign(new Error(name), { name, $metadata: { httpStatusCode, attempts } });
}
