// The SCL axis: which cells of it belong to each tier, and how much mail stands in them.

const LEVELS = [-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

function actsAt(axis, value) {
  if (value === null) return "off";
  return axis === 3 ? `> ${value}` : `≥ ${value}`;
}

/** Grid of tiers by SCL. A filled cell is where plain mail of this SCL goes; numbers are what
 * ended there, settings of mailboxes and other agents included. */
function levelsChart(counts, width, suffix) {
  const { run, number, setting } = counts;
  const left = width < 480 ? 74 : 128;
  const cell = (width - left - 6) / 12;
  const rowHeight = 34;
  const top = 24;
  const nodes = [hatch(suffix)];
  const head = [...LEVELS.map(String), width < 480 ? "–" : "unrated"];
  head.forEach((name, at) => nodes.push(
    words(left + (at + 0.5) * cell, 15, name, { class: "tick", "text-anchor": "middle" })));
  const cellsOf = (tier) => LEVELS.map((_, level) => tierOfLevel(run, level, number) === tier);
  const says = [];
  [4, 3, 2, 1, 0].forEach((tier, row) => {
    const y = top + row * rowHeight;
    const axis = TIER_OF_AXIS.indexOf(tier);
    const value = tier === 0 ? undefined : setting.thresholds[axis];
    const cells = cellsOf(tier);
    const dead = tier !== 0 && !cells.some(Boolean);
    const kind = width < 480 ? TIERS[tier].replace("quarantine", "quar.") : TIERS[tier];
    const name = tier === 0 ? "inbox" : `${kind} ${actsAt(axis, value)}`;
    nodes.push(words(left - 8, y + 21, name, { class: "name", "text-anchor": "end" }));
    head.forEach((_, at) => {
      const x = left + at * cell;
      const own = at < 11 && cells[at] ? `tier tier-${TIERS[tier]}` : "empty";
      nodes.push(mark("rect", { class: own, x: x + 1, y: y + 1, width: cell - 2, height: rowHeight - 2 }));
      const [ham, spam] = counts.levels[at][tier];
      const on = at < 11 && cells[at] ? `on-${TIERS[tier]}` : "plain";
      const size = cell < 40 ? "small" : "";
      if (ham > 0) nodes.push(words(x + cell / 2, y + 14, short(ham, cell), { class: `cell good ${on} ${size}`, "text-anchor": "middle" }));
      if (spam > 0) nodes.push(words(x + cell / 2, y + 28, short(spam, cell), { class: `cell bad ${on} ${size}`, "text-anchor": "middle" }));
    });
    if (dead) {
      nodes.push(mark("rect", { class: "dead", fill: `url(#hatch-${suffix})`, x: left + 1, y: y + 1, width: 11 * cell - 2, height: rowHeight - 2 }));
      says.push(`${TIERS[tier]} ${value === null ? "is off" : `at ${value} is dead: a harsher tier takes every SCL it would`}`);
    } else {
      const own = LEVELS.filter((_, at) => cells[at]);
      says.push(`${TIERS[tier]} takes SCL ${own[0]}${own.length > 1 ? ` to ${own[own.length - 1]}` : ""}`);
    }
  });
  return { node: drawing(width, top + 5 * rowHeight + 6, `SCL axis: ${says.join("; ")}`, nodes), says };
}

function hatch(suffix) {
  return mark("defs", {}, mark("pattern", { id: `hatch-${suffix}`, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    mark("line", { class: "hatch", x1: 0, y1: 0, x2: 0, y2: 7 })));
}

/** A count that fits a cell. */
function short(number, cell) {
  const whole = thousands(number);
  if (whole.length * 6.2 <= cell || number < 1000) return whole;
  return number < 10000 ? `${(number / 1000).toFixed(1)}k` : `${Math.round(number / 1000)}k`;
}

/** Good mail and spam by SCL. */
function levelHistogram(sides, width) {
  const [left, right, top, bottom] = [52, width - 6, 10, 190];
  const sum = (counts, at, label) => counts.levels[at].reduce((all, one) => all + one[label], 0);
  const most = Math.max(1, ...sides.flatMap((counts) => LABELS.flatMap((_, label) => counts.levels.map((_, at) => sum(counts, at, label)))));
  const scale = Math.log10(most + 1);
  const y = (number) => bottom - ((bottom - top) * Math.log10(number + 1)) / scale;
  const cell = (right - left) / 12;
  const nodes = [];
  for (let tick = 1; tick <= most; tick *= 10) {
    nodes.push(
      mark("line", { class: "grid", x1: left, x2: right, y1: y(tick), y2: y(tick) }),
      words(left - 6, y(tick) + 4, thousands(tick), { class: "tick", "text-anchor": "end" }),
    );
  }
  const wide = (cell - 6) / (2 * sides.length);
  [...LEVELS.map(String), width < 480 ? "–" : "unrated"].forEach((name, at) => {
    const x = left + at * cell;
    nodes.push(words(x + cell / 2, bottom + 16, name, { class: "tick", "text-anchor": "middle" }));
    LABELS.forEach((label, which) => sides.forEach((counts, side) => {
      const number = sum(counts, at, which);
      if (number === 0) return;
      const place = x + 3 + (which * sides.length + side) * wide;
      nodes.push(mark("rect", { class: `bar ${which === 0 ? "ham" : "spam"} side-${side}`, x: place, y: y(number), width: Math.max(wide - 1, 1), height: bottom - y(number) },
        mark("title", {}, `SCL ${name}: ${thousands(number)} ${label}`)));
    }));
  });
  const rows = [...LEVELS, "unrated"].map((level, at) => [String(level), ...sides.flatMap((counts) => [0, 1].map((label) => thousands(sum(counts, at, label))))]);
  const columns = [{ head: "SCL", row: true }, ...sides.flatMap((_, side) => LABELS.map((name) => ({ head: sides.length > 1 ? `${name} ${SIDES[side]}` : name, right: true })))];
  const says = `Messages by SCL: ${rows.filter((row) => row.slice(1).some((n) => n !== "0")).map((row) => `${row[0]}: ${row[1]} good, ${row[2]} spam`).join("; ")}`;
  return { node: drawing(width, bottom + 26, says, nodes), numbers: table("Messages by SCL", columns, rows, {}) };
}

function showLevels(sides) {
  const both = sides.length > 1;
  const width = room("levels");
  const { run } = sides[0];
  const axes = sides.map((counts, at) => {
    const chart = levelsChart(counts, width, SIDES[at]);
    const title = both ? `Cells of each tier, setting ${SIDES[at]}` : "Cells of each tier";
    return figure(title, `Coloured cells are the SCLs that each tier takes; hatched tiers take none. In each cell good messages stand above spam. ${chart.says.join("; ")}.`, chart.node, counts.run);
  });
  const histogram = levelHistogram(sides, width);
  put(
    "levels",
    el("h2", {}, "The SCL axis"),
    axes,
    figure("Messages by SCL", `Blue bars are good mail, orange bars spam, on a logarithmic scale.${both ? " Pale bars are setting B." : ""}`, histogram.node, run, histogram.numbers),
  );
}
