// Axes of charts: from a share of one to pixels.

const FLOOR = 1e-4;

/** A logarithmic axis for shares with a floor on which zero stands. */
function logAxis(from, to, least) {
  const floor = least ?? FLOOR;
  const place = (share) => {
    const at = Math.log10(Math.max(share, floor) / floor) / Math.log10(1 / floor);
    return from + (to - from) * at;
  };
  const ticks = [];
  for (let share = 1; share > floor * 1.0001; share /= 10) ticks.push(share);
  return { place, ticks: ticks.reverse(), floor };
}

/** The floor that shares out of `of` need: a decade below one of them. */
function floorFor(of) {
  return 10 ** -Math.max(2, Math.ceil(Math.log10(Math.max(of, 1))) );
}

function probitAxis(from, to, low, high) {
  const place = (share) => {
    const held = Math.min(Math.max(share, low), high);
    const at = (probit(held) - probit(low)) / (probit(high) - probit(low));
    return from + (to - from) * at;
  };
  const ticks = [0.0001, 0.001, 0.01, 0.05, 0.2, 0.5, 0.8].filter((t) => t >= low && t <= high);
  return { place, ticks };
}

function linearAxis(from, to, low, high) {
  const span = Math.max(high - low, 1e-9);
  const raw = span / 5;
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((n) => n * unit).find((n) => n >= raw);
  const ticks = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-6; tick += step) ticks.push(tick);
  return { place: (value) => from + ((to - from) * (value - low)) / span, ticks };
}

function tickName(share) {
  return `${Number((100 * share).toPrecision(6))} %`;
}

/** Vertical grid lines with names below. */
function gridX(axis, top, bottom, name) {
  return axis.ticks.flatMap((tick) => {
    const x = axis.place(tick);
    return [
      mark("line", { class: "grid", x1: x, x2: x, y1: top, y2: bottom }),
      words(x, bottom + 15, name(tick), { class: "tick", "text-anchor": "middle" }),
    ];
  });
}

/** Horizontal grid lines with names to the left. */
function gridY(axis, left, right, name) {
  return axis.ticks.flatMap((tick) => {
    const y = axis.place(tick);
    return [
      mark("line", { class: "grid", x1: left, x2: right, y1: y, y2: y }),
      words(left - 6, y + 4, name(tick), { class: "tick", "text-anchor": "end" }),
    ];
  });
}

/** A mark for a setting: a disc for the first, a diamond for the second. */
function sign(x, y, who, kind, size) {
  const s = size ?? 5;
  if (who === 0) return mark("circle", { class: `sign ${kind}`, cx: x, cy: y, r: s });
  return mark("path", { class: `sign ${kind}`, d: `M${x} ${y - s - 1}L${x + s + 1} ${y}L${x} ${y + s + 1}L${x - s - 1} ${y}Z` });
}

function path(points) {
  return points.map(([x, y], at) => `${at === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}
