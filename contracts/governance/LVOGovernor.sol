// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {GovernorCountingSimple} from "@openzeppelin/contracts/governance/extensions/GovernorCountingSimple.sol";
import {GovernorPreventLateQuorum} from "@openzeppelin/contracts/governance/extensions/GovernorPreventLateQuorum.sol";
import {GovernorSettings} from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import {GovernorTimelockControl} from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import {GovernorVotes} from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IGenesisDistribution} from "../../interfaces/IGenesisDistribution.sol";
import {ILVOGovernor} from "../../interfaces/ILVOGovernor.sol";

/// @title LIVE VIDEO's governor
/// @notice See {ILVOGovernor}.
contract LVOGovernor is
    ILVOGovernor,
    GovernorSettings,
    GovernorCountingSimple,
    GovernorVotes,
    GovernorPreventLateQuorum,
    GovernorTimelockControl
{
    uint256 private constant BPS = 10_000;
    uint256 private constant LEAST_QUORUM_BPS = 100;
    uint256 private constant MOST_QUORUM_BPS = 5_000;

    /// @inheritdoc ILVOGovernor
    IGenesisDistribution public immutable DISTRIBUTION;
    /// @inheritdoc ILVOGovernor
    uint256 public immutable QUORUM_BPS;
    /// @inheritdoc ILVOGovernor
    uint256 public immutable QUORUM_FLOOR;

    /// @notice Starts with `terms`; see {ILVOGovernor-Terms}.
    constructor(
        Terms memory terms
    )
        Governor("LIVE VIDEO Governor")
        GovernorSettings(terms.votingDelay, terms.votingPeriod, terms.proposalThreshold)
        GovernorVotes(IVotes(address(terms.distribution.LVO())))
        GovernorPreventLateQuorum(terms.extension)
        GovernorTimelockControl(TimelockController(terms.timelock))
    {
        if (terms.quorumBps < LEAST_QUORUM_BPS || terms.quorumBps > MOST_QUORUM_BPS) {
            revert LVOGovernor_QuorumShareOutOfBounds(terms.quorumBps, LEAST_QUORUM_BPS, MOST_QUORUM_BPS);
        }
        uint256 supply = terms.distribution.LVO().totalSupply();
        if (terms.quorumFloor == 0 || terms.quorumFloor > supply) {
            revert LVOGovernor_QuorumFloorOutOfBounds(terms.quorumFloor, 1, supply);
        }
        DISTRIBUTION = terms.distribution;
        QUORUM_BPS = terms.quorumBps;
        QUORUM_FLOOR = terms.quorumFloor;
    }

    /// @notice Returns the votes, for and abstaining together, that a proposal with its snapshot at `timepoint` needs;
    /// wei, rounded up.
    function quorum(uint256 timepoint) public view override returns (uint256) {
        uint256 unlocked = DISTRIBUTION.unlockedAt(timepoint);
        return Math.max(QUORUM_FLOOR, Math.mulDiv(unlocked, QUORUM_BPS, BPS, Math.Rounding.Ceil));
    }

    /*//////////////////////////////////////////////////////////////////////////
                    WHERE TWO OF OPENZEPPELIN'S PARTS HAVE A FUNCTION
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc Governor
    function proposalThreshold() public view override(Governor, GovernorSettings) returns (uint256) {
        return super.proposalThreshold();
    }

    /// @inheritdoc Governor
    function proposalDeadline(
        uint256 proposalId
    ) public view override(Governor, GovernorPreventLateQuorum) returns (uint256) {
        return super.proposalDeadline(proposalId);
    }

    /// @inheritdoc Governor
    function proposalNeedsQueuing(
        uint256 proposalId
    ) public view override(Governor, GovernorTimelockControl) returns (bool) {
        return super.proposalNeedsQueuing(proposalId);
    }

    /// @inheritdoc Governor
    function state(uint256 proposalId) public view override(Governor, GovernorTimelockControl) returns (ProposalState) {
        return super.state(proposalId);
    }

    function _tallyUpdated(uint256 proposalId) internal override(Governor, GovernorPreventLateQuorum) {
        super._tallyUpdated(proposalId);
    }

    function _queueOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint48) {
        return super._queueOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _executeOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) {
        super._executeOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint256) {
        return super._cancel(targets, values, calldatas, descriptionHash);
    }

    function _executor() internal view override(Governor, GovernorTimelockControl) returns (address) {
        return super._executor();
    }
}
