// Agent orders: which swaps of neighbours matter, what orders cost, and the policies that no
// other beats.

function choiceName(run, choice) {
  const { moves } = run.choices[choice];
  if (moves.length === 0) return "as registered";
  return moves.map(({ agent, priority }) => `${inert(agent).replace(/ Agent$/, "")} to ${priority}`).join(", ");
}

/** The agents by priority with what swapping each two neighbours would move. */
function orderMap(counts, pick) {
  const { run, setting } = counts;
  const choice = run.choices[setting.choice];
  const items = [];
  choice.order.forEach((agent, at) => {
    items.push(el("li", { class: "agent" }, el("span", { class: "number" }, at + 1), ` ${inert(run.agents[agent])}`));
    if (at + 1 === choice.order.length) return;
    const to = choice.swaps[at];
    const names = `${inert(run.agents[choice.order[at]])} and ${inert(run.agents[choice.order[at + 1]])}`;
    if (to === setting.choice) {
      items.push(el("li", { class: "swap never" }, "swapping these two never moves a message of this mail"));
      return;
    }
    if (to < 0) {
      items.push(el("li", { class: "swap" }, "swapping these two matters; that order is not among those told here"));
      return;
    }
    const [ham, spam] = movedBetween(counts, to);
    items.push(el("li", { class: "swap matters" },
      `swapping these two moves ${thousands(ham)} good and ${thousands(spam)} spam messages at these thresholds `,
      el("button", { type: "button", "aria-label": `Swap ${names}`, onclick: () => pick({ ...setting, choice: to }) }, "swap")));
  });
  return el("ol", { class: "order-map" }, items);
}

/** Content scans against spam that got further, an order each. */
function costChart(counts, sides, tier, width) {
  const { run } = counts;
  const points = run.choices.map((choice, at) => {
    const found = falseNegatives(count(run, { ...counts.setting, choice: at }), tier);
    return { at, scans: choice.scans, found };
  });
  const [left, right, top, bottom] = [62, width - 24, 26, 270];
  const span = (list) => {
    const [low, high] = [Math.min(...list), Math.max(...list)];
    const pad = Math.max((high - low) * 0.08, high * 0.002, 1e-4);
    return [Math.max(low - pad, 0), high + pad];
  };
  const x = linearAxis(left, right, ...span(points.map((point) => point.scans)));
  const y = linearAxis(bottom, top, ...span(points.map((point) => point.found.rate)));
  const ticks = width < 480 ? x.ticks.filter((_, at) => at % 2 === 0) : x.ticks;
  const nodes = [
    ...gridX({ ...x, ticks }, top, bottom, (t) => thousands(Math.round(t))),
    ...gridY(y, left, right, tickName),
    words(4, 14, `spam that got further than ${TIERS[tier]}`, { class: "tick" }),
    words((left + right) / 2, bottom + 32, "messages that the content filter scored", { class: "tick", "text-anchor": "middle" }),
  ];
  const front = [];
  [...points].sort((a, b) => a.scans - b.scans || a.found.count - b.found.count).forEach((point) => {
    if (front.length === 0 || point.found.count < front[front.length - 1].found.count) front.push(point);
  });
  nodes.push(mark("path", { class: "front", d: path(front.map((p) => [x.place(p.scans), y.place(p.found.rate)])) }));
  const others = points.filter((p) => !front.includes(p));
  [...others, ...front].forEach((p) => nodes.push(mark("circle", { class: front.includes(p) ? "dot front-dot" : "dot", cx: x.place(p.scans), cy: y.place(p.found.rate), r: 4 },
    mark("title", {}, `${choiceName(run, p.at)}: ${thousands(p.scans)} scans, ${thousands(p.found.count)} spam got further`))));
  sides.filter((side) => side.run === run).forEach((side) => {
    const p = points[side.setting.choice];
    nodes.push(sign(x.place(p.scans), y.place(falseNegatives(side, tier).rate), sides.indexOf(side), "here-sign", 7));
  });
  const rows = front.map((p) => [choiceName(run, p.at), thousands(p.scans), thousands(p.found.count), percent(p.found.rate)]);
  const says = `Cost against error: the orders that no other beats are ${rows.map((row) => `${row[0]}: ${row[1]} scans, ${row[2]} spam got further`).join("; ")}`;
  return {
    node: drawing(width, bottom + 40, says, nodes),
    numbers: table("Orders that no other beats", [{ head: "Order", row: true }, { head: "Content scans", right: true }, { head: "Spam further", right: true }, { head: "rate", right: true }], rows, {}),
  };
}

function showOrders(counts, sides, tier, pick) {
  const { run } = counts;
  const width = room("orders");
  const cost = costChart(counts, sides, tier, width);
  const told = new Set(run.choices.map((choice) => choice.outcome)).size;
  const partial = told < run.outcomes ? ` ${thousands(told)} of ${thousands(run.outcomes)} are told in this page, those with the fewest priority changes first.` : "";
  put(
    "orders",
    el("h2", {}, "Agent order"),
    el("p", { class: "says" }, `${thousands(run.order_classes)} order classes give ${thousands(run.outcomes)} different results on this mail.${partial} Numbers below are for the order and thresholds of setting A.`),
    el("div", {}, el("h3", {}, "Neighbours that matter"), orderMap(counts, pick), el("p", { class: "provenance" }, provenance(run))),
    figure("Cost against error", `Each point is an order; the line joins those that no other beats in content scans and spam that got further at ${TIERS[tier]}. The large mark is the setting.`, cost.node, run, cost.numbers),
  );
}

/** Policies that no other beats at a tier, over all orders and thresholds. */
function showFronts(counts, sides, tier, pick) {
  const { run } = counts;
  const points = run.frontier[tier - 1];
  const [ham, spam] = run.units;
  const width = room("fronts");
  const [left, right, top, bottom] = [62, width - 24, 26, 280];
  const x = logAxis(left, right, floorFor(ham));
  const y = logAxis(bottom, top, floorFor(spam));
  const zero = (axis) => ({ ...axis, ticks: [axis.floor, ...axis.ticks] });
  const name = (axis) => (t) => (t === axis.floor ? "0" : tickName(t));
  const nodes = [
    ...gridX(zero(x), top, bottom, name(x)),
    ...gridY(zero(y), left, right, name(y)),
    words(4, 14, `spam that got further than ${TIERS[tier]}`, { class: "tick" }),
    words((left + right) / 2, bottom + 32, `good mail hurt at ${TIERS[tier]} or harsher`, { class: "tick", "text-anchor": "middle" }),
  ];
  const at = ({ errors }) => [x.place(errors[0] / ham), y.place(errors[1] / spam)];
  const stairs = points.flatMap((point, n) => (n === 0 ? [at(point)] : [[at(point)[0], at(points[n - 1])[1]], at(point)]));
  nodes.push(mark("path", { class: "front", d: path(stairs) }));
  points.forEach((point) => nodes.push(mark("circle", { class: "dot front-dot", cx: at(point)[0], cy: at(point)[1], r: 3 },
    mark("title", {}, `${point.errors[0]} good hurt, ${point.errors[1]} spam got further`))));
  sides.filter((side) => side.run === run).forEach((side) =>
    nodes.push(sign(x.place(falsePositives(side, tier).rate), y.place(falseNegatives(side, tier).rate), sides.indexOf(side), "here-sign", 7)));
  const rows = points.map((point) => [
    thousands(point.errors[0]),
    thousands(point.errors[1]),
    thousands(point.policies),
    point.setting ? `${settingName(point.setting.thresholds)}; ${choiceName(run, point.setting.choice)}` : "an order that is not told here",
    point.setting ? el("button", { type: "button", "aria-label": `Use the policy with ${point.errors[0]} good hurt and ${point.errors[1]} spam further`, onclick: () => pick({ run: run.number, ...point.setting }) }, "use") : "",
  ]);
  const numbers = table("Policies that no other beats", [{ head: "Good hurt", row: true, right: true }, { head: "Spam further", right: true }, { head: "Policies", right: true }, { head: "One of them" }, { head: "Try it" }], rows, {});
  put(
    "fronts",
    el("h2", {}, "The best that orders and thresholds can do"),
    figure(`Front at ${TIERS[tier]}`, `No policy of the whole sweep lies below or left of the line. It was chosen and counted on the same mail, so expect a little worse on new mail. Large marks are the setting${sides.length > 1 ? "s" : ""}.`,
      drawing(width, bottom + 40, `Front of errors at ${TIERS[tier]}: ${points.length} policies from ${points[0]?.errors[0]} good hurt with ${points[0]?.errors[1]} spam further to ${points[points.length - 1]?.errors[0]} with ${points[points.length - 1]?.errors[1]}`, nodes), run, numbers),
  );
}

function settingName(thresholds) {
  return AXES.map((axis, at) => `${axis} ${thresholds[at] ?? "off"}`).join(", ");
}
