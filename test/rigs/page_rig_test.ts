/// <reference lib="dom" />
/**
 * The HTML report in a real browser, which alone can tell that its policy holds, that nothing runs
 * and that it can be read on a phone, on paper and by a screen reader.
 *
 * Needs Debian's `chromium`. Screenshots stay in PAGE_RIG_SCREENSHOTS when it names a directory.
 */
import assert from "assert";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { renderPage } from "../../reports/html/render_page.ts";
import type { Page as Report } from "../../runners/core/report/page.ts";
import { NASTY_STRINGS } from "../reports/nasty_strings.ts";
import { largePage, sampleOptions, samplePage } from "../reports/sample_page.ts";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A page on which every string is an attack. */
const nastyPage: Report = {
  ...samplePage,
  title: NASTY_STRINGS.slice(0, 4).join(" "),
  headline: NASTY_STRINGS.map((text) => ({
    label: text,
    value: text,
    detail: text,
    state: "neutral",
    how: text,
  })),
  notices: NASTY_STRINGS.map((text) => ({ tone: "info", text })),
  sections: NASTY_STRINGS.map((text) => ({
    title: text,
    lead: text,
    columns: [{ title: text }, { title: text, align: "right" }],
    rows: [{ cells: [text, [text, text]], tone: "destroy" }],
    empty: text,
  })),
};

/** Opens a report from a file, as people do, and collects all that should not happen. */
async function open(browser: Browser, report: Report, options: BrowserContextOptions = {}) {
  const directory = await Deno.makeTempDir();
  const path = join(directory, "page.html");
  await Deno.writeTextFile(path, renderPage(report, sampleOptions));
  const context = await browser.newContext({
    viewport: { width: 1440, height: 1000 },
    ...options,
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => faults.push(`console ${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("dialog", async (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
  page.on("request", (request) => {
    if (request.url() !== pathToFileURL(path).href) faults.push(`request: ${request.url()}`);
  });
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      console.error(`violation of ${(event as SecurityPolicyViolationEvent).violatedDirective}`);
    });
  });
  await page.goto(pathToFileURL(path).href);
  const close = async () => {
    await context.close();
    await Deno.remove(directory, { recursive: true });
  };
  return { page, faults, [Symbol.asyncDispose]: close };
}

/** Without a GPU, Chromium dies of a picture that is as tall as the page of attacks. */
async function screenshot(page: Page, name: string, fullPage = true): Promise<void> {
  const png = await page.screenshot({ fullPage });
  assert.ok(png.length > 10_000, `${name} is blank`);
  const directory = Deno.env.get("PAGE_RIG_SCREENSHOTS");
  if (directory !== undefined) await Deno.writeFile(join(directory, `${name}.png`), png);
}

const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

const paper = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

Deno.test({
  name: "the page in Chromium",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
    try {
      await t.step("opens without a fault, in the light", async () => {
        await using opened = await open(browser, samplePage);
        await screenshot(opened.page, "light");
        assert.equal(await paper(opened.page), "rgb(253, 253, 252)");
        assert.deepEqual(opened.faults, []);
      });

      await t.step("filters by typing and says how many of how many", async () => {
        await using opened = await open(browser, largePage(300));
        const section = opened.page.locator("section").nth(1);
        const filter = section.getByRole("searchbox", { name: "Filter" });
        const count = section.locator(".count");
        assert.equal(await count.textContent(), "300 rows");
        await filter.pressSequentially("US-WEST-2 all");
        assert.equal(await count.textContent(), "75 of 300 rows");
        assert.equal(await section.locator("tbody tr:visible").count(), 75);
        await filter.fill("no such thing");
        assert.equal(await count.textContent(), "0 of 300 rows");
        await filter.fill("");
        assert.equal(await count.textContent(), "300 rows");
        await filter.fill("irreversible");
        assert.equal(await count.textContent(), "75 of 300 rows");
        assert.deepEqual(opened.faults, []);
      });

      await t.step("sorts by a column with the keyboard, and back", async () => {
        await using opened = await open(browser, samplePage);
        const section = opened.page.locator("section").nth(1);
        const column = (n: number) => section.locator(`tbody td:nth-child(${n})`).allTextContents();
        const before = await column(8);
        const age = section.getByRole("columnheader", { name: "Age, h" });
        await age.getByRole("button").focus();
        await opened.page.keyboard.press("Enter");
        assert.equal(await age.getAttribute("aria-sort"), "ascending");
        assert.deepEqual(await column(8), ["2", "96.5", "1,234", "4,380"]);
        await opened.page.keyboard.press("Space");
        assert.equal(await age.getAttribute("aria-sort"), "descending");
        assert.deepEqual(await column(8), ["4,380", "1,234", "96.5", "2"]);
        await opened.page.keyboard.press("Enter");
        assert.equal(await age.getAttribute("aria-sort"), null);
        assert.deepEqual(await column(8), before);

        await section.getByRole("button", { name: "Due" }).click();
        assert.deepEqual(await column(10), ["now", "in 28 hours", "in 3 days", ""]);
        await section.getByRole("button", { name: "Due" }).click();
        assert.deepEqual(await column(10), ["in 3 days", "in 28 hours", "now", ""]);
        assert.equal(await section.locator("th[aria-sort]").count(), 1);
        assert.deepEqual(opened.faults, []);
      });

      await t.step("is dark when the reader is", async () => {
        await using opened = await open(browser, samplePage, { colorScheme: "dark" });
        await screenshot(opened.page, "dark");
        assert.equal(await paper(opened.page), "rgb(23, 25, 27)");
      });

      await t.step("prints light, with exact times, without boxes, on few sheets", async () => {
        await using opened = await open(browser, samplePage, { colorScheme: "dark" });
        await opened.page.getByRole("searchbox").nth(1).fill("us-east-1");
        await opened.page.emulateMedia({ media: "print" });
        await screenshot(opened.page, "print");
        assert.equal(await paper(opened.page), "rgb(255, 255, 255)");
        assert.equal(await opened.page.locator("input:visible").count(), 0);
        const said = await opened.page.evaluate(() => ({
          filter: getComputedStyle(document.querySelectorAll(".bar")[1]!, "::before").content,
          time: getComputedStyle(document.querySelector("td time")!, "::after").content,
        }));
        assert.match(said.filter, /us-east-1/);
        assert.match(said.time, /UTC/);
        const pdf = await opened.page.pdf({ format: "A4", preferCSSPageSize: true });
        const directory = Deno.env.get("PAGE_RIG_SCREENSHOTS");
        if (directory !== undefined) await Deno.writeFile(join(directory, "print.pdf"), pdf);
        assert.equal(new TextDecoder().decode(pdf.subarray(0, 5)), "%PDF-");
      });

      await t.step("never scrolls sideways on a phone, its tables do", async () => {
        for (const [name, report] of [["narrow", samplePage], ["nasty", nastyPage]] as const) {
          await using opened = await open(browser, report, {
            viewport: { width: 380, height: 800 },
          });
          await screenshot(opened.page, name, report === samplePage);
          assert.equal(await overflow(opened.page), 0, name);
        }
      });

      await t.step("runs, loads and asks nothing that a string brings", async () => {
        await using opened = await open(browser, nastyPage);
        await opened.page.getByRole("searchbox").first().fill("alert");
        await opened.page.locator("th button").first().click();
        assert.equal(await overflow(opened.page), 0);
        assert.equal(await opened.page.locator("script, style").count(), 2);
        const foreign = "img, svg, base, iframe, [onerror], [onload], [onmouseover], [style]";
        assert.equal(await opened.page.locator(foreign).count(), 0);
        await screenshot(opened.page, "nasty_wide", false);
        assert.deepEqual(opened.faults, []);
      });

      await t.step(
        "refuses a script and a style that were injected, should escaping fail",
        async () => {
          await using opened = await open(browser, samplePage);
          await opened.page.evaluate(() => {
            const style = document.createElement("style");
            style.append("body { display: none }");
            const script = document.createElement("script");
            script.append("alert(1)");
            document.head.append(style, script);
          }).catch(() => {/* Trusted Types may refuse before the policy does */});
          await opened.page.waitForTimeout(100);
          assert.equal(opened.faults.some((fault) => fault.startsWith("dialog")), false);
          assert.match(opened.faults.join("\n"), /violation of style-src/);
          assert.match(
            opened.faults.join("\n"),
            /violation of (script-src|require-trusted-types-for)/,
          );
          assert.ok(await opened.page.locator("h1").isVisible());
        },
      );

      await t.step("is complete without JavaScript", async () => {
        await using opened = await open(browser, samplePage, { javaScriptEnabled: false });
        assert.equal(await opened.page.locator("tbody tr:visible").count(), 7);
        assert.equal(await opened.page.locator("input:visible, button:visible").count(), 0);
      });

      await t.step("has no serious fault of accessibility, light and dark", async () => {
        for (const colorScheme of ["light", "dark"] as const) {
          // The policy forbids axe's script as it forbids any other.
          await using opened = await open(browser, samplePage, { colorScheme, bypassCSP: true });
          await opened.page.evaluate(axe.source);
          const violations = await opened.page.evaluate(async () => {
            const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
            const { violations } = await axe.run();
            return violations.map(({ id, impact, nodes }) =>
              `${id} (${impact}): ${nodes.map(({ target }) => target.join(" ")).join(", ")}`
            );
          });
          assert.deepEqual(violations, [], colorScheme);
        }
      });

      await t.step("filters 5,000 rows as fast as one types", async () => {
        await using opened = await open(browser, largePage(5000));
        const filter = opened.page.getByRole("searchbox").nth(1);
        await filter.fill("i-000");
        const started = performance.now();
        await filter.fill("eu-west-1");
        assert.equal(
          await opened.page.locator(".count").nth(1).textContent(),
          "1,250 of 5,000 rows",
        );
        const spent = performance.now() - started;
        assert.ok(spent < 3000, `${spent} ms`);
      });
    } finally {
      await browser.close();
    }
  },
});
