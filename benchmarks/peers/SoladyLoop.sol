// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SafeTransferLib} from "solady/src/utils/SafeTransferLib.sol";

/// @title Pays many receivers out of what it holds, one transfer after the other
contract SoladyLoop {
    /// @notice Sends `amounts[i]` wei of `token` to `receivers[i]`.
    function push(address token, address[] calldata receivers, uint256[] calldata amounts) external {
        for (uint256 i = 0; i < receivers.length; ++i) SafeTransferLib.safeTransfer(token, receivers[i], amounts[i]);
    }
}
