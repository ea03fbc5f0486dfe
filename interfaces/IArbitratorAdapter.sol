// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IArbitrable} from "@kleros/erc-792/contracts/IArbitrable.sol";
import {IArbitrator} from "@kleros/erc-792/contracts/IArbitrator.sol";
import {IEvidence} from "@kleros/erc-792/contracts/erc-1497/IEvidence.sol";

import {IRetailEscrow} from "./IRetailEscrow.sol";

/// @title An ERC-792 arbitrator as the arbiter of a retail escrow
/// @notice Lets a court such as Kleros decide disputes of the escrow: an order names the adapter as its arbiter.
/// @dev One adapter speaks for one arbitrator with fixed extra data (which court, how many jurors) to one escrow; all
/// three never change. It holds no ether and can receive no LVO.
///
/// 1. The buyer disputes in the escrow. Then anyone (as a rule who expects more of a ruling than of the signed split)
///    pays `arbitrationCost` in ether through {requestRuling}. Nobody has to: without a ruling the signed split stands.
/// 2. The arbitrator rules, after appeals if there are any, when it likes. The adapter keeps the ruling.
/// 3. In the second half of the order's `rulingWindow` anyone hands it on by {forward}.
///
/// Arbitration with its appeals must fit `rulingWindow`: what comes later is kept and moves nothing. Ruling 0 (refused)
/// is the signed split with nobody at fault; 1 gives the claim to the buyer, with the merchant at fault; 2 gives it to
/// the merchant, with the buyer at fault.
///
/// Evidence follows ERC-1497; the evidence group of an order is its id.
interface IArbitratorAdapter is IArbitrable, IEvidence {
    /// @notice What became of an order here.
    /// @param Unknown No ruling was requested.
    /// @param Requested The arbitrator has it.
    /// @param Ruled The arbitrator has ruled.
    enum Progress {
        Unknown,
        Requested,
        Ruled
    }

    /// @notice A case before the arbitrator.
    /// @param disputeId Its number there.
    /// @param progress What became of it.
    /// @param ruling The ruling, once there is one: 0, 1 or 2.
    struct Case {
        uint256 disputeId;
        Progress progress;
        uint8 ruling;
    }

    /// @notice Emitted when a ruling was handed on to the escrow.
    event RulingForwarded(bytes32 indexed id, uint256 ruling, uint256 buyerAward);

    /// @notice Thrown when an order names another arbiter than this.
    error ArbitratorAdapter_NotArbiter(address arbiter, address adapter);

    /// @notice Thrown when an order is not disputed.
    error ArbitratorAdapter_NotDisputed(bytes32 id, IRetailEscrow.State state);

    /// @notice Thrown when a dispute is over already, Unix seconds.
    error ArbitratorAdapter_TooLate(bytes32 id, uint256 time, uint256 deadline);

    /// @notice Thrown when a ruling was requested before.
    error ArbitratorAdapter_RequestedAlready(bytes32 id, uint256 disputeId);

    /// @notice Thrown when too little ether came with a request, in wei of ether.
    error ArbitratorAdapter_CostNotPaid(uint256 value, uint256 cost);

    /// @notice Thrown when somebody else than the arbitrator rules.
    error ArbitratorAdapter_NotArbitrator(address caller, address arbitrator);

    /// @notice Thrown when the arbitrator rules on a dispute that is not one of this adapter's, or that it ruled on.
    error ArbitratorAdapter_NotRequested(uint256 disputeId);

    /// @notice Thrown when a ruling is none of the choices.
    error ArbitratorAdapter_RulingOutOfBounds(uint256 ruling, uint256 most);

    /// @notice Thrown when there is no ruling to hand on.
    error ArbitratorAdapter_NotRuled(bytes32 id, Progress progress);

    /// @notice Thrown when somebody submits evidence who is neither buyer nor merchant.
    error ArbitratorAdapter_NotParty(address caller);

    /// @notice Brings a disputed order before the arbitrator; the ether that is too much comes back at once.
    /// @dev Emits the arbitrator's DisputeCreation and ERC-1497's Dispute.
    ///
    /// Requirements:
    /// - The order names this adapter ({ArbitratorAdapter_NotArbiter}).
    /// - It is disputed ({ArbitratorAdapter_NotDisputed}) and its deadline has not come ({ArbitratorAdapter_TooLate}).
    /// - Nobody has requested a ruling ({ArbitratorAdapter_RequestedAlready}).
    /// - At least the arbitration cost comes with the call ({ArbitratorAdapter_CostNotPaid}).
    /// @return disputeId The arbitrator's number for it.
    function requestRuling(IRetailEscrow.Order calldata order) external payable returns (uint256 disputeId);

    /// @notice Points to evidence; for buyer and merchant of a disputed order.
    /// @dev Emits Evidence (ERC-1497).
    ///
    /// Requirements:
    /// - The order names this adapter ({ArbitratorAdapter_NotArbiter}) and is disputed
    ///   ({ArbitratorAdapter_NotDisputed}).
    /// - The caller is buyer or merchant ({ArbitratorAdapter_NotParty}).
    function submitEvidence(IRetailEscrow.Order calldata order, string calldata evidence) external;

    /// @notice Hands a ruling on to the escrow; anyone may.
    /// @dev Emits {RulingForwarded}.
    ///
    /// Requirements:
    /// - The arbitrator has ruled ({ArbitratorAdapter_NotRuled}).
    /// - The escrow takes it: the second half of the ruling window has begun and not ended
    ///   ({IRetailEscrow-RetailEscrow_TooEarly}, {IRetailEscrow-RetailEscrow_TooLate}), and the order is disputed.
    function forward(IRetailEscrow.Order calldata order) external;

    /// @notice Returns the escrow that this adapter rules for.
    function ESCROW() external view returns (IRetailEscrow); // solhint-disable-line func-name-mixedcase

    /// @notice Returns the arbitrator that it asks.
    function ARBITRATOR() external view returns (IArbitrator); // solhint-disable-line func-name-mixedcase

    /// @notice Returns what it tells the arbitrator with every request.
    function extraData() external view returns (bytes memory);

    /// @notice Returns what a ruling costs now, in wei of ether.
    function arbitrationCost() external view returns (uint256);

    /// @notice Returns the case of an order.
    function cases(bytes32 id) external view returns (Case memory);
}
