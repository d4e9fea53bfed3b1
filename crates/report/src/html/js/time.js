// Errors over corpus time, counted from where each message ends, with the times at which
// definitions of the content filter were installed.

/** Periods with fewer messages do not stretch an axis. */
const FEW = 50;

/** Days per period such that a chart has at most forty. */
function periodDays(first, last) {
  const days = (last - first) / 86400 + 1;
  return [1, 7, 14, 30, 61, 91, 182, 365].find((step) => days / step <= 40) ?? Math.ceil(days / 40);
}

/** Where periods begin and how long they are: from the first definitions, else from the day
 * of the first message of any setting. */
function calendar(sides) {
  const times = sides.flatMap(({ run }) => [run.cases.times[0], run.cases.times[run.cases.times.length - 1]]);
  const first = Math.min(...times);
  const updates = sides.map(({ run }) => run.updates[0]?.at).filter((time) => time !== undefined && time <= first);
  const begin = updates.length > 0 ? Math.min(...updates) : Math.floor(first / 86400) * 86400;
  return { begin, step: 86400 * periodDays(begin, Math.max(...times)) };
}

/** Counts of one setting by period: `tiers[label][tier]`, as of the whole; empty periods are
 * told too. */
function periods(counts, { begin, step }) {
  const { run, setting, number } = counts;
  const { times, labels, journeys } = run.cases;
  const found = [];
  journeys.forEach((journey, at) => {
    const nth = Math.floor((times[at] - begin) / step);
    while (found.length <= nth) {
      found.push({ run, from: begin + found.length * step, tiers: [[0, 0, 0, 0, 0], [0, 0, 0, 0, 0]] });
    }
    const { tier } = endOf(run, fateOf(run, journey, setting.choice), number);
    found[nth].tiers[labels[at]][tier] += 1;
  });
  return found;
}

const ERRORS = [
  { key: "fp", title: "Good mail hurt", label: 0, kind: "ham", of: falsePositives },
  { key: "fn", title: "Spam that got further", label: 1, kind: "spam", of: falseNegatives },
];

/** The top of an axis: above every rate of periods with enough mail, and above the middle one
 * of the intervals' ends, so that a handful of messages does not flatten all others. */
function topOf(all) {
  const known = all.flat().filter(({ found }) => found.of > 0);
  const rates = known.filter(({ found }) => found.of >= FEW).map(({ found }) => found.rate);
  const highs = known.map(({ found }) => found.high).sort((a, b) => a - b);
  const top = Math.max(1.1 * Math.max(0, ...rates), highs[Math.floor(highs.length / 2)] ?? 0, 0.001);
  const unit = 10 ** Math.floor(Math.log10(top));
  return Math.min([1, 2, 5, 10].map((n) => n * unit).find((n) => n >= top * 0.9999), 1);
}

/** Stretches of periods that have mail, without gaps. */
function stretches(list) {
  const found = [[]];
  list.forEach((one) => {
    if (one.found.of > 0) found[found.length - 1].push(one);
    else if (found[found.length - 1].length > 0) found.push([]);
  });
  return found.filter((one) => one.length > 0);
}

/** Errors of one kind at one tier over time. */
function timePanel(sides, all, tier, errors, { begin, step }, width) {
  const [left, right, top, bottom] = [58, width - 14, 22, 132];
  const last = Math.max(...all.map((list) => list.length));
  const x = (time) => left + ((right - left) * (time - begin)) / (last * step);
  const told = all.map((list) => list.map((period) => ({ x: x(period.from + step / 2), found: errors.of(period, tier) })));
  const high = topOf(told);
  const y = linearAxis(bottom, top, 0, high);
  const place = (share) => y.place(Math.min(share, high));
  const nodes = gridY(y, left, right, tickName);
  told.forEach((list, side) => {
    const { kind } = errors;
    stretches(list).forEach((part) => {
      const ends = [...part.map((p) => [p.x, place(p.found.high)]), ...part.map((p) => [p.x, place(p.found.low)]).reverse()];
      nodes.push(part.length > 1
        ? mark("path", { class: `band ${kind}`, d: `${path(ends)}Z` })
        : mark("line", { class: `whisker ${kind}`, x1: part[0].x, x2: part[0].x, y1: ends[0][1], y2: ends[1][1] }));
      nodes.push(mark("path", { class: `line ${kind} side-${side}`, d: path(part.map((p) => [p.x, place(p.found.rate)])) }));
      part.forEach((p) => nodes.push(p.found.rate > high * 1.000001
        ? mark("path", { class: `tip ${kind}`, d: `M${p.x - 4} ${top + 7}L${p.x} ${top + 1}L${p.x + 4} ${top + 7}` })
        : sign(p.x, place(p.found.rate), side, kind, 3)));
    });
  });
  const end = begin + last * step;
  sides.forEach(({ run }, side) => run.updates.filter((one) => one.at >= begin && one.at <= end).forEach((one) => {
    const at = x(one.at).toFixed(1);
    nodes.push(
      mark("line", { class: `update side-${side}`, x1: at, x2: at, y1: top, y2: bottom }),
      mark("path", { class: `update-sign side-${side}`, d: `M${at - 4} ${top - 9}L${Number(at) + 4} ${top - 9}L${at} ${top - 2}Z` },
        mark("title", {}, `definitions ${inert(one.version)} in use from ${day(one.at)}`)),
    );
  }));
  const names = width < 400 ? 2 : 4;
  for (let at = 0; at <= names; at += 1) {
    const time = begin + ((end - begin) * at) / names;
    nodes.push(words(x(time), bottom + 16, day(time).slice(0, width < 400 ? 7 : 10), { class: "tick", "text-anchor": at === 0 ? "start" : at === names ? "end" : "middle" }));
  }
  const whole = sides.map((counts, side) => {
    const found = errors.of(counts, tier);
    return `${sides.length > 1 ? `setting ${SIDES[side]}: ` : ""}${thousands(found.count)} of ${thousands(found.of)} in all`;
  });
  return drawing(width, bottom + 22, `${errors.title} at ${TIERS[tier]} in ${last} periods; ${whole.join("; ")}`, nodes);
}

/** Every number of the panels of one kind: a row per period, then their sum. */
function timeTable(sides, all, errors, { step }) {
  const both = sides.length > 1;
  const rows = all.flatMap((list, side) => {
    const name = both ? `${SIDES[side]} ` : "";
    const cell = (tier, period) => {
      const found = errors.of(period, tier);
      return el("span", { "data-time": `${errors.key}-${TIERS[tier]}-${side}`, "data-count": found.count, "data-of": found.of, "data-from": period.from },
        thousands(found.count), found.of > 0 ? el("span", { class: "interval" }, ` (${range(found)})`) : "");
    };
    const row = (period, from) => [from, thousands(total(period, errors.label)), ...[4, 3, 2, 1].map((tier) => cell(tier, period))];
    const sum = [el("b", {}, `${name}all`), thousands(total(sides[side], errors.label)), ...[4, 3, 2, 1].map((tier) => el("b", {}, thousands(errors.of(sides[side], tier).count)))];
    return [...list.map((period) => row(period, `${name}${day(period.from)}`)), sum];
  });
  const head = errors.label === 0 ? "or harsher" : "not reached";
  return table(`${errors.title} per period of ${daysName(step)}`, [
    { head: "From", row: true }, { head: LABELS[errors.label], right: true },
    ...[4, 3, 2, 1].map((tier) => ({ head: tier === 4 && errors.label === 0 ? "delete" : `${TIERS[tier]} ${head}`, right: true })),
  ], rows, { class: "periods" });
}

function daysName(step) {
  const days = Math.round(step / 86400);
  return days === 1 ? "one day" : `${days} days`;
}

function showTime(sides) {
  const { run } = sides[0];
  const width = room("time");
  const each = width > 620 ? Math.floor((width - 50) / 2) : width;
  const when = calendar(sides);
  const all = sides.map((counts) => periods(counts, when));
  const panels = [1, 2, 3, 4].flatMap((tier) => ERRORS.map((errors) =>
    el("figure", { class: "small" },
      el("h3", {}, `${errors.title} at ${TIERS[tier]}`),
      timePanel(sides, all, tier, errors, when, each),
      el("figcaption", {}, provenance(run)))));
  const marks = sides.reduce((sum, side) => sum + side.run.updates.length, 0);
  const says = [
    `Shares per period of ${daysName(when.step)} with 95 % intervals, cut at the frame; each message counts where it ends under the setting, so the periods add up to the counts above.`,
    `An open tip at the upper edge is a rate beyond it, of fewer than ${FEW} messages.`,
    marks > 0
      ? "Dashed lines with a triangle on top are the times at which definitions of the content filter were installed."
      : "One filter scored all of this mail; a sweep with --updates shows when its definitions were installed.",
    sides.length > 1 ? "Discs and full lines are setting A, diamonds and broken lines setting B." : "",
  ];
  put("time",
    el("h2", {}, "Over time"),
    el("p", { class: "says" }, says.join(" ")),
    el("div", { class: "grid-2" }, panels),
    ERRORS.map((errors) => el("details", {},
      el("summary", {}, `Numbers: ${errors.title.toLowerCase()} over time`),
      timeTable(sides, all, errors, when))));
}
