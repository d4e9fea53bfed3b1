// The counts: a table, where everything ends, and errors at each tier.

const SIDES = ["A", "B"];

function nameOf(counts, at, both) {
  return both ? `setting ${SIDES[at]}` : "this setting";
}

/** What happened to the mail of one label, counts first, as `sclbench replay` says it. */
function sentence(counts, label) {
  const of = total(counts, label);
  const parts = [4, 3, 2, 1].map((tier) => {
    const number = counts.tiers[label][tier];
    return `${thousands(number)} ${DONE[tier]}`;
  });
  return `of ${thousands(of)} ${label === 0 ? "good" : "spam"} messages: ${parts.join(", ")}, ${thousands(counts.tiers[label][0])} in the inbox`;
}

/** Where messages end; with two settings side by side, only the tiers that differ. */
function countsTable(sides) {
  const both = sides.length > 1;
  const side = (head) => (both ? SIDES.map((name) => ({ head: `${head} ${name}`, right: true })) : [{ head, right: true }]);
  const exact = (label, tier) => sides.map((counts, at) => countCell(counts, label, tier, at));
  const share = (errors, name, tier) => sides.map((counts, at) => shareCell(errors(counts, tier), `${name}-${TIERS[tier]}-${at}`));
  const rows = [4, 3, 2, 1]
    .filter((tier) => !both || !same(sides[0], sides[1], tier))
    .map((tier) => [
      TIERS[tier],
      ...exact(0, tier),
      ...exact(1, tier),
      ...share(falsePositives, "fp", tier),
      ...share(falseNegatives, "fn", tier),
    ]);
  const inboxDiffers = both && [0, 1].some((label) => sides[0].tiers[label][0] !== sides[1].tiers[label][0]);
  if (!both || inboxDiffers) rows.push(["inbox", ...exact(0, 0), ...exact(1, 0), ...sides.map(() => ""), ...sides.map(() => "")]);
  if (rows.length === 0) return el("p", { class: "sentence" }, "Both settings end every message in the same number at every tier.");
  return table(
    both ? "Where messages end: tiers that differ" : "Where messages end",
    [{ head: "Tier", row: true }, ...side("Good here"), ...side("Spam here"), ...side("Good hurt here or harsher"), ...side("Spam that got further")],
    rows,
    { class: both ? "counts both" : "counts" },
  );
}

function countCell(counts, label, tier, at) {
  const number = counts.tiers[label][tier];
  return el("span", { "data-key": `${LABELS[label]}-${TIERS[tier]}-${at}`, "data-count": number }, thousands(number));
}

function same(a, b, tier) {
  return (
    [0, 1].every((label) => a.tiers[label][tier] === b.tiers[label][tier]) &&
    falsePositives(a, tier).count === falsePositives(b, tier).count &&
    falseNegatives(a, tier).count === falseNegatives(b, tier).count &&
    total(a, 0) === total(b, 0) &&
    total(a, 1) === total(b, 1)
  );
}

function shareCell(found, key) {
  return el(
    "span",
    { "data-key": key, "data-count": found.count, "data-low": found.low, "data-high": found.high },
    el("b", {}, thousands(found.count)),
    ` = ${percent(found.rate)} `,
    el("span", { class: "interval" }, `(${range(found)})`),
  );
}

/** Where everything ends, as bars of one length. */
function endsChart(sides, width) {
  const both = sides.length > 1;
  const bars = LABELS.flatMap((name, label) => sides.map((counts, at) => ({ name, label, counts, at })));
  const left = both ? 64 : 48;
  const full = width - left - 8;
  const height = bars.length * 44 + 20;
  const nodes = [];
  bars.forEach(({ name, label, counts, at }, row) => {
    const y = row * 44 + 8;
    nodes.push(words(left - 8, y + 19, both ? `${name} ${SIDES[at]}` : name, { class: "name", "text-anchor": "end" }));
    let x = left;
    const of = Math.max(total(counts, label), 1);
    TIERS.forEach((tier, place) => {
      const number = counts.tiers[label][place];
      const wide = (full * number) / of;
      if (number === 0) return;
      nodes.push(mark("rect", { class: `tier tier-${tier}`, x, y, width: Math.max(wide, 1), height: 28 },
        mark("title", {}, `${thousands(number)} ${DONE[place]}`)));
      const text = `${thousands(number)} ${tier}`;
      if (wide > text.length * 6.6 + 8) {
        nodes.push(words(x + 6, y + 18, text, { class: `on-tier on-${tier}` }));
      }
      x += wide;
    });
  });
  const says = sides.map((counts, at) => `${nameOf(counts, at, both)}: ${[0, 1].map((l) => sentence(counts, l)).join("; ")}`).join(". ");
  return drawing(width, height, says, nodes);
}

/** False positives and negatives at each tier with their intervals. */
function ratesChart(sides, width) {
  const both = sides.length > 1;
  const narrow = width < 560;
  const half = narrow ? width : width / 2;
  const rowHeight = both ? 44 : 32;
  const panel = 4 * rowHeight + 58;
  const nodes = [];
  const panels = [
    ["Good mail hurt here or harsher", falsePositives, "ham", 0],
    ["Spam that got further", falseNegatives, "spam", 1],
  ];
  panels.forEach(([title, errors, kind, label], number) => {
    const x0 = narrow ? 0 : number * half;
    const y0 = narrow ? number * panel : 0;
    const [left, right] = [x0 + 80, x0 + half - 18];
    const [top, bottom] = [y0 + 26, y0 + 26 + 4 * rowHeight];
    const floor = floorFor(Math.max(...sides.map((counts) => total(counts, label))));
    const axis = logAxis(left, right, floor);
    nodes.push(words(x0 + 4, y0 + 14, title, { class: "name" }));
    nodes.push(...gridX({ ...axis, ticks: [floor, ...axis.ticks] }, top, bottom, (t) => (t === floor ? "0" : tickName(t))));
    [4, 3, 2, 1].forEach((tier, row) => {
      const y = top + row * rowHeight + rowHeight / 2;
      nodes.push(words(left - 10, y + 4, TIERS[tier], { class: "name", "text-anchor": "end" }));
      sides.forEach((counts, at) => {
        const found = errors(counts, tier);
        const line = y + (both ? (at === 0 ? -9 : 9) : 0);
        nodes.push(
          mark("line", { class: `whisker ${kind}`, x1: axis.place(found.low), x2: axis.place(found.high), y1: line, y2: line }),
          sign(axis.place(found.rate), line, at, kind),
          mark("title", {}, `${SIDES[at]}: ${found.count} of ${found.of}`),
        );
      });
    });
  });
  const says = sides.map((counts, at) => [4, 3, 2, 1].map((tier) => {
    const [fp, fn] = [falsePositives(counts, tier), falseNegatives(counts, tier)];
    return `${nameOf(counts, at, both)}, ${TIERS[tier]}: ${fp.count} of ${fp.of} good hurt, ${fn.count} of ${fn.of} spam got further`;
  }).join("; ")).join(". ");
  return drawing(width, narrow ? 2 * panel : panel, says, nodes);
}

/** Who decided, and why. */
function decidedTable(sides) {
  const both = sides.length > 1;
  const rows = new Map();
  sides.forEach((counts, at) => counts.decided.forEach(({ cause, tier, counts: numbers }) => {
    const [agent, reason] = counts.run.causes[cause];
    const key = `${9 - tier} ${agent} ${reason}`;
    if (!rows.has(key)) rows.set(key, { tier, agent, reason, numbers: sides.map(() => [0, 0]) });
    rows.get(key).numbers[at] = numbers;
  }));
  const sorted = [...rows.keys()].sort().map((key) => rows.get(key));
  const differs = ({ numbers }) => !both || numbers[0].some((n, label) => n !== numbers[1][label]);
  const columns = [
    { head: "Agent and reason", row: true },
    { head: "Tier" },
    ...sides.flatMap((_, at) => LABELS.map((name) => ({ head: both ? `${name} ${SIDES[at]}` : name, right: true }))),
  ];
  const body = sorted.filter(differs).map(({ tier, agent, reason, numbers }) => [
    `${inert(agent)}: ${inert(reason)}`,
    TIERS[tier],
    ...numbers.flat().map(thousands),
  ]);
  return table(both ? "Who decided, and why (rows that differ)" : "Who decided, and why", columns, body, {});
}

function showCounts(sides) {
  const both = sides.length > 1;
  const width = room("counts");
  const { run } = sides[0];
  put(
    "counts",
    el("h2", {}, "Counts"),
    countsTable(sides),
    el("p", { class: "says" }, "In brackets stands the exact 95 % interval of Clopper and Pearson: what the rate may be in mail like this. With no error among n messages it may still be up to about 3.7 ÷ n."),
    figure("Where everything ends", "Each bar is all mail of one kind, from the inbox on the left to deleted on the right.", endsChart(sides, width), run),
    figure("Errors at each tier", `Marks are rates, lines their 95 % intervals, on a logarithmic scale that begins with zero.${both ? " Discs are setting A, diamonds setting B." : ""}`, ratesChart(sides, width), run),
    el("details", {}, el("summary", {}, "Who decided, and why"), decidedTable(sides)),
  );
}
