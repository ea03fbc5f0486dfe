// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title A contract wallet that returns what it is told to, as much as it is told to
/// @notice Answers with `size` bytes of which the first 32 are `word`.
contract VerboseWallet is IERC1271 {
    bytes32 private immutable _WORD;
    uint256 private immutable _SIZE;

    constructor(bytes32 word, uint256 size) {
        _WORD = word;
        _SIZE = size;
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        bytes32 word = _WORD;
        uint256 size = _SIZE;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let answer := mload(0x40)
            mstore(answer, word)
            return(answer, size)
        }
    }
}
