// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IArbitrable} from "@kleros/erc-792/contracts/IArbitrable.sol";
import {IArbitrator} from "@kleros/erc-792/contracts/IArbitrator.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {IArbitratorAdapter} from "../../interfaces/IArbitratorAdapter.sol";
import {IRetailEscrow} from "../../interfaces/IRetailEscrow.sol";

/// @title An ERC-792 arbitrator as the arbiter of a retail escrow
/// @notice See {IArbitratorAdapter}.
contract ArbitratorAdapter is IArbitratorAdapter {
    uint256 private constant WHOLE = 10_000;
    uint256 private constant META_EVIDENCE = 0;
    uint256 private constant FOR_BUYER = 1;
    uint256 private constant FOR_MERCHANT = 2;
    uint256 private constant CHOICES = 2;

    /// @inheritdoc IArbitratorAdapter
    IRetailEscrow public immutable ESCROW;
    /// @inheritdoc IArbitratorAdapter
    IArbitrator public immutable ARBITRATOR;

    /// @inheritdoc IArbitratorAdapter
    bytes public extraData;
    /// @dev By the order's id.
    mapping(bytes32 id => Case details) private _cases;
    /// @dev By the arbitrator's number, which may be zero.
    mapping(uint256 disputeId => bytes32 id) private _ids;

    /// @notice Speaks for `arbitrator` to `escrow`, for ever; `metaEvidence` says what is asked of it (ERC-1497).
    constructor(IRetailEscrow escrow, IArbitrator arbitrator, bytes memory extraData_, string memory metaEvidence) {
        ESCROW = escrow;
        ARBITRATOR = arbitrator;
        extraData = extraData_;
        emit MetaEvidence(META_EVIDENCE, metaEvidence);
    }

    /// @inheritdoc IArbitratorAdapter
    function requestRuling(IRetailEscrow.Order calldata order) external payable returns (uint256 disputeId) {
        (bytes32 id, IRetailEscrow.Position memory position) = _readDisputed(order);
        if (block.timestamp >= position.deadline) {
            revert ArbitratorAdapter_TooLate(id, block.timestamp, position.deadline);
        }
        Case storage details = _cases[id];
        if (details.progress != Progress.Unknown) revert ArbitratorAdapter_RequestedAlready(id, details.disputeId);
        uint256 cost = ARBITRATOR.arbitrationCost(extraData);
        if (msg.value < cost) revert ArbitratorAdapter_CostNotPaid(msg.value, cost);

        // Before the arbitrator is called: it cannot be asked twice, whatever it does.
        details.progress = Progress.Requested;
        disputeId = ARBITRATOR.createDispute{value: cost}(CHOICES, extraData);
        details.disputeId = disputeId;
        _ids[disputeId] = id;
        emit Dispute(ARBITRATOR, disputeId, META_EVIDENCE, uint256(id));
        if (msg.value > cost) Address.sendValue(payable(msg.sender), msg.value - cost);
    }

    /// @inheritdoc IArbitratorAdapter
    function submitEvidence(IRetailEscrow.Order calldata order, string calldata evidence) external {
        (bytes32 id, ) = _readDisputed(order);
        if (msg.sender != order.buyer && msg.sender != order.merchant) revert ArbitratorAdapter_NotParty(msg.sender);
        emit Evidence(ARBITRATOR, uint256(id), msg.sender, evidence);
    }

    /// @inheritdoc IArbitrable
    /// @dev Only keeps the ruling: whatever the escrow says, and however little gas there is, no ruling is lost.
    function rule(uint256 disputeId, uint256 ruling) external {
        if (msg.sender != address(ARBITRATOR)) {
            revert ArbitratorAdapter_NotArbitrator(msg.sender, address(ARBITRATOR));
        }
        Case storage details = _cases[_ids[disputeId]];
        if (details.progress != Progress.Requested) revert ArbitratorAdapter_NotRequested(disputeId);
        if (ruling > CHOICES) revert ArbitratorAdapter_RulingOutOfBounds(ruling, CHOICES);
        details.progress = Progress.Ruled;
        details.ruling = uint8(ruling);
        emit Ruling(ARBITRATOR, disputeId, ruling);
    }

    /// @inheritdoc IArbitratorAdapter
    function forward(IRetailEscrow.Order calldata order) external {
        bytes32 id = ESCROW.orderId(order);
        Case memory details = _cases[id];
        if (details.progress != Progress.Ruled) revert ArbitratorAdapter_NotRuled(id, details.progress);
        uint256 claim = ESCROW.positions(id).remaining;
        (uint256 award, IRetailEscrow.Fault fault) = (0, IRetailEscrow.Fault.Buyer);
        if (details.ruling == FOR_BUYER) (award, fault) = (claim, IRetailEscrow.Fault.Merchant);
        else if (details.ruling != FOR_MERCHANT) {
            (award, fault) = ((claim * order.silentBuyerBps) / WHOLE, IRetailEscrow.Fault.None);
        }
        emit RulingForwarded(id, details.ruling, award);
        ESCROW.rule(order, award, fault);
    }

    /// @inheritdoc IArbitratorAdapter
    function arbitrationCost() external view returns (uint256) {
        return ARBITRATOR.arbitrationCost(extraData);
    }

    /// @inheritdoc IArbitratorAdapter
    function cases(bytes32 id) external view returns (Case memory) {
        return _cases[id];
    }

    function _readDisputed(
        IRetailEscrow.Order calldata order
    ) private view returns (bytes32 id, IRetailEscrow.Position memory position) {
        if (order.arbiter != address(this)) revert ArbitratorAdapter_NotArbiter(order.arbiter, address(this));
        id = ESCROW.orderId(order);
        position = ESCROW.positions(id);
        if (position.state != IRetailEscrow.State.Disputed) revert ArbitratorAdapter_NotDisputed(id, position.state);
    }
}
