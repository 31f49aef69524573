import type { IAMClient } from "@aws-sdk/client-iam";
import { awsError, type Fault } from "./scripted_iam.ts";

/** One managed policy in an IAM that fails as a script says, at whatever call. */
export class ScriptedPolicyIam {
  readonly calls: string[] = [];
  /** The version in force after every call that had an effect. */
  readonly history: string[];
  /** By the number of the call, from 0. */
  readonly faults = new Map<number, Fault>();
  readonly versions = new Map<string, string>();
  attachments = 1;
  boundaries: number | undefined = 0;
  entities: { readonly [list: string]: readonly object[] } = {
    PolicyRoles: [{ RoleId: "AROAEXAMPLE", RoleName: "app" }],
  };

  constructor(public inForce: string, versions: { readonly [id: string]: string }) {
    this.history = [inForce];
    for (const [id, text] of Object.entries(versions)) this.versions.set(id, text);
  }

  get client(): IAMClient {
    const send = (command: object) => this.#send(command.constructor.name, command as Command);
    return { send } as unknown as IAMClient;
  }

  async #send(name: string, { input }: Command): Promise<object> {
    await Promise.resolve();
    const fault = this.faults.get(this.calls.length);
    this.calls.push(name.replace(/Command$/, ""));
    if (fault === "refused") throw awsError("AccessDenied", 403);
    if (fault === "throttled") throw awsError("Throttling", 400, 8);
    if (fault === "unreachable") throw Object.assign(new Error("reset"), { code: "ECONNRESET" });
    const answer = this.#answer(name, input);
    if (fault === "lost") throw Object.assign(new Error("reset"), { code: "ECONNRESET" });
    return answer;
  }

  #answer(name: string, { VersionId = "", PolicyDocument = "", SetAsDefault }: Command["input"]) {
    switch (name) {
      case "GetPolicyCommand":
        return {
          Policy: {
            DefaultVersionId: this.inForce,
            AttachmentCount: this.attachments,
            PermissionsBoundaryUsageCount: this.boundaries,
          },
        };
      case "ListEntitiesForPolicyCommand":
        return {
          PolicyRoles: [],
          PolicyUsers: [],
          PolicyGroups: [],
          ...this.entities,
          IsTruncated: false,
        };
      case "GetPolicyVersionCommand": {
        const text = this.versions.get(VersionId);
        if (text === undefined) throw awsError("NoSuchEntityException", 404);
        return { PolicyVersion: { Document: encodeURIComponent(text) } };
      }
      case "CreatePolicyVersionCommand": {
        if (this.versions.size >= 5) throw awsError("LimitExceededException", 409);
        const id = `v${
          Math.max(...[...this.versions.keys()].map((id) => Number(id.slice(1)))) + 1
        }`;
        this.versions.set(id, PolicyDocument);
        if (SetAsDefault) this.#putInForce(id);
        return { $metadata: { requestId: "r1" } };
      }
      case "SetDefaultPolicyVersionCommand":
        if (!this.versions.has(VersionId)) throw awsError("NoSuchEntityException", 404);
        this.#putInForce(VersionId);
        return { $metadata: { requestId: "r2" } };
      default:
        throw new Error(`Nobody has scripted ${name}`);
    }
  }

  #putInForce(id: string): void {
    this.inForce = id;
    this.history.push(id);
  }
}

interface Command {
  readonly input: {
    readonly VersionId?: string;
    readonly PolicyDocument?: string;
    readonly SetAsDefault?: boolean;
  };
}
