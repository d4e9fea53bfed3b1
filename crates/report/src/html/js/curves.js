// Curves: errors against each threshold, the raw score, and time.

/** Errors at a tier as its threshold goes through all values. */
function thresholdPanel(counts, axis, width) {
  const { run, setting } = counts;
  const tier = TIER_OF_AXIS[axis];
  const values = [...run.axes[axis === 3 ? "junk" : AXES[axis]]].sort((a, b) => (b ?? 99) - (a ?? 99));
  const steps = values.map((value) => count(run, withThreshold(setting, axis, value)));
  const [left, right, top, bottom] = [58, width - 12, 12, 150];
  const floor = floorFor(Math.max(total(counts, 0), total(counts, 1)));
  const y = logAxis(bottom, top, floor);
  const x = (at) => left + ((right - left) * (at + 0.5)) / values.length;
  const nodes = gridY({ ...y, ticks: [floor, ...y.ticks] }, left, right, (t) => (t === floor ? "0" : tickName(t)));
  values.forEach((value, at) => {
    const here = value === setting.thresholds[axis];
    if (here) nodes.push(mark("rect", { class: "here", x: x(at) - (right - left) / values.length / 2, y: top, width: (right - left) / values.length, height: bottom - top }));
    nodes.push(words(x(at), bottom + 16, value === null ? "off" : String(value), { class: here ? "tick strong" : "tick", "text-anchor": "middle" }));
  });
  const kinds = [["ham", falsePositives, 0], ["spam", falseNegatives, 1]];
  kinds.forEach(([kind, errors, who]) => {
    const found = steps.map((step) => errors(step, tier));
    nodes.push(mark("path", { class: `band ${kind}`, d: `${path(found.map((f, at) => [x(at), y.place(f.high)]))}${path(found.map((f, at) => [x(at), y.place(f.low)]).reverse()).replace("M", "L")}Z` }));
    nodes.push(mark("path", { class: `line ${kind}`, d: path(found.map((f, at) => [x(at), y.place(f.rate)])) }));
    found.forEach((f, at) => nodes.push(sign(x(at), y.place(f.rate), who, kind, 3.2)));
  });
  const rows = steps.map((step, at) => {
    const [fp, fn] = [falsePositives(step, tier), falseNegatives(step, tier)];
    return [values[at] === null ? "off" : String(values[at]), thousands(fp.count), percent(fp.rate), thousands(fn.count), percent(fn.rate)];
  });
  const says = `Errors at ${TIERS[tier]} by threshold: ${rows.map((row) => `${row[0]}: ${row[1]} good hurt, ${row[3]} spam got further`).join("; ")}`;
  const numbers = table(`Errors at ${TIERS[tier]} by threshold`, [{ head: "Threshold", row: true }, { head: "Good hurt", right: true }, { head: "rate", right: true }, { head: "Spam further", right: true }, { head: "rate", right: true }], rows, {});
  return { node: drawing(width, bottom + 24, says, nodes), numbers };
}

function showThresholds(counts) {
  const width = room("thresholds");
  const each = width > 620 ? Math.floor((width - 50) / 2) : width;
  const panels = [0, 1, 2, 3].map((axis) => {
    const panel = thresholdPanel(counts, axis, each);
    return figure(`Errors at ${TIERS[TIER_OF_AXIS[axis]]}`, "As this threshold alone changes.", panel.node, counts.run, panel.numbers);
  });
  put(
    "thresholds",
    el("h2", {}, "Each threshold alone"),
    el("p", { class: "says" }, "Blue discs are good mail hurt at the tier or harsher, orange diamonds spam that got further, with 95 % intervals; the grey column is the setting. Logarithmic scale that begins with zero."),
    el("div", { class: "grid-2" }, panels),
  );
}

/** Detection error trade-off of the raw score, on normal deviates. */
function showScores(runs) {
  const curves = runs.filter((run) => run.curve.points.length > 1);
  if (curves.length === 0) {
    put("scores", el("h2", {}, "The raw score"), el("p", { class: "says" }, "No message has a raw score of the content filter."));
    return;
  }
  const width = Math.min(room("scores"), 560);
  const height = Math.min(width, 440);
  const [left, right, top, bottom] = [58, width - 12, 26, height - 34];
  const least = 1 / (2 * Math.max(...curves.flatMap((run) => run.curve.scored)));
  const x = probitAxis(left, right, least, 0.9);
  const y = probitAxis(bottom, top, least, 0.9);
  const nodes = [
    ...gridX(x, top, bottom, tickName),
    ...gridY(y, left, right, tickName),
    words(4, 14, "spam let through", { class: "tick" }),
    words((left + right) / 2, height - 2, "good mail called spam", { class: "tick", "text-anchor": "middle" }),
  ];
  const says = [];
  curves.forEach((run, at) => {
    const [ham, spam] = run.curve.scored;
    nodes.push(mark("path", { class: `line ${at === 0 ? "ham" : "spam"}`, d: path(run.curve.points.map(([fp, fn]) => [x.place(fp / ham), y.place(fn / spam)])) }));
    const area = run.curve.one_minus_roca;
    says.push(`${inert(run.name)}: ${thousands(ham)} good and ${thousands(spam)} spam messages scored, (1-ROCA) ${area === null ? "unknown" : percent(area)}`);
  });
  const rows = curves.flatMap((run) => thin(run.curve.points, 40).map(([fp, fn]) => [inert(run.name), thousands(fp), thousands(fn)]));
  put(
    "scores",
    el("h2", {}, "The raw score"),
    figure("Detection error trade-off", `Spam let through (upwards) against good mail called spam at every cut of the raw score, before SCLs and thresholds; further down and left is better. ${says.join("; ")}.`,
      drawing(width, height, `Detection error trade-off. ${says.join("; ")}`, nodes), curves[0],
      table("Errors of the raw score at some cuts", [{ head: "Run", row: true }, { head: "Good called spam", right: true }, { head: "Spam let through", right: true }], rows, {})),
  );
}

function thin(list, most) {
  if (list.length <= most) return list;
  return Array.from({ length: most }, (_, at) => list[Math.round((at * (list.length - 1)) / (most - 1))]);
}

/** Days per bin such that a chart has at most forty. */
function binDays(first, last) {
  const days = (last - first) / 86400 + 1;
  return [1, 7, 14, 30, 61, 91, 182, 365].find((step) => days / step <= 40) ?? Math.ceil(days / 40);
}

function bins(counts, tier) {
  const { run, setting, number } = counts;
  const { times, labels, journeys } = run.cases;
  const [first, last] = [times[0] ?? 0, times[times.length - 1] ?? 0];
  const step = 86400 * binDays(first, last);
  const begin = Math.floor(first / 86400) * 86400;
  const found = new Map();
  journeys.forEach((journey, at) => {
    const bin = Math.floor((times[at] - begin) / step);
    if (!found.has(bin)) found.set(bin, { from: begin + bin * step, all: [0, 0], wrong: [0, 0] });
    const one = found.get(bin);
    const hit = endOf(run, fateOf(run, journey, setting.choice), number).tier >= tier;
    one.all[labels[at]] += 1;
    if (hit === (labels[at] === 0)) one.wrong[labels[at]] += 1;
  });
  return { step, list: [...found.values()].sort((a, b) => a.from - b.from) };
}

function showTime(sides, tier) {
  const { run } = sides[0];
  const width = room("time");
  const all = sides.map((counts) => bins(counts, tier));
  const from = Math.min(...all.map(({ list }) => list[0].from));
  const to = Math.max(...all.map(({ list, step }) => list[list.length - 1].from + step));
  const [left, right] = [58, width - 12];
  const x = (time) => left + ((right - left) * (time - from)) / Math.max(to - from, 1);
  const charts = [["Good mail hurt", 0, "ham"], ["Spam that got further", 1, "spam"]].map(([title, label, kind]) => {
    const [top, bottom] = [10, 140];
    const most = Math.max(...all.flatMap(({ list }) => list.map((bin) => bin.wrong[label] / Math.max(bin.all[label], 1))), 0.01);
    const y = linearAxis(bottom, top, 0, most);
    const nodes = gridY(y, left, right, tickName);
    all.forEach(({ list, step }, side) => {
      const points = list.filter((bin) => bin.all[label] > 0).map((bin) => [x(bin.from + step / 2), y.place(bin.wrong[label] / bin.all[label])]);
      nodes.push(mark("path", { class: `line ${kind} side-${side}`, d: path(points) }));
      points.forEach(([px, py]) => nodes.push(sign(px, py, side, kind, 3)));
    });
    const names = width < 480 ? 3 : 6;
    for (let at = 0; at <= names; at += 1) {
      const time = from + ((to - from) * at) / names;
      nodes.push(words(x(time), bottom + 16, day(time).slice(0, width < 480 ? 7 : 10), { class: "tick", "text-anchor": at === 0 ? "start" : at === names ? "end" : "middle" }));
    }
    const rows = all.flatMap(({ list }, side) => list.map((bin) => [`${sides.length > 1 ? `${SIDES[side]} ` : ""}${day(bin.from)}`, thousands(bin.wrong[label]), thousands(bin.all[label])]));
    const days = Math.round(all[0].step / 86400);
    return figure(`${title} over time`, `Share per ${days === 1 ? "day" : `${days} days`} at ${TIERS[tier]}${sides.length > 1 ? "; discs are setting A, diamonds setting B" : ""}.`,
      drawing(width, bottom + 24, `${title} at ${TIERS[tier]} over time, ${list0(all)} periods`, nodes), run,
      table(`${title} per period`, [{ head: "From", row: true }, { head: title, right: true }, { head: "of", right: true }], rows, {}));
  });
  put("time", el("h2", {}, "Over time"), charts);
}

function list0(all) {
  return all[0].list.length;
}
