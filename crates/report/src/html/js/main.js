// Settings, their controls, the address of the page, and drawing it all again.

const state = { a: null, b: null, tier: 1 };
let page;

function startOf(run) {
  return { run: run.number, choice: run.start.choice, thresholds: [...run.start.thresholds] };
}

function bestOf(run) {
  return { run: run.number, choice: run.best.choice, thresholds: [...run.best.thresholds] };
}

/** `run:order,delete,reject,quarantine,junk`, without the run where there is one only. */
function written(setting) {
  const run = page.runs.length > 1 ? `${setting.run}:` : "";
  return `${run}${[setting.choice, ...setting.thresholds.map((value) => value ?? "off")].join(",")}`;
}

function read(text) {
  const found = /^(?:(\d+):)?(\d+),(off|\d),(off|\d),(off|\d),(off|\d)$/.exec(text ?? "");
  if (!found) return null;
  const setting = {
    run: Number(found[1] ?? 0),
    choice: Number(found[2]),
    thresholds: found.slice(3).map((value) => (value === "off" ? null : Number(value))),
  };
  const run = page.runs[setting.run];
  return run && knows(run, setting) ? setting : null;
}

function fromAddress() {
  const parts = new URLSearchParams(location.hash.slice(1));
  state.a = read(parts.get("a")) ?? startOf(page.runs[0]);
  state.b = read(parts.get("b"));
  if (!parts.has("a") && page.runs.length > 1) state.b = startOf(page.runs[1]);
  const tier = TIERS.indexOf(parts.get("tier"));
  state.tier = tier > 0 ? tier : 1;
}

function toAddress() {
  const parts = [`a=${written(state.a)}`];
  if (state.b) parts.push(`b=${written(state.b)}`);
  if (state.tier !== 1) parts.push(`tier=${TIERS[state.tier]}`);
  try {
    history.replaceState(null, "", `#${parts.join("&")}`);
  } catch {
    location.hash = parts.join("&");
  }
}

/** One threshold: a switch and a slider. */
function thresholdControl(side, axis) {
  const setting = state[side];
  const run = page.runs[setting.run];
  const values = run.axes[AXES[axis]];
  const numbers = values.filter((value) => value !== null);
  const value = setting.thresholds[axis];
  const id = `${side}-${AXES[axis]}`;
  const rule = axis === 3 ? "SCL >" : "SCL ≥";
  const last = run.remembered?.[axis] ?? numbers[numbers.length - 1] ?? 9;
  const set = (next) => change(side, withThreshold(state[side], axis, next));
  const slider = el("input", {
    type: "range", id, min: numbers[0] ?? 0, max: numbers[numbers.length - 1] ?? 9, step: 1,
    disabled: numbers.length === 0 || values.length === 1,
    class: value === null ? "off" : null,
    "aria-valuetext": value === null ? "off" : `${AXES[axis]} at ${rule} ${value}`,
    oninput: (event) => set(Number(event.target.value)),
  });
  slider.value = String(value ?? last);
  const onOff = el("input", {
    type: "checkbox", id: `${id}-on`, "aria-label": `${AXES[axis]} on`,
    disabled: !values.includes(null) || numbers.length === 0,
    onchange: (event) => {
      run.remembered ??= [];
      if (state[side].thresholds[axis] !== null) run.remembered[axis] = state[side].thresholds[axis];
      set(event.target.checked ? Number(document.getElementById(id).value) : null);
    },
  });
  onOff.checked = value !== null;
  return el("div", { class: "threshold" },
    el("label", { for: id }, AXES[axis]),
    onOff,
    slider,
    el("output", { for: id, class: "number" }, value === null ? "off" : `${rule} ${value}`));
}

/** Letters for which a closed picker has room at every width of the page. */
const PICKED = 30;

/** The name of the order in use: a long one is told below its picker instead. */
function pickedName(run, at) {
  const name = choiceName(run, at);
  return name.length <= PICKED ? name : `order ${at}: ${run.choices[at].moves.length} changes, below`;
}

function orderControl(side) {
  const setting = state[side];
  const run = page.runs[setting.run];
  const groups = new Map();
  run.choices.forEach((choice, at) => {
    const count = choice.moves.length;
    if (!groups.has(count)) groups.set(count, []);
    const option = el("option", { value: at }, at === setting.choice ? pickedName(run, at) : choiceName(run, at));
    option.selected = at === setting.choice;
    groups.get(count).push(option);
  });
  const select = el("select", { id: `${side}-order`, "aria-describedby": `${run.choices[setting.choice].moves.length > 0 ? `${side}-order-changes ` : ""}${side}-order-facts`, onchange: (event) => change(side, { ...state[side], choice: Number(event.target.value) }) },
    [...groups].map(([count, options]) => el("optgroup", { label: count === 0 ? "no priority change" : count === 1 ? "one priority change" : `${count} priority changes` }, options)));
  return el("div", { class: "order" }, el("label", { for: `${side}-order` }, "agent order"), select);
}

function sideControls(side) {
  const setting = state[side];
  const run = page.runs[setting.run];
  const set = (name, of) => el("button", { type: "button", id: `${side}-${name}`, onclick: () => change(side, of(page.runs[state[side].run])) }, name);
  const parts = [el("legend", {}, state.b ? `Setting ${side.toUpperCase()}` : "Setting")];
  if (page.runs.length > 1) {
    const select = el("select", { id: `${side}-run`, onchange: (event) => change(side, startOf(page.runs[Number(event.target.value)])) },
      page.runs.map((one) => {
        const option = el("option", { value: one.number }, inert(one.name));
        option.selected = one.number === setting.run;
        return option;
      }));
    parts.push(el("div", { class: "order" }, el("label", { for: `${side}-run` }, "run"), select));
  }
  parts.push(AXES.map((_, axis) => thresholdControl(side, axis)), orderControl(side));
  parts.push(el("div", { class: "buttons" }, set("start", startOf), set("best", bestOf)));
  const choice = run.choices[setting.choice];
  if (choice.moves.length > 0) {
    parts.push(el("ol", { class: "changes", id: `${side}-order-changes` }, choice.moves.map(({ agent, priority }) => el("li", {}, `${inert(agent)} to priority ${priority}`))));
  }
  parts.push(el("p", { class: "quiet", id: `${side}-order-facts` }, `${choice.shared === 1 ? "One order class ends" : `${thousands(choice.shared)} order classes end`} mail like this; this one scans ${thousands(choice.scans)} messages.`));
  return el("fieldset", {}, parts);
}

function sharedControls() {
  const compare = el("input", { type: "checkbox", id: "compare", onchange: (event) => {
    state.b = event.target.checked ? bestOf(page.runs[page.runs.length - 1]) : null;
    refresh("compare");
  } });
  compare.checked = state.b !== null;
  const tier = el("select", { id: "tier", onchange: (event) => { state.tier = Number(event.target.value); refresh("tier"); } },
    [1, 2, 3, 4].map((at) => {
      const option = el("option", { value: at }, `${TIERS[at]} or harsher`);
      option.selected = at === state.tier;
      return option;
    }));
  const link = el("button", { type: "button", "data-name": "Copy link", onclick: () => copy(location.href, link, document.getElementById("link")) }, "Copy link");
  return el("fieldset", {},
    el("legend", {}, "View"),
    el("div", { class: "check" }, compare, el("label", { for: "compare" }, "compare two settings")),
    el("div", { class: "order" }, el("label", { for: "tier" }, "errors count at"), tier),
    el("div", { class: "buttons" }, link),
    el("p", { id: "link", class: "quiet" }, location.hash));
}

function change(side, setting) {
  state[side] = setting;
  refresh(document.activeElement?.id);
}

/** Draws everything again; the control in use keeps the focus. */
function refresh(focus) {
  shown = SHOWN;
  toAddress();
  render();
  if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
}

function render() {
  const settings = [state.a, state.b].filter(Boolean);
  const sides = settings.map((setting) => count(page.runs[setting.run], setting));
  const [a, b] = sides;
  const pick = (setting) => change("a", { run: a.run.number, ...setting });
  put("setting-a", sideControls("a"));
  put("setting-b", state.b ? sideControls("b") : null);
  put("shared", sharedControls());
  put("sentence", ...sides.map((counts, at) =>
    el("span", {}, `${b ? `${SIDES[at]}: ` : ""}${sentence(counts, 0)}; ${sentence(counts, 1)}.`)));
  showCounts(sides);
  showLevels(sides);
  const start = startOf(a.run);
  const from = b ? a : count(a.run, start);
  showMoved(from, b ?? a, b ? "From setting A to setting B" : "From the starting policy to this setting", render);
  showThresholds(a);
  showOrders(a, sides, state.tier, pick);
  showFronts(a, sides, state.tier, pick);
  showTime(sides);
  showScripts(a);
}

function about() {
  const facts = page.runs.flatMap((run) => {
    const { facts } = run;
    const skipped = facts.skipped.reduce((all, [, number]) => all + number, 0);
    const rows = [
      ["run", inert(run.name)],
      ["corpus", inert(facts.corpus)],
      ["filter", inert(facts.filter)],
      ["mail", `${facts.dates[0]} to ${facts.dates[1]}`],
      ["messages", `read ${thousands(facts.read)} = ${thousands(run.units[0] + run.units[1])} cases + ${thousands(skipped)} skipped`],
      ...facts.skipped.map(([reason, number]) => ["skipped", `${thousands(number)}: ${inert(reason)}`]),
      ["command", el("code", {}, inert(facts.command))],
      ["program", `sclbench ${inert(facts.version)}, seed ${facts.seed}`],
      ...(run.verdict ? [["verdict on best", inert(run.verdict)]] : []),
      ...facts.inputs.map((input) => [inert(input.role), el("span", {}, inert(input.name), " ", el("code", {}, `sha256 ${inert(input.sha256)}`))]),
    ];
    return [table(`What made ${page.runs.length > 1 ? inert(run.name) : "these numbers"}`, [{ head: "What", row: true }, { head: "Value" }], rows, { class: "facts" })];
  });
  put(
    "about",
    el("h2", {}, "About these numbers"),
    el("p", {}, "Every number is counted from where each message ends under the agent order and thresholds chosen: nothing is sampled or estimated. The starting setting is the policy that the run started from; best is the policy that its goal chose."),
    el("p", {}, "A message counts at the harshest tier that any of its recipients met. Good hurt at a tier is good mail that ended there or harsher; spam that got further is spam that ended milder."),
    el("p", {}, "What this page cannot tell: how mail unlike this corpus fares, and, for the best policy, how much of its success is luck of the mail it was chosen on. The verdict of the run, on mail held out, speaks to the second."),
    facts,
    el("p", { class: "says" }, "This page was made by ", el("code", {}, inert(page.command)), "."),
  );
}

async function main() {
  try {
    page = await unpack();
  } catch (error) {
    const failure = document.getElementById("failure");
    failure.hidden = false;
    failure.textContent = `The data of this page cannot be unpacked (${error.message}); use a current browser, or make the page again.`;
    return;
  }
  put("subject", provenance(page.runs[0]));
  document.getElementById("layout").hidden = false;
  fromAddress();
  render();
  showScores(page.runs);
  about();
  addEventListener("hashchange", () => { fromAddress(); render(); });
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    render();
    showScores(page.runs);
  });
  document.documentElement.dataset.ready = "yes";
}

main();
