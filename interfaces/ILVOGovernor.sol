// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IGenesisDistribution} from "./IGenesisDistribution.sol";

/// @title What is LIVE VIDEO's own in its governor
/// @notice Everything else is OpenZeppelin's Governor: votes of LVOToken at a second in the past, for, against or
/// abstain, by transaction or signature; a vote that reaches its quorum late stays open longer; what passes goes
/// through the timelock.
/// @dev The quorum is a share of what the six published curves have unlocked at a proposal's snapshot. What is still
/// locked cannot vote, so a share of the whole supply would be out of reach at first; a share of nothing would be
/// reached without a vote, so the quorum never falls below a floor. Voting delay, voting period, threshold and
/// extension can be changed by a vote for the proposals after it; share and floor are fixed.
interface ILVOGovernor {
    /// @notice What a governor starts with.
    /// @param distribution Whose curves say what is unlocked; its token votes.
    /// @param timelock Carries out what passes.
    /// @param votingDelay Seconds between a proposal and its snapshot.
    /// @param votingPeriod Seconds between the snapshot and the end of the vote.
    /// @param extension Seconds that a vote stays open at least after its quorum is reached.
    /// @param quorumBps Share of the unlocked supply in basis points.
    /// @param proposalThreshold Votes in wei that a proposer needs.
    /// @param quorumFloor The least quorum in wei.
    struct Terms {
        IGenesisDistribution distribution;
        address payable timelock;
        uint48 votingDelay;
        uint32 votingPeriod;
        uint48 extension;
        uint16 quorumBps;
        uint256 proposalThreshold;
        uint256 quorumFloor;
    }

    /// @notice Thrown when the share is not within bounds; basis points.
    error LVOGovernor_QuorumShareOutOfBounds(uint256 quorumBps, uint256 least, uint256 most);

    /// @notice Thrown when the floor is not within bounds; wei.
    error LVOGovernor_QuorumFloorOutOfBounds(uint256 quorumFloor, uint256 least, uint256 most);

    /// @notice Returns the share of the unlocked supply that a quorum is, in basis points.
    function QUORUM_BPS() external view returns (uint256);

    /// @notice Returns the least quorum in wei.
    function QUORUM_FLOOR() external view returns (uint256);

    /// @notice Returns the distribution whose curves say what is unlocked.
    function DISTRIBUTION() external view returns (IGenesisDistribution);
}
