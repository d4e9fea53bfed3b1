// The data of the page: unpacked once, then looked up.

const TIERS = ["inbox", "junk", "quarantine", "reject", "delete"];
const DONE = ["in the inbox", "junked", "quarantined", "rejected", "deleted"];
const LABELS = ["good", "spam"];
const AXES = ["delete", "reject", "quarantine", "junk"];
/** Tier that each axis acts at. */
const TIER_OF_AXIS = [4, 3, 2, 1];

async function unpack() {
  const letters = document.getElementById("data").textContent.trim();
  const bytes = Uint8Array.from(atob(letters), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const page = await new Response(stream).json();
  page.runs.forEach(prepare);
  return page;
}

/** Index of the stretch that holds `at`; stretches are `step` numbers, the first of which is
 * where the stretch begins. */
function stretch(list, step, at) {
  let low = 0;
  let high = list.length / step;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (list[middle * step] <= at) low = middle;
    else high = middle;
  }
  return low * step;
}

function prepare(run, number) {
  run.number = number;
  run.histograms = new Map();
  let time = 0;
  run.cases.times = run.cases.times.map((step) => (time += step));
  run.cases.index = new Map(run.cases.ids.map((id, at) => [id, at]));
}

/** Number of a threshold setting. */
function settingNumber(run, thresholds) {
  return AXES.reduce(
    (number, axis, at) => number * run.axes[axis].length + run.axes[axis].indexOf(thresholds[at]),
    0,
  );
}

/** Whether the run can tell what a setting does. */
function knows(run, setting) {
  const choice = run.choices[setting.choice];
  return Boolean(choice) && AXES.every((axis, at) => run.axes[axis].includes(setting.thresholds[at]));
}

/** Fate of a journey under a choice. */
function fateOf(run, journey, choice) {
  const stretches = run.journeys.stretches[journey];
  return stretches[stretch(stretches, 2, run.choices[choice].outcome) + 1];
}

/** Where a fate ends: tier and cause. */
function endOf(run, fate, number) {
  const { runs } = run.fates[fate];
  const at = stretch(runs, 3, number);
  return { tier: runs[at + 1], cause: runs[at + 2] };
}

/** Tier of a message of an SCL that meets the plain thresholds. */
function tierOfLevel(run, level, number) {
  const list = run.levels[level];
  return list[stretch(list, 2, number) + 1];
}

/** Good messages and spam per fate under the outcome of a choice. */
function histogram(run, choice) {
  const { outcome } = run.choices[choice];
  if (!run.histograms.has(outcome)) {
    const counts = new Map();
    run.cases.journeys.forEach((journey, at) => {
      const fate = fateOf(run, journey, choice);
      if (!counts.has(fate)) counts.set(fate, [0, 0]);
      counts.get(fate)[run.cases.labels[at]] += 1;
    });
    run.histograms.set(outcome, counts);
  }
  return run.histograms.get(outcome);
}
