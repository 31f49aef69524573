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
import { PAGE_WORLDS, writePages } from "./page_worlds.ts";

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
  const opened = await openFile(browser, path, options);
  const close = async () => {
    await opened[Symbol.asyncDispose]();
    await Deno.remove(directory, { recursive: true });
  };
  return { ...opened, [Symbol.asyncDispose]: close };
}

async function openFile(browser: Browser, path: string, options: BrowserContextOptions) {
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
  return { page, faults, [Symbol.asyncDispose]: () => context.close() };
}

/** What axe finds that is serious or critical. The policy forbids its script as it forbids any other. */
async function seriousFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
    const { violations } = await axe.run();
    return violations.filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes[0]!.target.join(" ")}, ${nodes.length} in all`);
  });
}

/**
 * The lowest contrast of visible text to what is behind it, by WCAG 2.2, 1.4.3. Hatched ground counts
 * as its darkest and its lightest stripe.
 */
function lowestContrast(page: Page): Promise<{ readonly ratio: number; readonly text: string }> {
  return page.evaluate(() => {
    const luminance = (colour: readonly number[]) => {
      const [r, g, b] = colour.map((one) => one / 255)
        .map((one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
    };
    const colours = (text: string) =>
      [...text.matchAll(/rgba?\(([^)]*)\)/g)].map(([, parts]) => parts!.split(",").map(Number))
        .filter(([, , , alpha = 1]) => alpha > 0).map((one) => one.slice(0, 3));
    const grounds = (element: Element): number[][] => {
      for (let at: Element | null = element; at; at = at.parentElement) {
        const { backgroundColor, backgroundImage } = getComputedStyle(at);
        const own = [...colours(backgroundColor), ...colours(backgroundImage)];
        if (colours(backgroundColor).length > 0) return own;
        if (own.length > 0) return [...own, ...grounds(at.parentElement!)];
      }
      return [[255, 255, 255]];
    };
    let lowest = { ratio: 21, text: "" };
    const known = new Set<string>();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement!;
      // Many rows look alike.
      const kind = `${element.tagName} ${element.className} ${
        element.closest("tr, .figure, li")?.className
      }`;
      if (node.textContent!.trim() === "" || known.has(kind)) continue;
      if (element.closest("script, style, .said, caption") || !element.checkVisibility()) continue;
      known.add(kind);
      const ink = luminance(colours(getComputedStyle(element).color)[0]!);
      for (const ground of grounds(element).map(luminance)) {
        const ratio = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
        if (ratio < lowest.ratio) lowest = { ratio, text: node.textContent!.trim().slice(0, 60) };
      }
    }
    return lowest;
  });
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

type Looked = {
  readonly name: string;
  readonly colorScheme: "light" | "dark";
  readonly width: number;
};

const interactive = (page: Page) =>
  page.evaluate(() => {
    const [navigation] = performance.getEntriesByType(
      "navigation",
    ) as PerformanceNavigationTiming[];
    return Math.round(navigation!.domInteractive);
  });

/** What is asked of the page and the index of each world. */
async function looksRight(browser: Browser, path: string, looked: Looked): Promise<void> {
  const { name, colorScheme, width } = looked;
  const what = path.endsWith("index.html") ? "index" : "page";
  const called = `${what}_${name}_${colorScheme}_${width}`;
  await using opened = await openFile(browser, path, {
    viewport: { width, height: 844 },
    colorScheme,
    bypassCSP: false,
  });
  const { page, faults } = opened;
  const ready = await interactive(page);
  console.log(`${called}: interactive after ${ready} ms`);
  const first = page.locator(".figure").first();
  assert.match(await first.locator("dt").textContent() ?? "", /Coverage$/, called);
  const box = await first.boundingBox();
  assert.ok(box && box.y + box.height < 844, called);
  assert.equal(await overflow(page), 0, called);
  const { ratio, text } = await lowestContrast(page);
  assert.ok(ratio >= 4.5, `${called}: ${ratio.toFixed(2)} of "${text}"`);
  await screenshot(page, called, false);
  assert.deepEqual(faults, [], called);
  if (name === "many" && what === "page") return;
  await using again = await openFile(browser, path, {
    viewport: { width, height: 844 },
    colorScheme,
    bypassCSP: true,
  });
  assert.deepEqual(await seriousFaults(again.page), [], called);
}

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
        const section = opened.page.locator("section").nth(2);
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
        const section = opened.page.locator("section").nth(2);
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
        await opened.page.locator("section").nth(2).getByRole("searchbox").fill("us-east-1");
        await opened.page.emulateMedia({ media: "print" });
        await screenshot(opened.page, "print");
        assert.equal(await paper(opened.page), "rgb(255, 255, 255)");
        assert.equal(await opened.page.locator("input:visible").count(), 0);
        const said = await opened.page.evaluate(() => ({
          filter: getComputedStyle(document.querySelector("#s3 .bar")!, "::before").content,
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
          await opened.page.locator("details").evaluateAll((all) =>
            all.forEach((one) => (one as HTMLDetailsElement).open = true)
          );
          assert.deepEqual(await seriousFaults(opened.page), [], colorScheme);
        }
      });

      await t.step("filters 5,000 rows as fast as one types", async () => {
        await using opened = await open(browser, largePage(5000));
        const filter = opened.page.locator("section").nth(2).getByRole("searchbox");
        await filter.fill("i-000");
        const started = performance.now();
        await filter.fill("eu-west-1");
        const shown = await opened.page.locator("#s3 .count").textContent() ?? "";
        assert.match(shown, /^\d{3} of [\d,]+ rows$/);
        const spent = performance.now() - started;
        assert.ok(spent < 3000, `${spent} ms`);
      });

      for (const [name, world] of Object.entries(PAGE_WORLDS)) {
        await t.step(`shows coverage first, and all of it, at each width: ${name}`, async () => {
          const directory = await Deno.makeTempDir();
          try {
            const last = await writePages(directory, world);
            const { size } = await Deno.stat(last);
            assert.ok(size < 2_000_000, `${size}`);
            console.log(`${name}: ${size} bytes`);
            for (const path of [last, join(directory, "index.html")]) {
              for (const colorScheme of ["light", "dark"] as const) {
                for (const width of [390, 1440]) {
                  await looksRight(browser, path, { name, colorScheme, width });
                }
              }
            }
          } finally {
            await Deno.remove(directory, { recursive: true });
          }
        });
      }

      await t.step("of 50,000 findings is less than 3 MB", async () => {
        const directory = await Deno.makeTempDir();
        try {
          const { size } = await Deno.stat(
            await writePages(directory, { accounts: 3, findings: 50_000 }),
          );
          console.log(`50,000 findings: ${size} bytes`);
          assert.ok(size < 3_000_000, `${size}`);
        } finally {
          await Deno.remove(directory, { recursive: true });
        }
      });

      await t.step("copies a command and a list with the keyboard", async () => {
        await using opened = await open(browser, samplePage);
        const { page } = opened;
        await page.locator("summary").first().focus();
        await page.keyboard.press("Enter");
        const button = page.locator("details").first().getByRole("button").first();
        await button.focus();
        await page.keyboard.press("Enter");
        assert.equal(await button.textContent(), "Copied");
        const copied = await page.evaluate(() => String(getSelection()));
        assert.equal(copied.trim(), samplePage.sections[0]!.folds![0]!.lines!.join("\n"));
        assert.deepEqual(opened.faults, []);
      });
    } finally {
      await browser.close();
    }
  },
});
