import { allowing, type SeedRole } from "../aws/seed_roles.ts";

/** What becomes of a role, and how one looks. */
interface Kind {
  /** "changed"; or why it stays, as `spared` says it; or that nothing of it could go. */
  readonly fate: "changed" | "kept" | "evidence-missing" | "managed-by-code" | "nothing-to-lose";
  readonly role: (name: string) => SeedRole;
}

const USES = { s3: 3, rds: 200 };

/** As a person writes it: its own layout, escapes, and words of many alphabets. */
const BY_HAND = `{ "Version" : "2012-10-17",
    "Statement": [ {"Sid":"Reads", "Effect": "Allow",
        "Action": [ "S3:get*", "s3:ListBucket" ,
                    "SQS:*"],
        "Resource": ["arn:aws:s3:::bücher+äpfel/100%25/\\u00e9t\\u00e9/*", "*"] }

    ]
}
`;

const KINDS: readonly Kind[] = [
  {
    fate: "changed",
    role: (name) => ({
      name,
      inline: { main: allowing("s3:*", "rds:*"), more: allowing("sqs:SendMessage", "s3:Get*") },
      uses: USES,
    }),
  },
  {
    fate: "changed",
    role: (name) => ({ name, inline: { "by=hand,@x.y+z": BY_HAND }, uses: USES }),
  },
  {
    fate: "changed",
    role: (name) => ({
      name,
      inline: { main: allowing("s3:*"), gone: allowing("sqs:*", "sns:Publish") },
      uses: USES,
    }),
  },
  {
    fate: "kept",
    role: (name) => ({
      name,
      inline: { main: allowing("s3:*", "kms:Sign") },
      uses: { s3: 3, kms: 1 },
    }),
  },
  {
    fate: "managed-by-code",
    role: (name) => ({
      name,
      inline: { main: allowing("s3:*", "sqs:*") },
      uses: USES,
      tags: { "aws:cloudformation:stack-name": "shop" },
    }),
  },
  {
    fate: "changed",
    role: (name) => ({
      name,
      path: "/team/shop/",
      inline: {
        one: {
          Version: "2012-10-17",
          Statement: {
            Effect: "Allow",
            Action: "sns:*",
            Resource: "*",
            Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
          },
        },
        two: {
          Version: "2012-10-17",
          Statement: { Effect: "Allow", NotResource: "arn:aws:s3:::x", Action: ["rds:*", "s3:*"] },
        },
      },
      uses: USES,
    }),
  },
  {
    fate: "evidence-missing",
    role: (name) => ({ name, inline: { main: allowing("s3:*", "sqs:*", "sns:*") }, uses: USES }),
  },
  {
    fate: "changed",
    role: (name) => ({ name, inline: { main: allowing("s3:*", "sqs:*", "sns:*") }, uses: USES }),
  },
  { fate: "nothing-to-lose", role: (name) => ({ name }) },
  {
    fate: "changed",
    role: (name) => ({
      name,
      inline: {
        deny: {
          Version: "2012-10-17",
          Statement: [{ Effect: "Deny", Action: "sqs:*", Resource: "*" }],
        },
        kept: {
          Version: "2012-10-17",
          Statement: [
            { Sid: "NOREPO1", Effect: "Allow", Action: "sns:*", Resource: "*" },
            { Sid: "", Effect: "Allow", Action: ["sqs:*", "kms:*"], Resource: "*" },
          ],
        },
      },
      uses: USES,
    }),
  },
];

/** A role with what becomes of it. */
export interface OrganizationRole {
  readonly name: string;
  readonly fate: Kind["fate"];
  readonly seed: SeedRole;
}

/** So many roles of an account, of every kind. */
export function organizationRoles(count: number): OrganizationRole[] {
  return Array.from({ length: count }, (_, index) => {
    const { fate, role } = KINDS[index % KINDS.length]!;
    const name = `app-${index}`;
    return { name, fate, seed: role(name) };
  });
}

/** The reports of these roles are cut short: there is more, and nobody says where. */
export function isCutShort({ fate }: OrganizationRole): boolean {
  return fate === "evidence-missing";
}
