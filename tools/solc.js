#!/usr/bin/env node
// The command-line compiler that py-solc-x expects, around npm's solc (WebAssembly), so that nothing is downloaded.
// Speaks --version and --standard-json (standard input to standard output), which is all that Brownie asks for.
"use strict";
const fs = require("fs");
const path = require("path");

const root = path.resolve(path.dirname(fs.realpathSync(__filename)), "..");
const modules = path.join(root, "node_modules");
const args = process.argv.slice(2);

// solc's loader installs an uncaughtException handler of its own; take it off again, so that our errors stay readable.
function loadCompiler() {
  const before = new Set(process.listeners("uncaughtException"));
  const compiler = require(path.join(modules, "solc"));
  for (const listener of process.listeners("uncaughtException")) {
    if (!before.has(listener)) process.removeListener("uncaughtException", listener);
  }
  return compiler;
}

// Loading the compiler takes 0.4 s and py-solc-x asks for the version at every start: remember it.
function version() {
  const pin = require(path.join(modules, "solc/package.json")).version;
  const cache = path.join(modules, ".cache", `solc-version-${pin}`);
  try {
    return fs.readFileSync(cache, "utf8");
  } catch {
    const found = loadCompiler().version();
    fs.mkdirSync(path.dirname(cache), { recursive: true });
    fs.writeFileSync(cache, found);
    return found;
  }
}

function importFrom(base) {
  return (name) => {
    try {
      return { contents: fs.readFileSync(path.resolve(base, name), "utf8") };
    } catch (error) {
      return { error: String(error) };
    }
  };
}

if (args.includes("--version")) {
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${version()}\n`);
} else if (args.includes("--standard-json")) {
  const at = args.indexOf("--base-path");
  const base = at >= 0 ? args[at + 1] : process.cwd();
  process.stdout.write(loadCompiler().compile(fs.readFileSync(0, "utf8"), { import: importFrom(base) }));
} else {
  process.stderr.write("tools/solc.js understands --version and --standard-json only\n");
  process.exitCode = 1;
}
