// What the tests share: the program, folders to work in, a browser that must stay inside its
// page.

import { execFile, execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { inflateSync } from "node:zlib";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

export const ROOT = process.env.SCLBENCH_ROOT ?? resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const PROGRAM = process.env.SCLBENCH ?? join(ROOT, "target/debug/sclbench");
const WORK = join(ROOT, "target/browser");
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** An empty folder of this name. */
export function folder(name) {
  const path = join(WORK, name);
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
  return path;
}

/** Runs the program; gives what it prints. */
export function sclbench(cwd, ...words) {
  return execFileSync(PROGRAM, words, { cwd, encoding: "utf8", maxBuffer: 1 << 28 });
}

/** Runs the program beside others; gives its JSON. */
export async function sclbenchJson(cwd, ...words) {
  const options = { cwd, encoding: "utf8", maxBuffer: 1 << 28 };
  const { stdout } = await promisify(execFile)(PROGRAM, ["--json", ...words], options);
  return JSON.parse(stdout);
}

/** Made-up mail, swept step by step, with the report of the sweep. */
export function demo(name, messages) {
  const at = folder(name);
  const corpora = join(ROOT, "corpora/demo");
  for (const file of ["demo.toml", "policy.toml"]) copyFileSync(join(corpora, file), join(at, file));
  sclbench(at, "corpus", "generate", "demo.toml", "-o", "mail", "--messages", String(messages));
  sclbench(at, "corpus", "split", "mail/mail.parquet", "-o", "parts");
  sclbench(at, "train", "parts/train.parquet", "-o", "filter.model", "--trainer", "fast");
  const mail = ["parts/tune.parquet", "--world", "mail/world", "--model", "filter.model"];
  sclbench(at, "sweep", ...mail, "--policy", "policy.toml", "-o", "run");
  sclbench(at, "report", "run", "-o", "report.html");
  return { at, mail, report: join(at, "report.html") };
}

/** The data of a report. */
export function data(report) {
  const found = /type="application\/octet-stream">([^<]*)</.exec(readFileSync(report, "utf8"));
  return JSON.parse(inflateSync(Buffer.from(found[1], "base64")));
}

/** The policy of a sweep with another order and other thresholds, as a file. */
export function policyFile(at, run, setting, name) {
  const names = ["delete", "reject", "quarantine", "junk"];
  let text = readFileSync(join(at, "run/policy.toml"), "utf8");
  const set = (key, value) => {
    const line = new RegExp(`^${key} = .*$`, "m");
    assert.match(text, line);
    text = text.replace(line, `${key} = ${value}`);
  };
  names.forEach((tier, axis) => {
    const value = setting.thresholds[axis];
    set(`scl-${tier}-enabled`, value !== null);
    if (value !== null) set(`scl-${tier}-threshold`, value);
  });
  const agents = run.choices[setting.choice].order.map(
    (agent, place) => `{ name = "${run.agents[agent]}", priority = ${place + 1}, enabled = true }`,
  );
  set("agents", `[${agents.join(", ")}]`);
  const path = join(at, name);
  writeFileSync(path, text);
  return path;
}

/** A browser whose pages may load nothing but the report, with all that goes wrong in them. */
export class Watched {
  static async open() {
    const executablePath = CHROMIUM.find(existsSync);
    assert.ok(executablePath, "no Chromium is installed");
    const args = [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];
    const watched = new Watched();
    watched.browser = await chromium.launch({ executablePath, args });
    watched.faults = [];
    return watched;
  }

  /** A page with a report. */
  async page(report, fragment = "", options = {}) {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const page = await context.newPage();
    const own = pathToFileURL(report).href;
    page.on("console", (message) => this.faults.push(`console: ${message.text()}`));
    page.on("pageerror", (error) => this.faults.push(`error: ${error.message}`));
    page.on("dialog", (dialog) => this.faults.push(`dialog: ${dialog.message()}`));
    page.on("request", (request) => {
      if (request.url().split("#")[0] !== own) this.faults.push(`request: ${request.url()}`);
    });
    await page.goto(own + fragment);
    await page.waitForFunction(() => document.documentElement.dataset.ready === "yes");
    return page;
  }

  async close() {
    await this.browser.close();
    assert.deepEqual(this.faults, []);
  }
}

/** The numbers that a page shows, by their keys. */
export function shown(page) {
  return page.evaluate(() => Object.fromEntries(
    [...document.querySelectorAll("[data-key]")].map((node) => [node.dataset.key, {
      count: Number(node.dataset.count), low: Number(node.dataset.low), high: Number(node.dataset.high),
      text: node.textContent,
    }]),
  ));
}

/** Holds what a page shows against what a replay gave. */
export function sameNumbers(page, replay, what) {
  const thousands = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
  for (const row of replay.tiers) {
    assert.equal(page[`good-${row.tier}-0`].count, row.ham, `${what}: good at ${row.tier}`);
    assert.equal(page[`spam-${row.tier}-0`].count, row.spam, `${what}: spam at ${row.tier}`);
    assert.equal(page[`good-${row.tier}-0`].text, thousands(row.ham));
    for (const errors of ["fp", "fn"]) {
      const cell = page[`${errors}-${row.tier}-0`];
      const truth = row[errors];
      assert.equal(cell.count, truth.count, `${what}: ${errors} at ${row.tier}`);
      assert.ok(cell.text.startsWith(`${thousands(truth.count)} = `), cell.text);
      for (const end of ["low", "high"]) {
        const off = Math.abs(cell[end] - truth[end]);
        assert.ok(off <= 1e-9 + 1e-7 * truth[end], `${what}: ${errors} ${end} at ${row.tier}: ${cell[end]} ${truth[end]}`);
      }
    }
  }
  const ended = ["good", "spam"].map((label) => page[`${label}-inbox-0`].count);
  const stopped = (label) => replay.tiers.reduce((all, row) => all + row[label], 0);
  assert.deepEqual(ended, [replay.ham - stopped("ham"), replay.spam - stopped("spam")], what);
}

/** The cells of the time series. */
export function overTime(page) {
  return page.evaluate(() => [...document.querySelectorAll("[data-time]")].map((node) => ({
    key: node.dataset.time, count: Number(node.dataset.count), of: Number(node.dataset.of), from: Number(node.dataset.from),
  })));
}

/** Holds the sums over all periods against what a replay gave. */
export function sameSums(told, replay, what) {
  for (const row of replay.tiers) {
    for (const errors of ["fp", "fn"]) {
      const cells = told.filter((cell) => cell.key === `${errors}-${row.tier}-0`);
      assert.ok(cells.length > 3, `${cells.length} periods`);
      const sum = (key) => cells.reduce((all, cell) => all + cell[key], 0);
      assert.equal(sum("count"), row[errors].count, `${what}: ${errors} at ${row.tier} over time`);
      assert.equal(sum("of"), errors === "fp" ? replay.ham : replay.spam, `${what}: mail over time`);
    }
  }
}

/** Numbers that look random and are the same every time. */
export function dice(seed) {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

/** Moves the controls of a page to a setting, as a person would. */
export async function move(page, setting) {
  await page.selectOption("#a-order", String(setting.choice));
  for (const [axis, tier] of ["delete", "reject", "quarantine", "junk"].entries()) {
    const value = setting.thresholds[axis];
    await page.setChecked(`#a-${tier}-on`, value !== null);
    if (value !== null) await page.fill(`#a-${tier}`, String(value));
  }
}

/** Settings at random; half of them keep the order, so that thresholds alone are tried too. */
export function settings(run, roll, count) {
  const value = (from) => (roll(4) === 0 ? null : from + roll(10 - from));
  return Array.from({ length: count }, (_, at) => ({
    choice: at % 2 === 0 ? run.start.choice : roll(run.choices.length),
    thresholds: [value(1), value(1), value(1), value(0)],
  }));
}

/** What `replay` gives for each setting, two at a time. */
export async function replayed(at, run, source, wanted) {
  const queue = wanted.entries();
  const replays = [];
  const worker = async () => {
    for (const [number, setting] of queue) {
      const policy = policyFile(at, run, setting, `policy-${number}.toml`);
      const out = `replay-${number}`;
      replays[number] = await sclbenchJson(at, "replay", ...source, "--policy", policy, "-o", out, "--no-charts");
    }
  };
  await Promise.all([worker(), worker()]);
  return replays;
}
