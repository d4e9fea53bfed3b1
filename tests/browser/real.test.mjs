// The report of real mail, where the corpus is at hand.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  ROOT, Watched, data, dice, folder, move, overTime, replayed, sameNumbers, sameSums, sclbench, settings, shown,
} from "./bench.mjs";

const ARCHIVE = join(ROOT, "../shared/corpora/spamassassin.tar.gz");
const SETTINGS = 56;

// Rules, so that orders differ: before the content filter they spare mail, behind it they see
// its rating.
const POLICY = `
[[rules]]
name = "Lists"
conditions = { subject-contains-words = ["Re"] }
actions = { set-scl = -1 }

[[rules]]
name = "Rated mail"
conditions = { scl-over = 5 }
actions = { quarantine = true }
`;

test("the report of the SpamAssassin corpus counts as replay does", async (t) => {
  if (!existsSync(ARCHIVE)) {
    const why = `skipped: no SpamAssassin corpus at ${ARCHIVE}`;
    console.log(why);
    t.skip(why);
    return;
  }
  const at = folder("real");
  execFileSync("tar", ["xzf", ARCHIVE], { cwd: at });
  const found = execFileSync("find", [".", "-type", "d", "-name", "ham"], { cwd: at, encoding: "utf8" }).split("\n")[0];
  const mail = found.replace(/\/ham$/, "");
  sclbench(at, "corpus", "pack", `ham:${mail}/ham`, `spam:${mail}/spam`, "-o", "mail.parquet");
  sclbench(at, "corpus", "split", "mail.parquet", "-o", "parts");
  sclbench(at, "train", "parts/train.parquet", "-o", "filter.model", "--trainer", "fast");
  const source = ["parts/tune.parquet", "--model", "filter.model"];
  writeFileSync(join(at, "start.toml"), POLICY);
  sclbench(at, "sweep", ...source, "--policy", "start.toml", "-o", "run");
  sclbench(at, "report", "run", "-o", "report.html");
  const report = join(at, "report.html");
  assert.ok(statSync(report).size < 3_000_000);
  const [run] = data(report).runs;
  const wanted = settings(run, dice(3), SETTINGS);
  const replays = await replayed(at, run, source, wanted);
  const watched = await Watched.open();
  const page = await watched.page(report);
  for (const [number, setting] of wanted.entries()) {
    await move(page, setting);
    sameNumbers(await shown(page), replays[number], JSON.stringify(setting));
    sameSums(await overTime(page), replays[number], JSON.stringify(setting));
  }
  await watched.close();
  assert.ok(new Set(wanted.map((s) => JSON.stringify(s))).size >= 50);
  // Every order that this mail can tell apart; the demonstration's report has many more.
  const orders = new Set(wanted.map((s) => s.choice)).size;
  assert.ok(orders > 1 && orders === run.choices.length, `${orders} of ${run.choices.length} orders`);
});
