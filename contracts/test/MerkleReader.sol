// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {MerkleRoot} from "../libraries/MerkleRoot.sol";

/// @title Where proofs lead, by ours and by OpenZeppelin's library
contract MerkleReader {
    /// @notice Where a proof leads, by ours.
    function ofOne(bytes32 leaf, bytes32[] calldata proof) external pure returns (bytes32) {
        return MerkleRoot.ofOne(leaf, proof);
    }

    /// @notice Where a multiproof leads, by ours.
    function ofMany(
        bytes32[] calldata leaves,
        bytes32[] calldata proof,
        bool[] calldata flags
    ) external pure returns (bytes32) {
        bytes32[] memory nodes = new bytes32[](leaves.length + flags.length);
        for (uint256 i = 0; i < leaves.length; ++i) nodes[i] = leaves[i];
        return MerkleRoot.ofMany(nodes, proof, flags);
    }

    /// @notice Where a proof leads, by OpenZeppelin's.
    function referenceOfOne(bytes32 leaf, bytes32[] calldata proof) external pure returns (bytes32) {
        return MerkleProof.processProofCalldata(proof, leaf);
    }

    /// @notice Where a multiproof leads, by OpenZeppelin's, which reverts if its parts do not fit each other.
    function referenceOfMany(
        bytes32[] calldata leaves,
        bytes32[] calldata proof,
        bool[] calldata flags
    ) external pure returns (bytes32) {
        return MerkleProof.processMultiProofCalldata(proof, flags, leaves);
    }
}
