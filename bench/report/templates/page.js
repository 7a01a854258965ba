"use strict";

// Tables: a head's button sorts by the cells' data-value (else their text); cells without a number stay at the end.
function sortTable(table, column, ascending) {
  const body = table.tBodies[0];
  const keyed = [...body.rows].map((row) => {
    const cell = row.cells[column];
    const text = cell ? (cell.dataset.value ?? cell.textContent.trim()) : "";
    const value = text === "" ? NaN : Number(text.replace(/,/g, ""));
    return { row, text, value };
  });
  const numeric = keyed.some((entry) => !Number.isNaN(entry.value));
  keyed.sort((a, b) => {
    if (!numeric) return ascending ? a.text.localeCompare(b.text) : b.text.localeCompare(a.text);
    if (Number.isNaN(a.value) || Number.isNaN(b.value)) return Number.isNaN(a.value) - Number.isNaN(b.value);
    return ascending ? a.value - b.value : b.value - a.value;
  });
  body.append(...keyed.map((entry) => entry.row));
}

for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    head.querySelector("button")?.addEventListener("click", () => {
      const ascending = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
      sortTable(table, column, ascending);
    });
  });
}

// One tooltip for all pictures: what a mark says of itself, put in as text.
const tip = document.getElementById("tip");

function showTip(text, x, y) {
  tip.textContent = text;
  tip.hidden = !text;
  if (!text) return;
  const { width, height } = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(4, Math.min(x + 12, window.innerWidth - width - 4))}px`;
  tip.style.top = `${y + height + 24 > window.innerHeight ? y - height - 8 : y + 16}px`;
}

document.addEventListener("pointermove", (event) => {
  const mark = event.target.closest?.("[data-tip], .chart [aria-roledescription=point]");
  showTip(mark ? (mark.dataset.tip ?? mark.getAttribute("aria-label")) : "", event.clientX, event.clientY);
});
document.addEventListener("scroll", () => showTip(""), { passive: true });

// On a phone the list of contents would push the first sentence off the screen.
if (window.matchMedia("(max-width: 999px)").matches) document.querySelector("nav details").open = false;
