// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

import {IAdLedger} from "../../interfaces/IAdLedger.sol";

/// @title What the advertising ledger hashes
/// @notice EIP-712 structs without their domain, and the trees of batches.
library AdHashes {
    bytes32 private constant CAMPAIGN_TYPEHASH = keccak256(
        "Campaign(address advertiser,address arbiter,uint96 budget,uint72 price,uint72 viewerPart,"
        "uint72 publisherPart,uint24 epochCap,uint24 start,uint24 end,uint8 lateEpochs,uint16 silentBps,"
        "uint64 viewerCap,uint40 openBy,bytes32 criteriaHash,bytes32 salt)"
    );
    bytes32 private constant ACCEPTANCE_TYPEHASH = keccak256(
        "Acceptance(bytes32 campaign,uint24 epoch,uint64 units,uint256 nonce)"
    );
    bytes32 private constant OBJECTION_TYPEHASH = keccak256(
        "Objection(bytes32 campaign,uint24 epoch,uint64 units,uint64 conceded)"
    );

    /// @notice Hashes the terms of a campaign.
    function ofCampaign(IAdLedger.Campaign calldata terms) internal pure returns (bytes32) {
        return keccak256(abi.encode(CAMPAIGN_TYPEHASH, terms));
    }

    /// @notice Hashes the acceptance of a line.
    function ofAcceptance(bytes32 campaign, uint24 epoch, uint64 units, uint256 nonce) internal pure returns (bytes32) {
        return keccak256(abi.encode(ACCEPTANCE_TYPEHASH, campaign, epoch, units, nonce));
    }

    /// @notice Hashes an objection.
    function ofObjection(
        bytes32 campaign,
        uint24 epoch,
        uint64 units,
        uint64 conceded
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(OBJECTION_TYPEHASH, campaign, epoch, units, conceded));
    }

    /// @notice Hashes a line: `keccak256(bytes.concat(keccak256(abi.encode(campaign, epoch, units))))`.
    function ofLine(bytes32 campaign, uint256 epoch, uint256 units) internal pure returns (bytes32 hash) {
        // Safe: only free memory and the scratch space are written. The expression above would leave 192 bytes of every
        // line behind: measured, 297 gas more for each of a thousand.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, campaign)
            mstore(add(start, 0x20), epoch)
            mstore(add(start, 0x40), units)
            mstore(0x00, keccak256(start, 0x60))
            hash := keccak256(0x00, 0x20)
        }
    }

    /// @notice Fills the inner nodes of a tree whose leaves fill the end of the array from the back, and returns its
    /// root. The children of node `i` are `2i + 1` and `2i + 2`, as in the npm package merkle-tree of OpenZeppelin.
    function fold(bytes32[] memory nodes) internal pure returns (bytes32) {
        for (uint256 i = nodes.length / 2; i > 0; --i) {
            nodes[i - 1] = Hashes.commutativeKeccak256(nodes[2 * i - 1], nodes[2 * i]);
        }
        return nodes[0];
    }
}
