// Building DOM nodes: text only ever becomes text nodes.

/** An element with properties, attributes (`aria-…`, `data-…`, `role`) and children. */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name === "class") node.className = value;
    else if (name.includes("-") || name === "role") node.setAttribute(name, value);
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node[name] = value;
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  chat: "M4 5.5A1.5 1.5 0 0 1 5.5 4h13A1.5 1.5 0 0 1 20 5.5v9a1.5 1.5 0 0 1-1.5 1.5H11l-4.5 4v-4h-1A1.5 1.5 0 0 1 4 14.5zM8 9h8M8 12h5",
  close: "M6 6l12 12M18 6L6 18",
  send: "M12 19V5M5.5 11.5L12 5l6.5 6.5",
  image: "M4.5 5h15a.5.5 0 0 1 .5.5v13a.5.5 0 0 1-.5.5h-15a.5.5 0 0 1-.5-.5v-13a.5.5 0 0 1 .5-.5zM4 16l4.5-4.5 4 4 2.5-2.5 5 5M15.5 9.5h.01",
  down: "M12 5v14M5.5 12.5L12 19l6.5-6.5",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20a7.5 7.5 0 0 1 15 0",
  account: "M3.5 7h17v11a1 1 0 0 1-1 1h-15a1 1 0 0 1-1-1zM3.5 7l12-3v3M16 13h.01",
  bill: "M6 3.5h12v17l-3-2-3 2-3-2-3 2zM9 8.5h6M9 12.5h6",
  ticket: "M8 4h8v3H8zM6 5.5H5v15h14v-15h-1M8.5 12l2.5 2.5 4.5-4.5",
  product: "M4 19V9M10 19V5M16 19v-7M21 19H3",
  assessment: "M4 17a8 8 0 1 1 16 0zM12 17l4.5-5.5M7 13.5h.01M12 11h.01",
  transactions: "M4 8h15l-3.5-3.5M20 16H5l3.5 3.5",
  branch: "M12 21s-6.5-6-6.5-11a6.5 6.5 0 0 1 13 0c0 5-6.5 11-6.5 11zM12 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  rates: "M18 6L6 18M7.5 9a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM16.5 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  loan: "M5.5 3.5h13v17h-13zM8.5 7h7v3h-7zM9 14h.01M12 14h.01M15 14h.01M9 17.5h.01M12 17.5h.01M15 17.5h.01",
  transfer: "M3.5 12h14M12.5 6.5L18 12l-5.5 5.5M21 5v14",
  article: "M6 3.5h9l3.5 3.5v13.5H6zM9 11h6M9 15h6",
};

/** A line icon; decoration only, hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", "aria-hidden": "true", class: "qt-icon" })) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name] ?? PATHS.article);
  svg.append(path);
  return svg;
}

/** The bank's mark: cloud over river. */
export function brandMark() {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 32 32", "aria-hidden": "true", class: "qt-mark" })) {
    svg.setAttribute(key, value);
  }
  for (const d of [
    "M9 15.5a4 4 0 0 1 .6-7.9A6 6 0 0 1 21 8.9a3.4 3.4 0 0 1 1.6 6.6z",
    "M5 20.5c3.7-2.4 7.3-2.4 11 0s7.3 2.4 11 0",
    "M5 25.5c3.7-2.4 7.3-2.4 11 0s7.3 2.4 11 0",
  ]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

/** Text for screen readers only. */
export function spoken(text) {
  return el("span", { class: "qt-spoken", textContent: text });
}
