// What a setting does, counted exactly.

/** Counts of one setting: `tiers[label][tier]`, by cause, and by SCL. */
function count(run, setting) {
  const number = settingNumber(run, setting.thresholds);
  const tiers = [[0, 0, 0, 0, 0], [0, 0, 0, 0, 0]];
  const decided = new Map();
  // levels[scl + 1][tier][label]; the last row is mail that nobody rated.
  const levels = Array.from({ length: 12 }, () => TIERS.map(() => [0, 0]));
  for (const [fate, counts] of histogram(run, setting.choice)) {
    const { tier, cause } = endOf(run, fate, number);
    const { scl } = run.fates[fate];
    const key = cause * 5 + tier;
    if (!decided.has(key)) decided.set(key, { cause, tier, counts: [0, 0] });
    for (const label of [0, 1]) {
      tiers[label][tier] += counts[label];
      decided.get(key).counts[label] += counts[label];
      levels[scl === null ? 11 : scl + 1][tier][label] += counts[label];
    }
  }
  return { run, setting, number, tiers, decided: [...decided.values()], levels };
}

/** Messages of a label that ended at a tier or harsher. */
function harsher(counts, label, tier) {
  return counts.tiers[label].slice(tier).reduce((all, one) => all + one, 0);
}

function total(counts, label) {
  return harsher(counts, label, 0);
}

/** Good messages that ended at a tier or harsher. */
function falsePositives(counts, tier) {
  return rate(harsher(counts, 0, tier), total(counts, 0));
}

/** Spam that ended milder than a tier. */
function falseNegatives(counts, tier) {
  const all = total(counts, 1);
  return rate(all - harsher(counts, 1, tier), all);
}

/** The same setting with one threshold changed. */
function withThreshold(setting, axis, value) {
  const thresholds = [...setting.thresholds];
  thresholds[axis] = value;
  return { ...setting, thresholds };
}

/** Every message that ends elsewhere under `to` than under `from`, good mail and the harshest
 * first. Messages that only one of two runs holds are counted in `alone`. */
function movedMessages(from, to) {
  const moved = [];
  let alone = 0;
  const { cases } = to.run;
  cases.journeys.forEach((journey, at) => {
    const before = from.run === to.run ? at : from.run.cases.index.get(cases.ids[at]);
    if (before === undefined) {
      alone += 1;
      return;
    }
    const old = fateOf(from.run, from.run.cases.journeys[before], from.setting.choice);
    const fate = fateOf(to.run, journey, to.setting.choice);
    const was = endOf(from.run, old, from.number);
    const is = endOf(to.run, fate, to.number);
    if (was.tier === is.tier) return;
    moved.push({ at, label: cases.labels[at], was, is, scl: to.run.fates[fate].scl });
  });
  moved.sort((a, b) => a.label - b.label || b.is.tier - a.is.tier || b.was.tier - a.was.tier || a.at - b.at);
  if (from.run !== to.run) {
    alone += from.run.cases.ids.filter((id) => !cases.index.has(id)).length;
  }
  return { moved, alone };
}

/** How many good messages and how much spam end elsewhere under another choice. */
function movedBetween(counts, choice) {
  const { run, number, setting } = counts;
  const found = [0, 0];
  if (run.choices[choice].outcome === run.choices[setting.choice].outcome) return found;
  run.cases.journeys.forEach((journey, at) => {
    const here = endOf(run, fateOf(run, journey, setting.choice), number).tier;
    const there = endOf(run, fateOf(run, journey, choice), number).tier;
    if (here !== there) found[run.cases.labels[at]] += 1;
  });
  return found;
}
