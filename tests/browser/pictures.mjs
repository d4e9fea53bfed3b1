// Regenerates the pictures of the documentation and the page that shows them, from the run
// of `sclbench demo` as a user gets it.

import { copyFileSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import assert from "node:assert/strict";
import { ROOT, Watched, folder, sclbench } from "./bench.mjs";

const AT = "#a=0,9,7,6,4";
const WIDTHS = [
  ["desktop", "a desktop, 1180 by 820", { width: 1180, height: 820 }],
  ["tablet", "a tablet, 820 by 1080", { width: 820, height: 1080 }],
  ["phone", "a phone, 390 by 780", { width: 390, height: 780 }],
];
const SIZES = [
  ["", "on a screen, 900 by 560"],
  ["-column", "in a column of a paper, 86 mm wide"],
  ["-slide", "on a slide of 16:9"],
];
const CHARTS = [
  ["holdout-tier-rates", "holdout/charts/tier-rates", "Error rates at each action tier on the hold-out mail, before and after, with 95 % intervals"],
  ["threshold-steps", "charts/threshold-steps", "What each threshold costs in good mail and lets through in spam"],
  ["scl-histogram", "charts/scl-histogram", "Good mail and spam by SCL, with the thresholds"],
  ["det", "charts/det", "Detection error trade-off of the content filter"],
  ["order-map", "charts/order-map", "Which orders of the agents end mail differently"],
  ["update-cadence", "../../compared/charts/update-cadence", "`update compare`: errors over time by habit of updating definitions"],
  ["backtest", "../../back/charts/backtest", "`backtest`: what a tuning promised, and what the next period delivered"],
];
const LIMIT = 3_500_000;

const at = folder("pictures");
sclbench(at, "demo", "-o", "sclbench-demo", "--size", "screen,column,slide");
sclbench(at, "report", "sclbench-demo/run", "-o", "report.html");

const demo = ["sclbench-demo/mail.parquet", "--world", "sclbench-demo/world", "--policy", "sclbench-demo/policy.toml"];
const sizes = ["--size", "screen,column,slide"];
for (const cadence of ["monthly", "never"]) {
  sclbench(at, "update", "plan", demo[0], "--cadence", cadence, "-o", `feeds/${cadence}`, "--trainer", "fast");
}
sclbench(at, "update", "compare", ...demo, "--updates", "monthly=feeds/monthly", "--updates", "never=feeds/never", "-o", "compared", ...sizes);
sclbench(at, "backtest", ...demo, "--goal", "sclbench-demo/sclbench.toml", "--trainer", "fast", "--orders", "default", "--feedback", "immediate,on-error", "-o", "back", ...sizes);

const pictures = join(ROOT, "docs/pictures");
rmSync(pictures, { recursive: true, force: true });
mkdirSync(pictures, { recursive: true });
const page = [
  "# Gallery",
  "",
  "What the report and the charts look like, from the run of `sclbench demo`.",
  "`tests/browser/run.sh pictures` makes this page and every picture on it.",
  "",
  "## The report",
  "",
  "`sclbench report sclbench-demo/run -o report.html`, at delete 9, reject 7, quarantine 6 and junk 4.",
];
const watched = await Watched.open();
for (const [name, device, viewport] of WIDTHS) {
  page.push("", `On ${device}, light and dark:`, "");
  for (const colorScheme of ["light", "dark"]) {
    const shot = await watched.page(join(at, "report.html"), AT, { colorScheme, viewport });
    const file = `report-${name}-${colorScheme}.png`;
    await shot.screenshot({ path: join(pictures, file) });
    await shot.close();
    page.push(`![The report on ${device}, ${colorScheme}](pictures/${file})`);
  }
}
sclbench(at, "sweep", ...demo, "--updates", "feeds/monthly", "--orders", "default", "-o", "in-time", "--quiet");
sclbench(at, "report", "in-time", "-o", "in-time.html");
page.push(
  "", "Of a sweep with `--updates feeds/monthly`, errors over time with the definitions installed, light and dark:", "",
);
for (const colorScheme of ["light", "dark"]) {
  const shot = await watched.page(join(at, "in-time.html"), AT, { colorScheme, viewport: WIDTHS[0][2] });
  await shot.evaluate(() => document.getElementById("time").scrollIntoView({ behavior: "instant" }));
  const file = `report-over-time-${colorScheme}.png`;
  await shot.screenshot({ path: join(pictures, file) });
  await shot.close();
  page.push(`![Errors over time, ${colorScheme}](pictures/${file})`);
}
await watched.close();
page.push(
  "", "## The charts", "",
  "Each is written as SVG and PNG into `charts/` of the run folder.",
  "`--size screen,column,slide` draws it once for each place where it will be looked at: letters keep their size, the layout changes.",
);
for (const [name, path, what] of CHARTS) {
  page.push("", `${what}: \`${path.replace("../../", "")}.svg\`, \`${path.replace("../../", "")}.png\`; \`-column\` and \`-slide\` before the ending for the other sizes.`, "");
  for (const [size, where] of SIZES) {
    // One as pixels, so that both formats are seen; the others are smaller as lines.
    const ending = size === "" && !path.startsWith("..") ? "png" : "svg";
    copyFileSync(join(at, "sclbench-demo/run", `${path}${size}.${ending}`), join(pictures, `${name}${size}.${ending}`));
    page.push(`![${what}, ${where}](pictures/${name}${size}.${ending})`);
  }
}
writeFileSync(join(ROOT, "docs/gallery.md"), `${page.join("\n")}\n`);

const weights = readdirSync(pictures).map((file) => statSync(join(pictures, file)).size);
const total = weights.reduce((all, size) => all + size, 0);
assert.ok(total < LIMIT, `the pictures have ${total} bytes, more than ${LIMIT}`);
