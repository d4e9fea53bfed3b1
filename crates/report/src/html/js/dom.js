// Elements, text and tables. Nothing from a message ever becomes markup: every text goes
// through createTextNode.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

function el(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function mark(name, attributes, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

/** Text from outside, on one line, without characters that are invisible or change the
 * direction of what stands around them; each is shown as a replacement mark. */
function inert(text) {
  return text
    .replace(/[\t\n\r]/g, " ")
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu, "\ufffd");
}

function put(id, ...children) {
  document.getElementById(id).replaceChildren(...children.flat(Infinity).filter(Boolean));
}

/** A table; columns are `{head, right, row}` with `row` the header column of each row. */
function table(caption, columns, rows, attributes) {
  const cell = (column, content) =>
    el(column.row ? "th" : "td", { class: column.right ? "number" : null, scope: column.row ? "row" : null }, content);
  return el(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    el(
      "table",
      attributes,
      el("caption", {}, caption),
      el("thead", {}, el("tr", {}, columns.map((column) =>
        el("th", { scope: "col", class: column.right ? "number" : null }, column.head)))),
      el("tbody", {}, rows.map((row) => el("tr", {}, row.map((content, at) => cell(columns[at], content))))),
    ),
  );
}

/** A chart with its name for screen readers, what it was measured on, and its numbers. */
function figure(title, says, drawing, run, numbers) {
  return el(
    "figure",
    {},
    el("h3", {}, title),
    drawing,
    el("p", { class: "says" }, says),
    el("figcaption", {}, provenance(run)),
    numbers ? el("details", {}, el("summary", {}, `Numbers: ${title.toLowerCase()}`), numbers) : null,
  );
}

/** What stands under every figure. */
function provenance(run) {
  const { facts } = run;
  const dates = facts.dates[0] === facts.dates[1] ? facts.dates[0] : `${facts.dates[0]} to ${facts.dates[1]}`;
  const parts = [
    `${thousands(run.units[0])} good and ${thousands(run.units[1])} spam messages`,
    inert(facts.corpus),
    inert(facts.filter),
    `mail of ${dates}`,
    inert(facts.command),
  ];
  return parts.filter((part) => part.trim() !== "").join(" · ");
}

/** A drawing of a size in pixels; `says` is read out in its place. */
function drawing(width, height, says, ...children) {
  return mark(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": says },
    children,
  );
}

function words(x, y, text, attributes) {
  return mark("text", { x, y, ...attributes }, text);
}

/** Pixels that a section has for a figure. */
function room(id, most) {
  const width = document.getElementById(id).clientWidth - 34;
  return Math.round(Math.max(262, Math.min(width, most ?? 860)));
}
