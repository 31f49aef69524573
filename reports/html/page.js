"use strict";

// Adds a filter and sortable columns to each table, and buttons that copy. Without it the page is
// complete as it is.

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const plural = (count) => count === 1 ? "1 row" : `${count.toLocaleString("en-US")} rows`;

/** What a cell sorts by: an instant, a number, a text, or null for an empty cell, which sorts last. */
function sortKey(cell) {
  const text = cell?.textContent.trim() ?? "";
  if (text === "") return null;
  const time = cell.querySelector("time");
  if (time) return Date.parse(time.dateTime);
  const value = cell.querySelector("data")?.value ?? text;
  const number = cell.classList.contains("n") ? Number.parseFloat(value) : Number.NaN;
  return Number.isNaN(number) ? text : number;
}

function compareKeys(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return collator.compare(a, b);
}

function makeFilter(frame, rows) {
  const label = frame.querySelector(".filter");
  const input = label.querySelector("input");
  const count = frame.querySelector(".count");
  let texts = null;
  const apply = () => {
    // Joined with a line feed, so that nothing is found across two cells or two items of a list.
    texts ??= rows.map((row) =>
      Array.from(row.querySelectorAll("td:not(:has(li)), li"), (part) => part.textContent)
        .join("\n").toLowerCase()
    );
    const words = input.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
    let shown = 0;
    rows.forEach((row, i) => {
      const matches = words.every((word) => texts[i].includes(word));
      row.hidden = !matches;
      if (matches) shown++;
    });
    const filtered = words.length > 0;
    count.textContent = filtered
      ? `${shown.toLocaleString("en-US")} of ${plural(rows.length)}`
      : plural(rows.length);
    // On paper the box is not printed, so the page says what it was filtered by.
    frame.querySelector(".bar").dataset.filter = filtered ? input.value.trim() : "";
  };
  input.addEventListener("input", apply);
  label.hidden = false;
  // Browsers keep what was typed when a page is loaded again.
  if (input.value !== "") apply();
}

function makeSortable(table, rows) {
  const heads = Array.from(table.tHead.rows[0].cells);
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const before = head.getAttribute("aria-sort");
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      let order = rows;
      // First ascending, then descending, then as the job ordered them.
      if (before !== "descending") {
        const direction = before === "ascending" ? -1 : 1;
        head.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
        const keyed = rows.map((row) => ({ row, key: sortKey(row.cells[column]) }));
        keyed.sort((a, b) => {
          if (a.key === null || b.key === null) return (a.key === null) - (b.key === null);
          return direction * compareKeys(a.key, b.key);
        });
        order = keyed.map(({ row }) => row);
      }
      table.tBodies[0].append(...order);
    });
  });
}

for (const table of document.querySelectorAll("main table")) {
  const rows = Array.from(table.tBodies[0].rows);
  makeFilter(table.closest(".table"), rows);
  makeSortable(table, rows);
}

function makeCopyable(frame) {
  const text = frame.firstElementChild;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", () => {
    // Not the clipboard of the browser: a page from a file has none everywhere.
    getSelection().selectAllChildren(text);
    button.textContent = document.execCommand("copy") ? "Copied" : "Selected";
  });
  frame.append(button);
}

for (const frame of document.querySelectorAll(".copy")) makeCopyable(frame);

// Paper shows what is folded.
let folded = [];
addEventListener("beforeprint", () => {
  folded = Array.from(document.querySelectorAll("details:not([open])"));
  for (const details of folded) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of folded) details.open = false;
});
