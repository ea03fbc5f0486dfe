// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title A contract wallet that burns all gas
/// @notice Never answers: the invalid opcode takes everything that it was given.
contract BurningWallet is IERC1271 {
    /// @inheritdoc IERC1271
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            invalid()
        }
    }
}
