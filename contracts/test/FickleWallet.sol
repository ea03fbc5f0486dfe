// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title A contract wallet that changes its mind
/// @notice Says yes to every signature, or no to every signature, as anyone last told it.
contract FickleWallet is IERC1271 {
    bool private _agrees;

    /// @notice Sets what the wallet says from now on.
    function setMind(bool agrees) external {
        _agrees = agrees;
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        return _agrees ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}
