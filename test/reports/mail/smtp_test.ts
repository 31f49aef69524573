import assert from "assert";
import { smtpOptions } from "../../../reports/mail/smtp.ts";
import type { MailConfig } from "../../../runners/core/config/reports.ts";

type Smtp = MailConfig["smtp"];
const SMTP: Smtp = {
  ...{ host: "mail.example.com", port: 587, tls: "starttls", user: null, passwordEnv: null },
  ca: null,
};

/** Settings as people have them, with what makes each of them safe. */
const CASES: readonly (readonly [string, Partial<Smtp>, Record<string, unknown>])[] = [
  ["a server of the company", {}, { secure: false, requireTLS: true, ignoreTLS: false }],
  ["SES", {
    host: "email-smtp.eu-west-1.amazonaws.com",
    ...{ user: "AKIAEXAMPLE", passwordEnv: "SMTP_PASSWORD" },
  }, { port: 587, secure: false, requireTLS: true, auth: { user: "AKIAEXAMPLE", pass: "secret" } }],
  ["SES with TLS from the start", {
    host: "email-smtp.us-gov-west-1.amazonaws.com",
    ...{ port: 465, tls: "implicit", user: "AKIAEXAMPLE", passwordEnv: "SMTP_PASSWORD" },
  }, { port: 465, secure: true, requireTLS: false }],
  // SendGrid's user is the word "apikey".
  ["SendGrid", {
    host: "smtp.sendgrid.net",
    ...{ port: 2525, user: "apikey", passwordEnv: "SENDGRID_API_KEY" },
  }, { port: 2525, requireTLS: true, auth: { user: "apikey", pass: "secret" } }],
  ["a relay on this machine", { host: "127.0.0.1", port: 25, tls: "none" }, {
    ...{ secure: false, requireTLS: false, ignoreTLS: true, auth: undefined },
  }],
];

for (const [name, smtp, expected] of CASES) {
  Deno.test(`${name} is spoken to with the encryption that is configured`, () => {
    const { user } = { ...SMTP, ...smtp };
    const options: Record<string, unknown> = smtpOptions({ ...SMTP, ...smtp }, {
      password: user === null ? null : "secret",
      ca: null,
    });
    for (const [key, value] of Object.entries(expected)) assert.deepEqual(options[key], value, key);
    assert.equal(options["host"], smtp.host ?? SMTP.host);
    // Never a certificate that is not checked, nor an old protocol.
    assert.deepEqual(options["tls"], { minVersion: "TLSv1.2" });
    assert.equal(options["disableFileAccess"], true);
    assert.equal(options["disableUrlAccess"], true);
  });
}

Deno.test("an authority of one's own is trusted beside the encryption, never in place of it", () => {
  const { tls, requireTLS } = smtpOptions(SMTP, { password: null, ca: "PEM" });
  assert.deepEqual(tls, { minVersion: "TLSv1.2", ca: "PEM" });
  assert.equal(requireTLS, true);
});
