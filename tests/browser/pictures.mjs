// Regenerates the pictures of the report in the documentation.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT, Watched, demo } from "./bench.mjs";

const { report } = demo("pictures", 6000);
const watched = await Watched.open();
const pictures = join(ROOT, "docs/pictures");
mkdirSync(pictures, { recursive: true });
const shots = [
  ["report-light", { colorScheme: "light", viewport: { width: 1180, height: 820 } }],
  ["report-phone-dark", { colorScheme: "dark", viewport: { width: 390, height: 780 } }],
];
for (const [name, options] of shots) {
  const page = await watched.page(report, "#a=0,9,7,6,4", options);
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}
await watched.close();
