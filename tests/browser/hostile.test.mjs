// Mail that tries to get out of the list: markup, text direction, control characters.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Watched, folder, sclbench } from "./bench.mjs";

const SUBJECTS = [
  "<script>window.hit = 1</script>",
  "</script><script>window.hit = 2</script><!--",
  "<img src=x onerror=window.hit=3> {{script}} ${window.hit=4}",
  "invoice \u202Egpj.exe\u202C paid",
  "bell \u0007 escape \u001B[31m red \u0000 nul \u2066isolate \u200B zero",
  "javascript:window.hit=5 \" onmouseover=window.hit=6 x=\"",
];

let report;
let watched;

function letter(label, number, subject) {
  const encoded = `=?utf-8?B?${Buffer.from(subject).toString("base64")}?=`;
  return [
    `Received: from mx.${label}.example (mx.${label}.example [203.0.113.${7 + number}]) by mail.corp.example; Tue, ${String(1 + number).padStart(2, "0")} Apr 2025 10:00:00 +0000`,
    `From: <a${number}@${label}.example>`, "To: <u@corp.example>", `Subject: ${encoded}`,
    `Date: Tue, ${String(1 + number).padStart(2, "0")} Apr 2025 10:00:00 +0000`,
    `Message-ID: <${label}${number}@x.example>`, "", `needle ${label} ${number}`, "",
  ].join("\r\n");
}

before(async () => {
  const at = folder("hostile");
  // The name of the corpus stands in every caption.
  const name = "<img src=x onerror=window.hit=7>";
  for (const label of ["ham", "spam"]) {
    const mail = join(at, name, label);
    mkdirSync(mail, { recursive: true });
    SUBJECTS.forEach((subject, number) => writeFileSync(join(mail, `${number}.eml`), letter(label, number, subject)));
  }
  // A phrase rates every message 9, which the start rejects and `#a=0,off,off,off,4` junks.
  writeFileSync(join(at, "policy.toml"), '[content-filter]\nphrases = [{ phrase = "needle", influence = "BadWord" }]\n');
  sclbench(at, "sweep", `ham:${name}/ham`, `spam:${name}/spam`, "--policy", "policy.toml", "-o", "run");
  sclbench(at, "report", "run", "-o", "report.html");
  report = join(at, "report.html");
  watched = await Watched.open();
});

after(async () => {
  await watched.close();
});

test("subjects are shown as text and do nothing", async () => {
  const page = await watched.page(report, "#a=0,off,off,off,4");
  const subjects = await page.locator("bdi.subject").allTextContents();
  assert.equal(subjects.length, 2 * SUBJECTS.length);
  assert.ok(subjects.includes("<script>window.hit = 1</script>"));
  assert.ok(subjects.some((subject) => subject.includes("<img src=x onerror=")));
  for (const node of await page.locator("bdi.subject").all()) await node.hover();
  assert.equal(await page.evaluate(() => window.hit), undefined);
  assert.equal(await page.locator("script").count(), 2);
  assert.equal(await page.locator("img, iframe, object, embed, link").count(), 0);
});

test("invisible and direction-turning characters are replaced", async () => {
  const page = await watched.page(report, "#a=0,off,off,off,4");
  const text = await page.evaluate(() => document.body.textContent);
  // eslint-disable-next-line no-control-regex
  const bad = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/;
  const scripts = await page.evaluate(() => [...document.scripts].map((s) => s.textContent).join(""));
  const shown = text.replace(scripts, "");
  assert.ok(!bad.test(shown), JSON.stringify(bad.exec(shown)));
  const subjects = await page.locator("bdi.subject").allTextContents();
  assert.ok(subjects.includes("invoice \uFFFDgpj.exe\uFFFD paid"), JSON.stringify(subjects));
});

test("nothing of a message stands in the file as markup", () => {
  const html = readFileSync(report, "utf8");
  assert.ok(!html.includes("window.hit"));
});
