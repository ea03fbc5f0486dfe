// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

/// @title The council's veto of the first months
/// @notice Lets a council cancel operations that wait in the timelock, until a date that nobody can change.
/// @dev In the first months little is unlocked and a quorum is cheap; this is the defence. It can stop, and it can do
/// nothing else: it moves no token, proposes nothing, executes nothing. From `UNTIL` on it is dead, whatever roles it
/// has.
interface ICouncilGuard {
    /// @notice The council canceled an operation.
    event OperationCanceled(bytes32 indexed id);

    /// @notice Thrown when somebody else than the council cancels.
    error CouncilGuard_NotCouncil(address caller, address council);

    /// @notice Thrown when the guard has ended; Unix seconds.
    error CouncilGuard_Ended(uint256 time, uint256 until);

    /// @notice Thrown when a guard is made without a council, without a timelock, or for a time that has passed or is
    /// more than 400 days away.
    error CouncilGuard_TermsInvalid(address council, address timelock, uint256 until);

    /// @notice Cancels an operation that waits or is ready.
    /// @dev Emits {OperationCanceled}; the timelock emits `Cancelled`.
    ///
    /// Requirements:
    /// - The caller is the council ({CouncilGuard_NotCouncil}).
    /// - `now < until` ({CouncilGuard_Ended}).
    /// @param id As `hashOperationBatch` of the timelock gives it, and its `CallScheduled` tells it.
    function cancel(bytes32 id) external;

    /// @notice Returns who can cancel.
    function COUNCIL() external view returns (address);

    /// @notice Returns the timelock whose operations can be canceled.
    function TIMELOCK() external view returns (TimelockController);

    /// @notice Returns the first second in which nothing can be canceled; Unix seconds.
    function UNTIL() external view returns (uint256);
}
