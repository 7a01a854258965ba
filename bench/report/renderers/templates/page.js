"use strict";

// Tables: a head's button sorts by the cells' data-value, else their text; a column of numbers keeps holes at the end.
function sortTable(table, column, ascending) {
  const body = table.tBodies[0];
  const keyed = [...body.rows].map((row) => {
    const cell = row.cells[column];
    const text = cell ? (cell.dataset.value ?? cell.textContent.trim()) : "";
    const value = text === "" ? NaN : Number(text.replace(/,/g, "").replace("−", "-"));
    return { row, text, value };
  });
  const words = table.tHead.rows[0].cells[column].classList.contains("word");
  const numeric = !words || keyed.every((entry) => entry.text === "" || !Number.isNaN(entry.value));
  keyed.sort((a, b) => {
    if (!numeric) return (ascending ? 1 : -1) * a.text.localeCompare(b.text, "en", { numeric: true });
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

// Whatever is told in a table or in the first sentences can be taken along as Markdown.
function markdown(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent.replace(/[\\`*<|[\]]/g, "\\$&");
  if (node.nodeType !== Node.ELEMENT_NODE) return "";
  if (node.matches("br")) return " ";
  if (node.matches("svg")) return (node.getAttribute("aria-label") ?? "").replace(/\|/g, "\\|");
  if (!node.matches("code, .mono")) return [...node.childNodes].map(markdown).join("");
  const text = node.textContent.trim().replace(/\s+/g, " ").replace(/\|/g, "\\|");
  return text.includes("`") ? `\`\` ${text} \`\`` : text && `\`${text}\``;
}

function inOneLine(node) {
  return markdown(node).replace(/\s+/g, " ").trim();
}

function tableInMarkdown(table) {
  const rows = [...table.rows].map((row) => [...row.cells].map(inOneLine));
  rows.splice(1, 0, [...table.tHead.rows[0].cells].map((head) => (head.classList.contains("word") ? ":--" : "--:")));
  const caption = table.caption ? `${inOneLine(table.caption)}\n\n` : "";
  return `${caption}${rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n`;
}

function listInMarkdown(list) {
  return [...list.children].map((item) => `- ${inOneLine(item)}\n`).join("");
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch { // no clipboard here, or no leave to use it
    const area = document.createElement("textarea");
    area.className = "away";
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

function offerCopy(place, what, text) {
  const button = document.createElement("button");
  const ask = "Copy as Markdown";
  Object.assign(button, { type: "button", className: "copy", textContent: ask });
  button.setAttribute("aria-label", `${ask}: ${what}`);
  button.addEventListener("click", async () => {
    const said = (await copy(text())) ? "Copied" : "This browser does not allow copying";
    button.focus();
    button.textContent = document.getElementById("said").textContent = said;
    setTimeout(() => {
      button.textContent = ask;
      document.getElementById("said").textContent = "";
    }, 2500);
  });
  place.after(button);
}

const headings = [...document.querySelectorAll("h1, main h2, main h3")];

function headingOf(element) {
  const above = headings.filter((one) => one.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING);
  return above.at(-1).textContent;
}

for (const list of document.querySelectorAll(".verdicts")) offerCopy(list, headingOf(list), () => listInMarkdown(list));
for (const table of document.querySelectorAll("main table")) {
  offerCopy(table.closest(".scroll") ?? table, headingOf(table), () => tableInMarkdown(table));
}

// Every part has an address of its own, and what is folded away opens when it is asked for by that.
for (const heading of headings) {
  const id = heading.id || (heading.matches("section > h2") && heading.parentElement.id);
  if (!id) continue;
  const link = document.createElement("a");
  Object.assign(link, { className: "anchor", href: `#${id}` });
  link.setAttribute("aria-label", `Link to this section: ${heading.textContent}`);
  heading.append(link);
}

// Whatever says by what it is found (its name, then its keywords) can be filtered; marks of other keywords fade.
const filter = document.querySelector(".filter");
const filtered = [...document.querySelectorAll("[data-found-by]")].map((element) => {
  const [name, ...keywords] = element.dataset.foundBy.split("\n");
  return { element, name, keywords };
});

function applyFilter() {
  const [text, keyword] = [...filter.querySelectorAll("input, select")].map((one) => one.value);
  const words = text.toLowerCase().split(/\s+/);
  const shown = new Set();
  for (const { element, name, keywords } of filtered) {
    const found = words.every((word) => name.toLowerCase().includes(word));
    const wanted = found && (!keyword || keywords.includes(keyword));
    element.hidden = !wanted;
    if (wanted) shown.add(name);
  }
  for (const mark of document.querySelectorAll("[data-keywords]")) {
    mark.classList.toggle("other", keyword !== "" && !mark.dataset.keywords.split("\n").includes(keyword));
  }
  const all = new Set(filtered.map((one) => one.name)).size;
  filter.querySelector("[role=status]").textContent = text || keyword ? `${shown.size} of ${all}` : "";
}

if (filter) {
  filter.hidden = false;
  filter.addEventListener("input", applyFilter);
}

function unhide(element) {
  if (!filter || !element?.closest("[hidden]")) return;
  for (const one of filter.querySelectorAll("input, select")) one.value = "";
  applyFilter();
}

function reveal() {
  const wanted = document.getElementById(window.location.hash.slice(1));
  unhide(wanted);
  const folds = [];
  for (let fold = wanted?.closest("details"); fold; fold = fold.parentElement.closest("details")) folds.push(fold);
  for (const fold of folds) fold.open = true;
  if (folds.length) wanted.scrollIntoView();
}

window.addEventListener("hashchange", reveal);
reveal();

// The list of contents marks the part that is being read.
const places = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
const reading = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const link = places.get(target.id);
    if (isIntersecting) link?.setAttribute("aria-current", "location");
    else link?.removeAttribute("aria-current");
  }
}, { rootMargin: "-20% 0px -79% 0px" });
for (const section of document.querySelectorAll("main > section")) reading.observe(section);

// On paper nothing can be unfolded.
const unfolded = [];
window.addEventListener("beforeprint", () => {
  unfolded.push(...document.querySelectorAll("main details:not([open])"));
  for (const fold of unfolded) fold.open = true;
});
window.addEventListener("afterprint", () => {
  for (const fold of unfolded.splice(0)) fold.open = false;
});

// What scrolls sideways can be reached, and so scrolled, from the keyboard.
function letKeysScroll() {
  for (const box of document.querySelectorAll(".scroll, pre")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

window.addEventListener("resize", letKeysScroll);
document.addEventListener("toggle", letKeysScroll, true);
letKeysScroll();

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
