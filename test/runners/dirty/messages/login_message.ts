import type { InstanceName, LoginMessage } from "../../../../runners/core/contract/login.ts";

export const AN_INSTANCE: InstanceName = {
  id: "i-0123456789abcdef0",
  region: "us-east-1",
  account: "111111111111",
};

export const A_KEY = `SHA256:${"k".repeat(42)}A`;

/** A login as the client sends it, with every part that a login may have. */
export const A_LOGIN: LoginMessage = {
  schema: "groundskeeper.login/1",
  id: "01JD5N6ZV3R8W4Q0T2XKYB7CME",
  event: "session_open",
  source: "pam",
  at: "2026-11-20T20:57:42Z",
  instance: AN_INSTANCE,
  pam: { service: "sshd", type: "open_session", user: "alice", rhost: "203.0.113.9", tty: "ssh" },
  ssh: {
    method: "publickey",
    keyType: "ssh-ed25519-cert-v01@openssh.com",
    keySha256: A_KEY,
    certificate: { id: "alice@example.com", principals: ["alice", "admins"] },
  },
  proof: {
    url: "https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity",
    headers: { "x-groundskeeper-audience": "arn:aws:sqs:us-east-1:111111111111:logins|00" },
  },
  client: { version: "1.0.0", dropped: 0 },
};

/** The body of Skunky's client (EC2 User Guide, "Instance identity documents"). */
export const AN_IDENTITY_DOCUMENT = {
  devpayProductCodes: null,
  marketplaceProductCodes: ["1abc2defghijklm3nopqrs4tu"],
  availabilityZone: "us-east-1b",
  privateIp: "10.158.112.84",
  version: "2017-09-30",
  instanceId: AN_INSTANCE.id,
  billingProducts: null,
  instanceType: "t2.micro",
  accountId: AN_INSTANCE.account,
  imageId: "ami-5fb8c835",
  pendingTime: "2016-11-19T16:32:11Z",
  architecture: "x86_64",
  kernelId: null,
  ramdiskId: null,
  region: AN_INSTANCE.region,
};

/** As SQS delivers a message. */
export const ARRIVED = {
  id: "5fea7756-0ea4-451a-a703-a558b933e274",
  at: new Date("2026-11-20T20:57:44.120Z"),
};
