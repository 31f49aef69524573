/** Why an action is removed. */
export type RemoveReason =
  /** Its service was not used within the window. */
  | "service-unused"
  /** The action was not used within the window, and AWS has tracked it that long. */
  | "action-unused"
  /** A person named it with `--remove`. */
  | "requested"
  | `hook:${string}`;

/** Why an action stays. */
export type KeepReason =
  | "service-used"
  | "action-used"
  /** AWS does not say when this action was used. */
  | "action-untracked"
  /** AWS lists it since a shorter time than the window. */
  | "tracked-too-recently"
  /** The report does not speak of its service. */
  | "service-not-in-report"
  /** IAM lists its service, and may not track it. */
  | "service-not-tracked"
  /** The catalogue does not know it. */
  | "unknown-action"
  /** `iam:PassRole` and the like: AWS never tracks it. */
  | "never-tracked"
  /** An action that is used needs it: tags on creation, data keys. */
  | "companion-of"
  /** First seen less than `protectNew` ago, or by a later scan less than `usageWindow` ago. */
  | "new-permission"
  /** A statement whose Sid begins with NOREPO grants it, and would go on to. */
  | "norepo-sid"
  /** `repo.pinned`. */
  | "pinned"
  /** With `--remove`: it was not named. */
  | "not-requested"
  /** With `--scheduled`: it could go, and was not among what was scheduled. */
  | "not-scheduled"
  | `hook:${string}`;

/** The verdict about one action of a role. */
export type Decision =
  & {
    /** As the catalogue writes it, else as the policy does: `s3:GetObject`. */
    readonly action: string;
    /** The last use that the evidence knows of, RFC 3339. */
    readonly lastUsed?: string;
    /** When a protection ends, RFC 3339. */
    readonly until?: string;
    /** Which action it accompanies. */
    readonly of?: string;
  }
  & (
    | { readonly verdict: "remove"; readonly reason: RemoveReason }
    | { readonly verdict: "keep"; readonly reason: KeepReason }
  );

/** Why nothing of a role is removed. */
export type Ineligible = {
  /** A stable kebab-case code. */
  readonly reason: string;
  /** The same for people. */
  readonly detail: string;
};
