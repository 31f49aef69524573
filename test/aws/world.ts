/** A small organization, declared: what a test or the demo finds in its accounts. */

export interface World {
  readonly accounts: readonly WorldAccount[];
}

export interface WorldAccount {
  /** Twelve digits. */
  readonly id: string;
  readonly name: string;
  /** The IAM account alias. */
  readonly alias?: string;
  /** IAM users. */
  readonly users?: readonly string[];
  /** IAM roles that exist. Default: the observe, apply and canary roles of audit. */
  readonly roles?: readonly string[];
  readonly regions: Readonly<Record<string, readonly InstanceGroup[]>>;
}

/** Instances that differ only in their IDs. */
export interface InstanceGroup {
  /** Unique in its account and region; tests find the instance IDs by it. */
  readonly name: string;
  /** Default: 1. */
  readonly count?: number;
  readonly tags?: Readonly<Record<string, string>>;
  /** How long ago they were created. Default: 0. */
  readonly ageMinutes?: number;
  /** Default: running. */
  readonly state?: "running" | "stopped";
  /** `true`: of a one-time request, as spot instances are unless one asks otherwise. */
  readonly spot?: boolean | "persistent";
  /** Against termination through the API, or against stop, which protects from both. */
  readonly protected?: "termination" | "stop";
  /** The Availability Zone's letter, e.g. `b` for us-east-1b. Default: a. */
  readonly zone?: string;
  /** Default: ebs. */
  readonly rootDevice?: "ebs" | "instance-store";
  /** The group that their tag `aws:autoscaling:groupName` names. */
  readonly autoScalingGroup?: string;
  /** The service that manages them (`operator.principal`), e.g. `eks.amazonaws.com`. */
  readonly managedBy?: string;
  /**
   * The instance profile that they act under, made with a role of the same name. Default: none. The
   * groups of an account may share one.
   */
  readonly instanceProfile?: string;
  /** Default: one image for all. */
  readonly imageId?: string;
  /** Default: t3.small. */
  readonly instanceType?: string;
}
