// Curves: errors against each threshold, and the raw score.

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
