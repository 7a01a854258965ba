
// Flame graphs. A node is [depth, frame, layer, value], or of two sides [depth, frame, layer, mark, base, head, change];
// parents come first, so a node's children follow it.
const ROW = 19;
const CHARACTER = 6.7;
const SVG = "http://www.w3.org/2000/svg";

function svgElement(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function amount(value) {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

function change(value) {
  return `${value < 0 ? "−" : "+"}${amount(Math.abs(value))}`;
}

class Flame {
  constructor(figure) {
    this.data = JSON.parse(figure.querySelector("script").textContent);
    this.box = figure.querySelector(".flame-box");
    this.detail = figure.querySelector(".flame-detail");
    this.legends = [...figure.querySelectorAll(".legend[data-of]")];
    this.term = "";
    this.view(this.data.views[0][0]);
  }

  // One of the pictures of this figure: a tree, and for a tree of two sides the one that gives the width.
  view(name) {
    const [, tree, side] = this.data.views.find(([known]) => known === name) ?? this.data.views[0];
    const open = [];
    this.two = side !== "";
    this.nodes = this.data.trees[tree].map((row) => {
      const node = this.two ? this.ofTwo(row, side) : this.ofOne(row);
      const parent = open[node.depth - 1] ?? null;
      Object.assign(node, { parent, filled: 0, start: parent ? parent.start + parent.filled : 0 });
      if (parent) parent.filled += node.total;
      open[node.depth] = node;
      return node;
    });
    this.root = this.focus = this.cursor = this.nodes[0];
    for (const legend of this.legends) legend.hidden = (legend.dataset.of === "two") !== this.two;
  }

  ofOne([depth, frame, layer, total]) {
    const name = this.data.frames[frame];
    return { depth, total, name, label: name, layer: this.data.layers[layer], css: `layer-${this.data.layers[layer]}` };
  }

  ofTwo([depth, frame, layer, mark, base, head, own], side) {
    const [name, marked] = [this.data.frames[frame], this.data.marks[mark]];
    const whole = Math.max(this.data.trees.both[0][4], this.data.trees.both[0][5]) || 1;
    const strength = this.data.steps.filter((step) => Math.abs(own) / whole >= step).length;
    const css = marked || (strength ? `${own < 0 ? "less" : "more"}-${strength}` : "same");
    const said = marked ? `[${marked}] ` : strength ? `${change(own / this.data.scale)} ` : "";
    const label = `${said}${name}`;
    const total = side === "head" ? head : base;
    return { depth, total, name, label, layer: this.data.layers[layer], css, base, head, own, marked };
  }

  describe(node) {
    const { scale, unit, whole } = this.data;
    const named = `${node.name} (${node.layer})`;
    if (this.two) {
      const [base, head] = [node.base / scale, node.head / scale];
      const own = node.marked ? `only ${node.marked === "new" ? "the head" : "the base"} has it` :
        `${change(node.own / scale)} of it own, with new and removed functions below`;
      return `${named}: ${amount(base)} before, ${amount(head)} after, ${change(head - base)} ${unit}; ${own}`;
    }
    const share = (node.total / (this.root.total || 1)) * 100;
    return `${named}: ${amount(node.total / scale)} ${unit}, ${share.toFixed(1)}% of the ${whole}; ` +
      `${amount((node.total - node.filled) / scale)} of it own`;
  }

  draw() {
    const width = this.box.clientWidth;
    const scale = width / (this.focus.total || 1);
    const end = this.focus.start + this.focus.total;
    const ancestors = new Set();
    for (let node = this.focus.parent; node; node = node.parent) ancestors.add(node);
    const svg = svgElement("svg", { class: "flame", tabindex: "0", role: "application" });
    svg.setAttribute("aria-label", "Flame graph: arrows move, Enter zooms, Escape resets; the table of functions has the same figures");
    this.drawn = new Map();
    let deepest = 0;
    for (const node of this.nodes) {
      const above = ancestors.has(node);
      const inside = node.start >= this.focus.start && node.start + node.total <= end && node.depth >= this.focus.depth;
      if (!above && !inside) continue;
      const x = above ? 0 : (node.start - this.focus.start) * scale;
      const w = above ? width : node.total * scale;
      if (w < 0.6) continue;
      deepest = Math.max(deepest, node.depth);
      svg.append(this.frame(node, x, w, above));
    }
    svg.setAttribute("height", (deepest + 1) * ROW);
    svg.setAttribute("viewBox", `0 0 ${width} ${(deepest + 1) * ROW}`); // paper is narrower
    this.box.replaceChildren(svg);
    this.search(this.term);
  }

  frame(node, x, w, above) {
    const group = svgElement("g", { class: `${node.css}${above ? " above" : ""}` });
    group.node = node;
    this.drawn.set(node, group);
    group.append(svgElement("rect", { x, y: node.depth * ROW, width: w, height: ROW - 1 }));
    const room = Math.floor((w - 6) / CHARACTER);
    if (room >= 3) {
      const short = node.label.length > room ? node.label.replace(node.name, node.name.slice(node.name.indexOf(":") + 1)) : node.label;
      const text = svgElement("text", { x: x + 4, y: node.depth * ROW + 13 });
      text.textContent = short.length > room ? `${short.slice(0, room - 1)}…` : short;
      group.append(text);
    }
    return group;
  }

  zoom(node) {
    this.focus = this.cursor = node;
    this.draw();
    this.detail.textContent = node === this.root ? "" : this.describe(node);
  }

  // Up to the caller, down to the widest callee, left and right along the callers' row: of what is drawn.
  move(key) {
    const at = this.cursor;
    const kin = (parent) => this.nodes.filter((node) => node.parent === parent && this.drawn.has(node));
    const beside = at.parent ? kin(at.parent) : [at];
    const next = {
      ArrowUp: () => at.parent,
      ArrowDown: () => kin(at).sort((a, b) => b.total - a.total)[0],
      ArrowLeft: () => beside[beside.indexOf(at) - 1],
      ArrowRight: () => beside[beside.indexOf(at) + 1],
    }[key]();
    if (next) this.point(next);
  }

  point(node) {
    this.drawn.get(this.cursor)?.classList.remove("cursor");
    this.cursor = node;
    this.drawn.get(node)?.classList.add("cursor");
    this.detail.textContent = this.describe(node);
  }

  // Frames that match stay coloured. Time below a match counts once, however often it matches further down.
  search(term) {
    this.term = term;
    const wanted = term.trim().toLowerCase();
    const svg = this.box.querySelector("svg");
    svg.classList.toggle("searching", wanted !== "");
    if (!wanted) {
      this.detail.textContent = "";
      return;
    }
    let matched = 0;
    let covered = -1;
    for (const node of this.nodes) {
      node.hit = node.name.toLowerCase().includes(wanted);
      if (node.hit && node.start >= covered) {
        matched += node.total;
        covered = node.start + node.total;
      }
    }
    for (const group of svg.children) group.classList.toggle("hit", group.node.hit);
    const share = ((matched / (this.root.total || 1)) * 100).toFixed(1);
    this.detail.textContent = `“${term}” is in ${share}% of the ${this.data.whole}`;
  }
}

function startFlames() {
  const figures = [...document.querySelectorAll(".profile")];
  if (!figures.length) return;
  const tools = document.querySelector(".flame-tools");
  const [choice, search] = [document.getElementById("flame-choice"), document.getElementById("flame-search")];
  const view = document.getElementById("flame-view");
  const flames = new Map();
  let shown = null;
  tools.hidden = false;

  function show(id) {
    for (const figure of figures) figure.hidden = figure.id !== id;
    choice.value = id;
    if (!flames.has(id)) flames.set(id, new Flame(document.getElementById(id)));
    shown = flames.get(id);
    shown.term = search.value;
    if (view) shown.view(view.value);
    shown.draw();
  }

  function reset() {
    search.value = "";
    shown.term = "";
    shown.zoom(shown.root);
  }

  function press(event) {
    if (event.key === "Escape") reset();
    if (!event.target.matches("svg.flame")) return;
    if (event.key === "Enter") shown.zoom(shown.cursor);
    else if (event.key.startsWith("Arrow")) shown.move(event.key);
    else return;
    event.preventDefault();
    shown.box.querySelector("svg").focus();
  }

  choice.addEventListener("change", () => show(choice.value));
  view?.addEventListener("change", () => show(choice.value));
  search.addEventListener("input", () => shown.search(search.value));
  document.getElementById("flame-reset").addEventListener("click", reset);
  tools.closest("section").addEventListener("keydown", press);
  for (const figure of figures) {
    const box = figure.querySelector(".flame-box");
    box.addEventListener("click", (event) => {
      const group = event.target.closest("g");
      if (group) shown.zoom(group.node);
    });
    box.addEventListener("pointermove", (event) => {
      const group = event.target.closest("g");
      if (group) shown.detail.textContent = shown.describe(group.node);
    });
  }
  window.addEventListener("resize", () => shown.draw());
  const linked = () => figures.find((figure) => `#${figure.id}` === window.location.hash);
  window.addEventListener("hashchange", () => linked() && show(linked().id));
  show(linked()?.id ?? choice.value);
}

startFlames();
