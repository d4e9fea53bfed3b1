// The report of real mail, where the corpus is at hand.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT, Watched, data, dice, folder, policyFile, sameNumbers, sclbench, sclbenchJson, shown } from "./bench.mjs";

const ARCHIVE = join(ROOT, "../shared/corpora/spamassassin.tar.gz");

test("the report of the SpamAssassin corpus counts as replay does", async (t) => {
  if (!existsSync(ARCHIVE)) {
    t.skip("the SpamAssassin corpus is not here");
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
  sclbench(at, "sweep", ...source, "-o", "run");
  sclbench(at, "report", "run", "-o", "report.html");
  const report = join(at, "report.html");
  assert.ok(statSync(report).size < 3_000_000);
  const [run] = data(report).runs;
  const watched = await Watched.open();
  const roll = dice(3);
  for (let number = 0; number < 6; number += 1) {
    const value = (from) => (roll(4) === 0 ? null : from + roll(10 - from));
    const setting = { choice: roll(run.choices.length), thresholds: [value(1), value(1), value(1), value(0)] };
    const policy = policyFile(at, run, setting, "policy.toml");
    const replay = await sclbenchJson(at, "replay", ...source, "--policy", policy, "-o", "replay", "--no-charts");
    const fragment = [setting.choice, ...setting.thresholds.map((v) => v ?? "off")].join(",");
    const page = await watched.page(report, `#a=${fragment}`);
    sameNumbers(await shown(page), replay, fragment);
    await page.context().close();
  }
  await watched.close();
});
