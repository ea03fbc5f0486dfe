// Builds a tree with @openzeppelin/merkle-tree from rows of JSON on standard input, takes every proof, and says how long.
const { readFileSync } = require("node:fs");
const { StandardMerkleTree } = require("@openzeppelin/merkle-tree");

const rows = JSON.parse(readFileSync(0, "utf8"));
const begun = process.hrtime.bigint();
const tree = StandardMerkleTree.of(rows, ["address", "uint256", "address", "uint256"]);
const built = process.hrtime.bigint();
let nodes = 0;
for (const [i] of tree.entries()) nodes += tree.getProof(i).length;
const proved = process.hrtime.bigint();
console.log(
  JSON.stringify({
    root: tree.root,
    nodes,
    buildSeconds: Number(built - begun) / 1e9,
    proofSeconds: Number(proved - built) / 1e9,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  }),
);
