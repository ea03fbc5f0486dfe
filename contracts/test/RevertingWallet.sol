// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title A contract wallet that reverts with the very word for yes
/// @notice Its revert data begin with the magic value, which must not be taken for an answer.
contract RevertingWallet is IERC1271 {
    /// @inheritdoc IERC1271
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        bytes32 magic = IERC1271.isValidSignature.selector;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(0, magic)
            revert(0, 32)
        }
    }
}
