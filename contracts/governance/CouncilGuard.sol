// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

import {ICouncilGuard} from "../../interfaces/ICouncilGuard.sol";

/// @title The council's veto of the first months
/// @notice See {ICouncilGuard}.
contract CouncilGuard is ICouncilGuard {
    uint256 private constant MOST = 400 days;

    /// @inheritdoc ICouncilGuard
    address public immutable COUNCIL;
    /// @inheritdoc ICouncilGuard
    TimelockController public immutable TIMELOCK;
    /// @inheritdoc ICouncilGuard
    uint256 public immutable UNTIL;

    /// @notice Guards `timelock_` for `council_` before `until_`; the timelock may be deployed later.
    constructor(address council_, TimelockController timelock_, uint256 until_) {
        if (
            council_ == address(0) ||
            address(timelock_) == address(0) ||
            until_ <= block.timestamp ||
            until_ > block.timestamp + MOST
        ) revert CouncilGuard_TermsInvalid(council_, address(timelock_), until_);
        COUNCIL = council_;
        TIMELOCK = timelock_;
        UNTIL = until_;
    }

    /// @inheritdoc ICouncilGuard
    function cancel(bytes32 id) external {
        if (msg.sender != COUNCIL) revert CouncilGuard_NotCouncil(msg.sender, COUNCIL);
        if (block.timestamp >= UNTIL) revert CouncilGuard_Ended(block.timestamp, UNTIL);
        emit OperationCanceled(id);
        TIMELOCK.cancel(id);
    }
}
