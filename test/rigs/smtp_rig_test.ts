import assert from "assert";
import { smtpOptions, smtpServer } from "../../reports/mail/smtp.ts";
import { startMailServer } from "./mail_server.ts";

Deno.test("x", async () => {
  await using server = await startMailServer();
  const client = smtpServer(
    "g@example.com",
    smtpOptions({
      host: "127.0.0.1",
      port: server.port,
      tls: "none",
      user: null,
      passwordEnv: null,
      ca: null,
    }, { password: null, ca: null }),
  );
  await client.verify();
  console.log(
    await client.send({
      to: "a@example.com",
      subject: "s",
      messageId: "<1@example.com>",
      html: "<p>ü",
      text: "ü",
    }, new AbortController().signal),
  );
  console.log(server.arrived[0]!.raw);
  assert.equal(server.arrived.length, 1);
});
