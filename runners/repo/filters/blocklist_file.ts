import * as z from "zod";
import { failureUnlessInterrupted } from "../../core/aws/failure.ts";
import type { Session } from "../../core/aws/session.ts";
import { readJsonc } from "../../core/config/read.ts";
import { EXIT, GroundskeeperError, messageOf } from "../../core/errors.ts";
import type { BlocklistBucket } from "./settings.ts";

const fileSchema = z.strictObject({
  arns: z.array(z.string().regex(/^arn:[^:]+:iam::\d{12}:role\/\S+$/)),
  names: z.record(z.string().min(1), z.array(z.string().regex(/^(all|\d{12})$/))),
});

/** Roles that a list in S3 leaves alone: by ARN, or by name in some accounts or in "all". */
export type BlocklistFile = z.infer<typeof fileSchema>;

/**
 * Reads the list from S3. It has exactly the keys that Repokid reads.
 *
 * @param session of the account that the bucket is in, with s3:GetObject
 * @throws GroundskeeperError if it cannot be read completely: nothing may be judged without it
 */
export async function loadBlocklist(
  session: Pick<Session, "client" | "reading">,
  { bucket, key, region = "us-east-1" }: BlocklistBucket,
): Promise<BlocklistFile> {
  const place = `s3://${bucket}/${key}`;
  const { S3Client, GetObjectCommand } = await import("@aws-sdk/client-s3");
  let text: string | undefined;
  try {
    const answer = await session.client(S3Client, region)
      .send(new GetObjectCommand({ Bucket: bucket, Key: key }), session.reading);
    text = await answer.Body?.transformToString("utf-8");
  } catch (error) {
    throw refusal(place, `cannot be read: ${failureUnlessInterrupted(error).detail}`, error);
  }
  if (text === undefined) throw refusal(place, "came without a body");
  return parseBlocklist(text, place);
}

/**
 * Reads such a list from its text.
 *
 * @param place where it comes from, for messages
 * @throws GroundskeeperError if it is not exactly what Repokid reads
 */
export function parseBlocklist(text: string, place: string): BlocklistFile {
  let content: unknown;
  try {
    content = readJsonc(text, place);
  } catch (error) {
    throw refusal(place, `is not JSON: ${messageOf(error)}`, error);
  }
  const read = fileSchema.safeParse(content);
  if (read.success) return read.data;
  const issue = read.error.issues[0]!;
  const at = issue.path.length === 0 ? "it" : issue.path.join(".");
  throw refusal(
    place,
    'is not {"arns": [ARN of a role, …], "names": {NAME: ["all" or an account\'s ID, …]}} with ' +
      `these two keys alone: ${at}: ${issue.message}`,
  );
}

function refusal(place: string, state: string, cause?: unknown): GroundskeeperError {
  return new GroundskeeperError(
    "blocklist",
    `The blocklist ${place} ${state}. Nothing was judged without it`,
    EXIT.failed,
    cause === undefined ? undefined : { cause },
  );
}
