// The report of made-up mail: its numbers are those of `replay`, its scripts those of the
// program; it works by keyboard and stays inside its file.

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { after, before, test } from "node:test";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import {
  Watched, data, demo, dice, move, overTime, replayed, sameNumbers, sameSums, sclbenchJson, settings, shown,
} from "./bench.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SETTINGS = 56;

/** The rows of a CSV file without commas in its cells. */
function table(path) {
  const [head, ...rows] = readFileSync(path, "utf8").trim().split("\n").map((line) => line.split(","));
  return rows.map((row) => Object.fromEntries(head.map((name, at) => [name, row[at]])));
}

let made;
let run;
let watched;

before(async () => {
  made = demo("demo", 1200);
  [run] = data(made.report).runs;
  watched = await Watched.open();
});

after(async () => {
  await watched.close();
});

test("every slider setting gives exactly what replay gives", async () => {
  const page = await watched.page(made.report);
  const wanted = settings(run, dice(7), SETTINGS);
  const replays = await replayed(made.at, run, made.mail, wanted);
  for (const [at, setting] of wanted.entries()) {
    await move(page, setting);
    sameNumbers(await shown(page), replays[at], JSON.stringify(setting));
    assert.equal(run.choices[setting.choice].scans, replays[at].cost.content_scans);
    assert.equal(run.choices[setting.choice].questions, replays[at].cost.dns_questions);
  }
  assert.ok(new Set(wanted.map((s) => JSON.stringify(s))).size >= 50);
});

test("a slider alone moves its own number and the address", async () => {
  const page = await watched.page(made.report, "#a=0,9,7,off,4");
  const first = await shown(page);
  await page.fill("#a-reject", "3");
  const second = await shown(page);
  assert.ok(second["fp-reject-0"].count >= first["fp-reject-0"].count);
  assert.ok(second["fn-reject-0"].count < first["fn-reject-0"].count);
  assert.match(page.url(), /#a=0,9,3,off,4$/);
  const again = await watched.page(made.report, new URL(page.url()).hash);
  assert.deepEqual(await shown(again), second);
  // Going to another address in the same page works too.
  await again.evaluate(() => { location.hash = "#a=0,9,7,off,4"; });
  await again.waitForFunction((text) => document.querySelector("[data-key=fn-reject-0]").textContent === text, first["fn-reject-0"].text);
});

test("an address that makes no sense shows the start", async () => {
  for (const fragment of ["#a=9999,9,7,off,4", "#a=0,0,7,off,4", "#a=<script>", "#b=x&tier=no"]) {
    const page = await watched.page(made.report, fragment);
    const { start } = run;
    assert.equal(await page.inputValue("#a-order"), String(start.choice));
    assert.equal(await page.inputValue("#a-reject"), String(start.thresholds[1]));
    assert.equal(await page.locator("#b-order").count(), 0);
  }
});

test("every period of the time series adds up to what replay gives", async () => {
  const page = await watched.page(made.report);
  const wanted = settings(run, dice(23), 12);
  const replays = await replayed(made.at, run, made.mail, wanted);
  for (const [at, setting] of wanted.entries()) {
    await move(page, setting);
    sameSums(await overTime(page), replays[at], JSON.stringify(setting));
  }
  assert.equal(await page.locator("#time .update").count(), 0);
});

test("with definitions that change, each period is that of an independent count, and marked", async () => {
  const mail = ["mail/mail.parquet", "--world", "mail/world", "--policy", "policy.toml"];
  await sclbenchJson(made.at, "update", "plan", "mail/mail.parquet", "--cadence", "monthly", "-o", "feed", "--trainer", "fast");
  await sclbenchJson(made.at, "sweep", ...mail, "--updates", "feed", "-o", "in-time", "--orders", "default");
  const report = `${made.at}/in-time.html`;
  const { bytes } = await sclbenchJson(made.at, "report", "in-time", "-o", report);
  assert.ok(bytes < 3_000_000, `${bytes} bytes`);
  const [inTime] = data(report).runs;
  assert.ok(inTime.updates.length > 2, `${inTime.updates.length} definitions`);
  const page = await watched.page(report);
  const told = await overTime(page);
  const begins = [...new Set(told.map((cell) => cell.from))];
  const days = (begins[1] - begins[0]) / 86400;
  const { periods } = await sclbenchJson(made.at, "update", "compare", ...mail, "--updates", "feed=feed", "--period", String(days), "-o", "compared")
    .then(() => ({ periods: table(`${made.at}/compared/over-time.csv`) }));
  assert.equal(periods.length, told.length);
  for (const row of periods) {
    const cell = told.find((one) => one.key === `${row.measure}-${row.tier}-0` && one.from === Date.parse(row.from) / 1000);
    assert.ok(cell, JSON.stringify(row));
    assert.deepEqual([cell.count, cell.of], [Number(row.count), Number(row.of)], JSON.stringify(row));
  }
  const last = begins[begins.length - 1] + 86400 * days;
  const inside = inTime.updates.filter(({ at }) => at >= begins[0] && at <= last).length;
  assert.equal(await page.locator("#time .update").count(), 8 * inside);
  const titles = await page.locator("#time figure:first-child .update-sign title").allTextContents();
  assert.match(titles[0], /^definitions \S+ in use from \d{4}-\d\d-\d\d$/);
});

test("the picker of orders never cuts the name of the order in use", async () => {
  for (const width of [390, 900, 1180, 1280]) {
    const page = await watched.page(made.report, "", { viewport: { width, height: 800 } });
    for (const choice of run.choices.keys()) {
      await page.selectOption("#a-order", String(choice));
      const [text, room] = await page.evaluate(() => {
        const select = document.getElementById("a-order");
        const style = getComputedStyle(select);
        const pen = document.createElement("canvas").getContext("2d");
        pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
        const { width } = pen.measureText(select.selectedOptions[0].textContent);
        // The arrow and the padding.
        return [width, select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - 20];
      });
      assert.ok(text <= room, `order ${choice} at ${width}: ${text} of ${room}`);
      const listed = await page.locator("#a-order-changes li").count();
      assert.equal(listed, run.choices[choice].moves.length);
    }
    await page.context().close();
  }
});

test("the list of moved messages adds up", async () => {
  const page = await watched.page(made.report, "#a=0,5,4,off,2");
  const text = await page.textContent("#moved-count");
  const [good, spam] = /(\d[\d,]*) good and (\d[\d,]*) spam/.exec(text).slice(1).map((n) => Number(n.replace(/,/g, "")));
  assert.ok(spam > 25, text);
  while (await page.locator("#moved button").count()) await page.click("#moved button");
  const kinds = await page.locator("#moved table.messages tbody tr td:nth-child(2)").allTextContents();
  assert.equal(kinds.filter((kind) => kind === "good").length, good);
  assert.equal(kinds.filter((kind) => kind === "spam").length, spam);
  const flows = await page.locator("#moved table:not(.messages) td.number").allTextContents();
  assert.equal(flows.reduce((all, n) => all + Number(n.replace(/,/g, "")), 0), good + spam);
});

test("scripts are those of the program, letter by letter", async () => {
  const roll = dice(11);
  const tried = settings(run, roll, 6);
  tried.push({ choice: run.start.choice, thresholds: run.start.thresholds });
  for (const setting of tried) {
    const at = [setting.choice, ...setting.thresholds.map((value) => value ?? "off")].join(",");
    const page = await watched.page(made.report, `#a=${at}`);
    for (const kind of ["edge", "organization"]) {
      const { script } = await sclbenchJson(made.at, "report", "run", "--script", kind, "--at", at);
      await page.locator(`#script button:has(+ #${kind}-script)`).click();
      assert.equal(await page.evaluate(() => navigator.clipboard.readText()), script, at);
      assert.equal((await page.textContent(`#${kind}-script`)).trimEnd(), script.replace(/\r\n/g, "\n").trimEnd());
    }
  }
});

test("compare mode shows only what differs", async () => {
  const page = await watched.page(made.report, "#a=0,off,7,off,4&b=0,off,7,off,4");
  assert.equal(await page.locator("[data-key]").count(), 0);
  await page.fill("#b-junk", "9");
  const keys = Object.keys(await shown(page));
  assert.ok(keys.includes("fn-junk-0") && keys.includes("fn-junk-1"));
  assert.ok(!keys.some((key) => key.includes("delete") || key.includes("reject")));
  assert.match(page.url(), /#a=0,off,7,off,4&b=0,off,7,off,9$/);
});

test("everything can be done by keyboard", async () => {
  const page = await watched.page(made.report, "#a=0,off,7,off,4");
  const focus = () => page.evaluate(() => document.activeElement.id);
  const until = async (id) => {
    for (let step = 0; step < 60 && (await focus()) !== id; step += 1) await page.keyboard.press("Tab");
    assert.equal(await focus(), id);
  };
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the counts");
  await until("a-delete-on");
  await page.keyboard.press("Space");
  assert.equal(await focus(), "a-delete-on");
  await until("a-delete");
  const before = await page.inputValue("#a-delete");
  await page.keyboard.press("ArrowLeft");
  assert.equal(await focus(), "a-delete");
  assert.equal(Number(await page.inputValue("#a-delete")), Number(before) - 1);
  await page.keyboard.press("Home");
  assert.match(page.url(), /#a=0,1,7,off,4/);
  await until("a-order");
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.inputValue("#a-order"), "1");
  await until("a-start");
  await page.keyboard.press("Enter");
  assert.equal(await page.inputValue("#a-order"), String(run.start.choice));
  await until("compare");
  await page.keyboard.press("Space");
  assert.equal(await page.locator("#b-order").count(), 1);
  await until("tier");
  await page.keyboard.press("ArrowDown");
  assert.match(page.url(), /tier=quarantine/);
});

test("an accessibility checker finds nothing, in light and dark, at three widths", async () => {
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [390, 820, 1280]) {
      const options = { colorScheme, viewport: { width, height: 900 } };
      const fragment = width === 820 ? "#a=0,5,4,off,2&b=0,off,7,off,4" : "#a=0,5,7,6,2";
      const page = await watched.page(made.report, fragment, options);
      await page.evaluate(() => document.querySelectorAll("details").forEach((node) => { node.open = true; }));
      await page.evaluate(AXE);
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes[0].html} ${nodes[0].failureSummary}`);
      assert.deepEqual(found, [], `${colorScheme} ${width}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `scrolls sideways at ${width}`);
      await page.context().close();
    }
  }
});

test("every figure says what it was measured on, and the file is small", async () => {
  const page = await watched.page(made.report);
  const captions = await page.locator("figcaption, .provenance").allTextContents();
  assert.ok(captions.length >= 12);
  for (const caption of captions) {
    assert.match(caption, /[\d,]+ good and [\d,]+ spam messages · .*tune\.parquet · sclbench fast · mail of \d{4}-\d\d-\d\d to .* · sclbench sweep /);
  }
  const unnamed = await page.locator("svg:not([aria-label])").count();
  assert.equal(unnamed, 0);
  assert.ok(statSync(made.report).size < 3_000_000);
});

test("two runs are compared message by message", async () => {
  const report = `${made.at}/two.html`;
  await sclbenchJson(made.at, "sweep", ...made.mail, "-o", "plain");
  await sclbenchJson(made.at, "report", "run", "--compare", "plain", "-o", report, "--no-subjects");
  const page = await watched.page(report);
  assert.equal(await page.inputValue("#b-run"), "1");
  assert.match(await page.textContent("#moved-count"), /From setting A to setting B/);
  assert.equal(await page.locator("bdi.subject").count(), 0);
  await page.selectOption("#b-run", "0");
  assert.match(page.url(), /#a=0:.*&b=0:/);
});
