// Answers, one JSON line for one JSON line, what @openzeppelin/merkle-tree makes of a request.
const readline = require("node:readline");
const { StandardMerkleTree } = require("@openzeppelin/merkle-tree");

const answers = {
  build({ values, types, sortLeaves, chosen }) {
    const tree = StandardMerkleTree.of(values, types, { sortLeaves });
    return {
      root: tree.root,
      dump: JSON.stringify(tree.dump()),
      proofs: values.map((_, i) => tree.getProof(i)),
      multi: chosen.map((indices) => tree.getMultiProof(indices)),
      render: tree.render(),
    };
  },
  load({ dump, multi, proofs }) {
    const tree = StandardMerkleTree.load(JSON.parse(dump));
    tree.validate();
    return {
      root: tree.root,
      proofs: proofs.map((proof, i) => StandardMerkleTree.verify(tree.root, dump && JSON.parse(dump).leafEncoding, tree.at(i), proof)),
      multi: multi.map((proof) => tree.verifyMultiProof(proof)),
      lookups: [...tree.entries()].map(([, value]) => tree.leafLookup(value)),
    };
  },
};

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const request = JSON.parse(line);
  let answer;
  try {
    answer = answers[request.verb](request);
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
});
