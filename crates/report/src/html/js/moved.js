// The messages that end elsewhere under another setting.

const SHOWN = 25;
let shown = SHOWN;

function flows(moved) {
  const found = new Map();
  moved.forEach(({ label, was, is }) => {
    const key = `${label} ${9 - is.tier} ${9 - was.tier}`;
    if (!found.has(key)) found.set(key, { label, was: was.tier, is: is.tier, count: 0 });
    found.get(key).count += 1;
  });
  return [...found.keys()].sort().map((key) => found.get(key));
}

function day(seconds) {
  return new Date(1000 * seconds).toISOString().slice(0, 10);
}

function movedRow(to, { at, label, was, is, scl }) {
  const { run } = to;
  const [agent, reason] = run.causes[is.cause];
  const subject = run.cases.subjects[at];
  return [
    subject === undefined ? el("span", { class: "quiet" }, "left out") : el("bdi", { class: "subject" }, inert(subject) || "(no subject)"),
    LABELS[label],
    `${TIERS[was.tier]} → ${TIERS[is.tier]}`,
    scl === null ? "–" : String(scl),
    `${inert(agent)}: ${inert(reason)}`,
    day(run.cases.times[at]),
    el("code", {}, run.cases.ids[at]),
  ];
}

function showMoved(from, to, title, rerender) {
  const { moved, alone } = movedMessages(from, to);
  const count = [0, 1].map((label) => moved.filter((one) => one.label === label).length);
  const parts = [
    el("h2", {}, "Messages that move"),
    el("p", { class: "sentence", id: "moved-count" }, `${title}, ${thousands(count[0])} good and ${thousands(count[1])} spam messages end elsewhere.`),
  ];
  if (alone > 0) parts.push(el("p", { class: "says" }, `${thousands(alone)} messages are in one of the two runs only and are not compared.`));
  if (moved.length > 0) {
    parts.push(
      table(
        "Moves",
        [{ head: "From → to", row: true }, { head: "Kind" }, { head: "Messages", right: true }],
        flows(moved).map((flow) => [`${TIERS[flow.was]} → ${TIERS[flow.is]}`, LABELS[flow.label], thousands(flow.count)]),
        {},
      ),
      table(
        moved.length > shown ? `The first ${shown} of ${thousands(moved.length)} messages` : "All of them",
        [{ head: "Subject", row: true }, { head: "Kind" }, { head: "From → to" }, { head: "SCL", right: true }, { head: "Decided by" }, { head: "Date" }, { head: "Message" }],
        moved.slice(0, shown).map((one) => movedRow(to, one)),
        { class: "messages" },
      ),
    );
    if (moved.length > shown) {
      parts.push(el("button", { type: "button", onclick: () => { shown += 500; rerender(); } }, "Show more messages"));
    }
    parts.push(el("p", { class: "says" }, "Invisible characters and those that turn the direction of text are shown as �. The last column is the beginning of the message's digest."));
  }
  parts.push(el("p", { class: "provenance" }, provenance(to.run)));
  put("moved", ...parts);
}
