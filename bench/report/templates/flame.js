
// Flame graphs. A node is [depth, frame, layer, µs]; parents come first, so a node's children follow it.
const ROW = 19;
const CHARACTER = 6.7;
const SVG = "http://www.w3.org/2000/svg";

function svgElement(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

class Flame {
  constructor(figure) {
    const data = JSON.parse(figure.querySelector("script").textContent);
    this.box = figure.querySelector(".flame-box");
    this.detail = figure.querySelector(".flame-detail");
    this.requests = data.requests;
    this.term = "";
    const open = [];
    this.nodes = data.nodes.map(([depth, frame, layer, total]) => {
      const parent = open[depth - 1] ?? null;
      const node = { depth, total, parent, name: data.frames[frame], layer: data.layers[layer], filled: 0 };
      node.start = parent ? parent.start + parent.filled : 0;
      if (parent) parent.filled += total;
      open[depth] = node;
      return node;
    });
    this.root = this.nodes[0];
    this.focus = this.root;
  }

  describe(node) {
    const share = (node.total / this.root.total) * 100;
    const own = (node.total - node.filled) / this.requests;
    const each = (value) => value.toLocaleString("en", { maximumSignificantDigits: 3 });
    return `${node.name} (${node.layer}): ${each(node.total / this.requests)} µs a request while profiled, ` +
      `${share.toFixed(1)}% of the profile; ${each(own)} µs of it its own`;
  }

  draw() {
    const width = this.box.clientWidth;
    const scale = width / this.focus.total;
    const end = this.focus.start + this.focus.total;
    const ancestors = new Set();
    for (let node = this.focus.parent; node; node = node.parent) ancestors.add(node);
    const svg = svgElement("svg", { class: "flame", tabindex: "0", role: "img" });
    svg.setAttribute("aria-label", "Flame graph; the table of hottest frames below says the same in words");
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
    this.box.replaceChildren(svg);
    this.search(this.term);
  }

  frame(node, x, w, above) {
    const group = svgElement("g", { class: `layer-${node.layer}${above ? " above" : ""}` });
    group.node = node;
    group.append(svgElement("rect", { x, y: node.depth * ROW, width: w, height: ROW - 1 }));
    const room = Math.floor((w - 6) / CHARACTER);
    if (room >= 3) {
      const short = node.name.length > room ? node.name.slice(node.name.indexOf(":") + 1) : node.name;
      const text = svgElement("text", { x: x + 4, y: node.depth * ROW + 13 });
      text.textContent = short.length > room ? `${short.slice(0, room - 1)}…` : short;
      group.append(text);
    }
    return group;
  }

  zoom(node) {
    this.focus = node;
    this.draw();
    this.detail.textContent = node === this.root ? "" : this.describe(node);
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
    this.detail.textContent = `“${term}” is in ${((matched / this.root.total) * 100).toFixed(1)}% of the profile`;
  }
}

function startFlames() {
  const figures = [...document.querySelectorAll(".profile")];
  if (!figures.length) return;
  const tools = document.querySelector(".flame-tools");
  const [choice, search] = [document.getElementById("flame-choice"), document.getElementById("flame-search")];
  const flames = new Map();
  let shown = null;
  tools.hidden = false;

  function show(id) {
    for (const figure of figures) figure.hidden = figure.id !== id;
    choice.value = id;
    if (!flames.has(id)) flames.set(id, new Flame(document.getElementById(id)));
    shown = flames.get(id);
    shown.term = search.value;
    shown.draw();
  }

  function reset() {
    search.value = "";
    shown.term = "";
    shown.zoom(shown.root);
  }

  choice.addEventListener("change", () => show(choice.value));
  search.addEventListener("input", () => shown.search(search.value));
  document.getElementById("flame-reset").addEventListener("click", reset);
  document.getElementById("flames").addEventListener("keydown", (event) => {
    if (event.key === "Escape") reset();
  });
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
