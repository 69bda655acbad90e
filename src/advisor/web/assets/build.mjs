// Builds the pages' styles and scripts. Run in the folder where npm installed the packages:
//   node …/assets/build.mjs SOURCE TARGET
// TARGET gets styles.css, the pictures it refers to, the scripts, our own pictures, the web component for pages of other sites with
// its style in one script, and manifest.json (name to content hash).
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(join(process.cwd(), "package.json"));
const sass = require("sass");
const [source, final] = process.argv.slice(2).map((path) => path.replace(/\/$/, ""));
const target = `${final}.${process.pid}`; // what is there stays until all of the new is
const uswds = join("node_modules", "@uswds", "uswds");
const hash = (content) => createHash("sha256").update(content).digest("hex").slice(0, 16);

const { css } = sass.compile(join(source, "styles.scss"), {
  style: "compressed",
  loadPaths: [join(uswds, "packages")],
  quietDeps: true,
});
mkdirSync(target, { recursive: true });
const pictures = new Set();
const styles = css.replaceAll(/url\("?(img\/[^")]+)"?\)/g, (_, path) => {
  const from = join(uswds, "dist", path);
  const to = join(target, path);
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
  pictures.add(path);
  return `url("${path}?v=${hash(readFileSync(from))}")`;
});
if (/url\("?(?!img\/)[^")]/.test(styles)) throw new Error("the styles refer to a file that is not copied");
writeFileSync(join(target, "styles.css"), styles);

cpSync(join("node_modules", "htmx.org", "dist", "htmx.min.js"), join(target, "htmx.min.js"));
const own = [];
for (const folder of ["scripts", "pictures"]) {
  for (const name of readdirSync(join(source, folder))) {
    cpSync(join(source, folder, name), join(target, name));
    own.push(name);
  }
}

const component = "embed/partnership-advisor.js";
const PARTS = ["elements", "connection", "interview", "views", "partnership-advisor"];
const style = sass.compile(join(source, "component", "component.scss"), { style: "compressed" }).css;
// Without comments and indentation: nothing else in these files begins a line with either.
const bare = (text) => text.replaceAll(/^ *(\/\/.*|\/\*\* .* \*\/)?/gm, "").replaceAll(/\n\n+/g, "\n");
const parts = PARTS.map((name) => bare(readFileSync(join(source, "component", `${name}.js`), "utf8")));
mkdirSync(join(target, "embed"));
writeFileSync(
  join(target, component),
  `(() => {
"use strict";
const OWN = document.currentScript?.src.replace(/\\/static\\/embed\\/[^/]*$/, "");
const sheet = new CSSStyleSheet();
sheet.replaceSync(${JSON.stringify(style)});
${parts.join("")}})();
`,
);

const names = ["htmx.min.js", "styles.css", component, ...own, ...pictures].sort();
const manifest = Object.fromEntries(names.map((name) => [name, hash(readFileSync(join(target, name)))]));
writeFileSync(join(target, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
rmSync(final, { recursive: true, force: true });
renameSync(target, final);
