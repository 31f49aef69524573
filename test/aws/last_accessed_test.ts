import assert from "assert";
import {
  GenerateServiceLastAccessedDetailsCommand,
  type GenerateServiceLastAccessedDetailsCommandInput,
  GetServiceLastAccessedDetailsCommand,
  IAMClient,
} from "@aws-sdk/client-iam";

import { freshAccounts } from "./fresh_accounts.ts";
import type { ReportBehaviour } from "./last_accessed.ts";
import { connectLocalAws } from "./local_aws.ts";
import { loseMarker, repeatMarker } from "./rewrites.ts";
import { clientConfig } from "./seed.ts";
import { allowing, type SeedRole, seedRoles } from "./seed_roles.ts";
import "./start_shared.ts";

/** An account with one role `app`, and the two calls. */
async function scene(role: Omit<SeedRole, "name">, managed: Record<string, object> = {}) {
  const aws = await connectLocalAws();
  const [account = "", other = ""] = freshAccounts(2);
  await seedRoles(aws.proxy, account, { roles: [{ name: "app", ...role }], managed });
  const iam = new IAMClient({ ...clientConfig(aws.endpoint, account), maxAttempts: 1 });
  const stranger = new IAMClient({ ...clientConfig(aws.endpoint, other), maxAttempts: 1 });
  const Arn = `arn:aws:iam::${account}:role${role.path ?? "/"}app`;
  type Granularity = GenerateServiceLastAccessedDetailsCommandInput["Granularity"];
  return {
    aws,
    account,
    stranger,
    behave: (behaviour: ReportBehaviour) =>
      aws.proxy.lastAccessed.behave({ account, role: "app" }, behaviour),
    generate: async (Granularity: Granularity = "SERVICE_LEVEL", arn = Arn) =>
      (await iam.send(new GenerateServiceLastAccessedDetailsCommand({ Arn: arn, Granularity })))
        .JobId!,
    get: (JobId: string, more: { MaxItems?: number; Marker?: string } = {}, client = iam) =>
      client.send(new GetServiceLastAccessedDetailsCommand({ JobId, ...more })),
    async [Symbol.asyncDispose]() {
      iam.destroy();
      stranger.destroy();
      await aws[Symbol.asyncDispose]();
    },
  };
}

Deno.test("what the policies allow is listed, with a date where it was used", async () => {
  await using at = await scene(
    {
      path: "/team/",
      inline: { main: allowing("s3:*", "sqs:SendMessage"), more: allowing("EC2:Run*") },
      attached: ["shared"],
      uses: { s3: 3 },
    },
    { shared: allowing("kms:Decrypt") },
  );
  const page = await at.get(await at.generate());
  assert.deepEqual([page.JobStatus, page.JobType, page.IsTruncated], [
    "COMPLETED",
    "SERVICE_LEVEL",
    false,
  ]);
  assert.deepEqual(
    page.ServicesLastAccessed?.map((one) => [
      one.ServiceNamespace,
      one.LastAuthenticated !== undefined,
      one.TotalAuthenticatedEntities,
      one.TrackedActionsLastAccessed,
    ]),
    [
      ["ec2", false, 0, undefined],
      ["kms", false, 0, undefined],
      ["s3", true, 1, undefined],
      ["sqs", false, 0, undefined],
    ],
  );
});

Deno.test("a report at action level lists actions of the services that AWS tracks", async () => {
  await using at = await scene({
    inline: { main: allowing("s3:*", "sqs:*", "ec2:*") },
    uses: { ec2: { actions: { RunInstances: 2 } } },
  });
  at.aws.proxy.lastAccessed.track("ec2", ["RunInstances", "StopInstances"]);
  const page = await at.get(await at.generate("ACTION_LEVEL"));
  assert.equal(page.JobType, "ACTION_LEVEL");
  const [ec2, s3] = page.ServicesLastAccessed!;
  assert.deepEqual(
    ec2?.TrackedActionsLastAccessed?.map((one) => [
      one.ActionName,
      one.LastAccessedTime !== undefined,
    ]),
    [["RunInstances", true], ["StopInstances", false]],
  );
  assert.equal(s3?.TrackedActionsLastAccessed, undefined);
});

Deno.test("a report is known to the credentials that began it, and to no others", async () => {
  await using at = await scene({ inline: { main: allowing("s3:*") } });
  const job = await at.generate();
  await assert.rejects(at.get(job, {}, at.stranger), { name: "NoSuchEntityException" });
  await assert.rejects(at.get("nope"), { name: "NoSuchEntityException" });
  await assert.rejects(at.generate("SERVICE_LEVEL", `arn:aws:iam::${at.account}:role/gone`), {
    name: "NoSuchEntityException",
  });
});

Deno.test("a report is in progress first, and then leaves out what it does not know", async () => {
  await using at = await scene({ inline: { main: allowing("s3:*") } });
  at.behave({ pending: 2 });
  const job = await at.generate();
  const pending = await at.get(job);
  assert.deepEqual(
    [pending.JobStatus, pending.ServicesLastAccessed, pending.JobCompletionDate],
    ["IN_PROGRESS", undefined, undefined],
  );
  assert.equal((await at.get(job)).JobStatus, "IN_PROGRESS");
  assert.equal((await at.get(job)).JobStatus, "COMPLETED");
});

Deno.test("reports fail, are lost, and list what a test says", async () => {
  await using at = await scene({ inline: { main: allowing("s3:*") } });
  at.behave({ failure: { code: "InternalError", message: "Try <again>" } });
  const failed = await at.get(await at.generate());
  assert.deepEqual([failed.JobStatus, failed.Error], [
    "FAILED",
    { Code: "InternalError", Message: "Try <again>" },
  ]);
  at.behave({ lost: 1, services: ["sqs", "sns"] });
  await assert.rejects(at.get(await at.generate()), { name: "NoSuchEntityException" });
  const page = await at.get(await at.generate());
  assert.deepEqual(page.ServicesLastAccessed?.map((one) => one.ServiceNamespace), ["sns", "sqs"]);
});

Deno.test("a report comes in pages, whose markers can be lost and repeated", async () => {
  await using at = await scene({ inline: { main: allowing("a:*", "b:*", "c:*", "d:*", "e:*") } });
  const job = await at.generate();
  const names = async (more: { MaxItems?: number; Marker?: string }) => {
    const page = await at.get(job, more);
    const listed = page.ServicesLastAccessed!.map((one) => one.ServiceNamespace).join("");
    return [listed, page.IsTruncated, page.Marker];
  };
  assert.deepEqual(await names({ MaxItems: 2 }), ["ab", true, "2"]);
  assert.deepEqual(await names({ MaxItems: 2, Marker: "4" }), ["e", false, undefined]);
  const match = { action: "iam:GetServiceLastAccessedDetails" };
  const end = at.aws.proxy.rewrite(loseMarker(match));
  assert.deepEqual(await names({ MaxItems: 2 }), ["ab", true, undefined]);
  end();
  at.aws.proxy.rewrite(repeatMarker(match));
  assert.deepEqual(await names({ MaxItems: 2 }), ["ab", true, "2"]);
  assert.deepEqual(await names({ MaxItems: 2, Marker: "2" }), ["cd", true, "2"]);
});
