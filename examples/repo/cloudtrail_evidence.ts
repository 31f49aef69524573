/**
 * Hooks of one's own: evidence from CloudTrail, which knows of single actions what IAM does not. In
 * the configuration: `"hooks": ["./cloudtrail_evidence.ts"]` and `"filterConfig":
 * {"cloudtrail_evidence": {"file": "cloudtrail_uses.json"}}`. The file is made by a query of one's
 * own over the trail, and says which actions are logged at all, and who has called which.
 */
interface Evidence {
  /** The first instant that the query looked at, RFC 3339. */
  readonly since: string;
  /** Actions that anybody has called before the window: of these CloudTrail speaks. */
  readonly logged: readonly string[];
  /** By the role's ARN, the actions that it has called within the window. */
  readonly roles: { readonly [arn: string]: readonly string[] };
}

let evidence: Evidence | null = null;

/** Reads the file, once per run. The hook itself must answer at once. */
export async function prepare(
  { settings, directory }: { readonly settings: unknown; readonly directory: string },
): Promise<void> {
  const { file } = settings as { readonly file: string };
  evidence = JSON.parse(await Deno.readTextFile(`${directory}/${file}`));
}

interface Input {
  readonly arn: string;
  readonly potentially_repoable_permissions: {
    [action: string]: { repoable: boolean; decider: string };
  };
}

export const hooks = [{
  hook: "DURING_REPOABLE_CALCULATION",
  priority: 10,
  call: (input: Input): Input => {
    if (evidence === null) throw new Error("prepare was not called");
    const logged = new Set(evidence.logged.map((action) => action.toLowerCase()));
    // A role that the query did not find may be one that it could not see.
    const called = evidence.roles[input.arn]?.map((action) => action.toLowerCase());
    if (called === undefined) return input;
    for (const [action, decision] of Object.entries(input.potentially_repoable_permissions)) {
      if (called.includes(action)) decision.repoable = false;
      else if (logged.has(action) && decision.decider === "action-untracked") {
        decision.repoable = true;
      }
    }
    return input;
  },
}];
