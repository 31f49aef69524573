import assert from "assert";
import { queueOf } from "../../../../runners/core/contract/queue_url.ts";

for (
  const [host, region] of [
    ["sqs.us-east-1.amazonaws.com", "us-east-1"],
    ["sqs.cn-north-1.amazonaws.com.cn", "cn-north-1"],
    ["sqs-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"],
    ["sqs.eu-central-1.api.aws", "eu-central-1"],
    ["eu-west-1.queue.amazonaws.com", "eu-west-1"],
    ["vpce-0a1b-2c3d.sqs.ap-southeast-2.vpce.amazonaws.com", "ap-southeast-2"],
    ["127.0.0.1:40000", null],
  ] as const
) {
  Deno.test(`the queue at ${host} is in ${region ?? "the caller's region"}`, () => {
    const url = `https://${host}/111111111111/commands.fifo`;
    assert.deepEqual(queueOf(url), {
      url,
      account: "111111111111",
      name: "commands.fifo",
      region,
    });
  });
}

for (
  const text of [
    "",
    "https://sqs.us-east-1.amazonaws.com/",
    "https://sqs.us-east-1.amazonaws.com/1111/commands",
    "https://sqs.us-east-1.amazonaws.com/111111111111/*",
    "arn:aws:sqs:us-east-1:111111111111:commands",
  ]
) {
  Deno.test(`"${text}" is not the URL of a queue`, () => {
    assert.throws(() => queueOf(text), RangeError);
  });
}
