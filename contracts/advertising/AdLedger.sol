// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {IAdLedger} from "../../interfaces/IAdLedger.sol";
import {IRewardLedger} from "../../interfaces/IRewardLedger.sol";
import {Signatures} from "../libraries/Signatures.sol";
import {RewardLedger} from "../settlement/RewardLedger.sol";
import {TokenIntake} from "../settlement/TokenIntake.sol";
import {AdHashes} from "./AdHashes.sol";
import {Budget, BudgetLib} from "./Budget.sol";

/// @title The public ledger of advertising
/// @notice See {IAdLedger}.
contract AdLedger is IAdLedger, TokenIntake, EIP712 {
    uint256 private constant BPS = 10_000;
    uint256 private constant MOST_SPAN = 730 days;
    uint256 private constant MOST_LATE = 90 days;
    uint256 private constant SILENCE = 180 days;
    uint256 private constant WHOLE = 10 ** 18;

    /// @inheritdoc IAdLedger
    address public immutable SETTLER;
    /// @inheritdoc IAdLedger
    IRewardLedger public immutable REWARDS;
    uint32 private immutable EPOCH_LENGTH;
    uint16 private immutable BOND_BPS;
    uint32 private immutable OBJECTION_WINDOW;
    uint32 private immutable RULING_WINDOW;

    mapping(bytes32 id => Budget) private _campaigns;
    mapping(bytes32 root => Batch) private _batches;
    mapping(bytes32 id => LineState) private _lines;
    /// @inheritdoc IAdLedger
    mapping(address advertiser => uint256 nonce) public acceptanceNonces;
    Deposit private _deposit;

    /// @notice Opens a ledger and the reward ledger behind it.
    /// @param rewards What the reward ledger is made with; its operator is the settler.
    /// @param rules_ See {IAdLedger-Rules}.
    constructor(
        IRewardLedger.Terms memory rewards,
        Rules memory rules_
    ) TokenIntake(rewards.lvo) EIP712("LIVE VIDEO AdLedger", "1") {
        _checkReceiver(rewards.operator);
        _checkBounds(rules_.epochLength, 1 hours, 30 days);
        _checkBounds(rules_.bondBps, 1, BPS);
        _checkBounds(rules_.objectionWindow, 1 hours, 30 days);
        _checkBounds(rules_.rulingWindow, 2 hours, 60 days);
        SETTLER = rewards.operator;
        EPOCH_LENGTH = rules_.epochLength;
        BOND_BPS = rules_.bondBps;
        OBJECTION_WINDOW = rules_.objectionWindow;
        RULING_WINDOW = rules_.rulingWindow;
        // Made here, it is known to take from this ledger only what this ledger pays into it.
        REWARDS = new RewardLedger(rewards);
        _deposit.activeAt = uint40(block.timestamp);
        emit AdLedgerOpened(rewards.operator, REWARDS, rules_);
        LVO.approve(address(REWARDS), type(uint256).max);
    }

    /*//////////////////////////////////////////////////////////////////////////
                                     CAMPAIGNS
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IAdLedger
    function open(
        Campaign calldata terms,
        bytes calldata advertiserSignature,
        bytes calldata settlerSignature
    ) external {
        bytes32 id = campaignId(terms);
        _checkSigned(terms.advertiser, id, advertiserSignature);
        _open(id, terms, settlerSignature);
        _pull(terms.advertiser, terms.budget);
    }

    /// @inheritdoc IAdLedger
    function openWithAuthorization(
        Campaign calldata terms,
        bytes calldata settlerSignature,
        Authorization calldata authorization
    ) external {
        bytes32 id = campaignId(terms);
        _open(id, terms, settlerSignature);
        _pullAuthorized(terms.advertiser, terms.budget, id, authorization);
    }

    /// @inheritdoc IAdLedger
    function cancel(Campaign calldata terms) external {
        bytes32 id = campaignId(terms);
        if (msg.sender != SETTLER) _checkCaller(terms.advertiser);
        _checkStatus(id, _campaigns[id].status(), Status.None);
        _campaigns[id] = _campaigns[id].withStatus(Status.Canceled);
        emit CampaignCanceled(id, msg.sender);
    }

    /// @inheritdoc IAdLedger
    function topUp(bytes32 campaign, uint96 amount) external {
        Budget budget = _campaigns[campaign];
        _checkRunning(campaign, budget);
        // What is cut here nobody has, so the payment fails below.
        _campaigns[campaign] = budget.credit(amount);
        emit ToppedUp(campaign, msg.sender, amount);
        _pull(msg.sender, amount);
    }

    /// @inheritdoc IAdLedger
    function pause(Campaign calldata terms) external {
        (bytes32 id, Budget budget) = _ofAdvertiser(terms);
        _checkRunning(id, budget);
        uint256 stop = epochNow() + 1;
        _campaigns[id] = budget.withStop(stop).withStatus(Status.Paused);
        emit CampaignPaused(id, uint24(stop));
    }

    /// @inheritdoc IAdLedger
    function resume(Campaign calldata terms) external {
        (bytes32 id, Budget budget) = _ofAdvertiser(terms);
        _checkStatus(id, budget.status(), Status.Paused);
        _checkTime(id, _lateOf(budget), type(uint256).max);
        uint256 epoch = epochNow();
        _checkEpoch(id, epoch + 1, 0, terms.end);
        // A campaign that was paused before its start still has to wait for it.
        if (epoch < budget.booked()) epoch = budget.booked();
        _campaigns[id] = budget.withBooked(epoch).withStop(terms.end).withStatus(Status.Live);
        emit CampaignResumed(id, uint24(epoch), terms.end);
    }

    /// @inheritdoc IAdLedger
    function close(Campaign calldata terms) external {
        (bytes32 id, Budget budget) = _ofAdvertiser(terms);
        if (budget.status() != Status.Paused) _checkStatus(id, budget.status(), Status.Live);
        uint256 stop = epochNow() + 1;
        if (stop > budget.stop()) stop = budget.stop();
        _campaigns[id] = budget.withStop(stop).withStatus(Status.Closed);
        emit CampaignClosed(id, uint24(stop));
    }

    /// @inheritdoc IAdLedger
    function refund(Campaign[] calldata list) external {
        for (uint256 i = 0; i < list.length; ++i) {
            Campaign calldata terms = list[i];
            bytes32 id = campaignId(terms);
            Budget budget = _campaigns[id];
            uint256 amount = budget.remaining();
            // A pause is no end: who paused may go on until the end.
            uint256 stop = budget.status() == Status.Closed ? budget.stop() : terms.end;
            if (amount == 0 || block.timestamp < _timeOf(stop + terms.lateEpochs)) {
                emit RefundSkipped(id);
                continue;
            }
            _campaigns[id] = budget.debit(amount);
            emit Refunded(id, terms.advertiser, amount);
            LVO.transfer(terms.advertiser, amount);
        }
    }

    /*//////////////////////////////////////////////////////////////////////////
                                      THE LEDGER
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IAdLedger
    function post(uint24 epoch, Line[] calldata list, bytes32 receiptsRoot, bytes32 dataHash) external {
        _checkCaller(SETTLER);
        uint256 count = list.length;
        if (count == 0) revert AdLedger_BatchEmpty();

        bytes32[] memory nodes = new bytes32[](2 * count - 1);
        uint256 spend = 0;
        for (uint256 i = 0; i < count; ++i) {
            Line calldata line = list[i];
            spend += _book(epoch, line.campaign, line.units);
            nodes[2 * count - 2 - i] = AdHashes.ofLine(line.campaign, epoch, line.units);
        }
        bytes32 root = AdHashes.fold(nodes);

        uint256 bond = _bondOf(spend);
        Deposit memory held = _deposit;
        if (bond > held.free) revert AdLedger_DepositTooSmall(bond, held.free);
        uint40 until = uint40(block.timestamp) + OBJECTION_WINDOW;
        // All that was ever booked and not final is LVO in this contract, which fits 96 bits; so does every part.
        _deposit = Deposit(held.free - uint96(bond), held.locked + uint96(bond), uint40(block.timestamp));
        _saveBatch(root, Batch(uint96(spend), uint96(bond), until, false));
        emit BatchPosted(root, epoch, count, spend, bond, until, receiptsRoot, dataHash);
    }

    /// @inheritdoc IAdLedger
    function finalize(bytes32[] calldata list) external {
        uint256 spend = 0;
        uint96 bonds = 0;
        for (uint256 i = 0; i < list.length; ++i) {
            Batch memory batch = _batches[list[i]];
            if (batch.done || batch.until == 0 || block.timestamp < batch.until) {
                emit BatchSkipped(list[i]);
                continue;
            }
            _saveBatch(list[i], Batch(0, 0, batch.until, true));
            spend += batch.pending;
            bonds += batch.bond;
            emit BatchFinalized(list[i], batch.pending);
        }
        if (bonds != 0) _unlock(bonds, bonds);
        if (spend != 0) REWARDS.fund(spend);
    }

    /// @inheritdoc IAdLedger
    function accept(
        Campaign calldata terms,
        uint24 epoch,
        uint64 units,
        bytes32[] calldata proof,
        bytes calldata signature
    ) external {
        bytes32 id = campaignId(terms);
        if (msg.sender != terms.advertiser) {
            bytes32 hash = AdHashes.ofAcceptance(id, epoch, units, acceptanceNonces[terms.advertiser]);
            _checkSigned(terms.advertiser, _hashTypedDataV4(hash), signature);
        }
        bytes32 line = lineId(id, epoch, units);
        (bytes32 root, Batch memory batch) = _batchOf(line, proof);
        if (batch.done) revert AdLedger_BatchDone(root);

        uint256 spend = uint256(units) * terms.price;
        uint96 bond = uint96(_bondOf(spend));
        _lines[line].status = LineStatus.Accepted;
        _take(root, batch, spend, bond);
        _unlock(bond, bond);
        emit LineAccepted(id, epoch, root, units, spend);
        REWARDS.fund(spend);
    }

    /// @inheritdoc IAdLedger
    function cancelAcceptances() external {
        emit AcceptancesCanceled(msg.sender, acceptanceNonces[msg.sender]++);
    }

    /*//////////////////////////////////////////////////////////////////////////
                                     OBJECTIONS
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IAdLedger
    function object(
        Campaign calldata terms,
        uint24 epoch,
        uint64 units,
        uint64 conceded,
        bytes32[] calldata proof
    ) external {
        _checkCaller(terms.advertiser);
        _pull(msg.sender, _object(terms, campaignId(terms), epoch, units, conceded, proof));
    }

    /// @inheritdoc IAdLedger
    function objectWithAuthorization(
        Campaign calldata terms,
        uint24 epoch,
        uint64 units,
        uint64 conceded,
        bytes32[] calldata proof,
        Authorization calldata authorization
    ) external {
        bytes32 id = campaignId(terms);
        uint256 bond = _object(terms, id, epoch, units, conceded, proof);
        _pullAuthorized(terms.advertiser, bond, objectionId(id, epoch, units, conceded), authorization);
    }

    /// @inheritdoc IAdLedger
    function concede(Campaign calldata terms, uint24 epoch, uint64 units) external {
        bytes32 id = campaignId(terms);
        (bytes32 line, LineState memory state) = _contested(id, epoch, units);
        bool bySettler = msg.sender == SETTLER;
        if (!bySettler) _checkCaller(terms.advertiser);
        _checkTime(line, state.since, state.since + RULING_WINDOW / 2);
        (Resolution how, uint64 upheld) = bySettler
            ? (Resolution.SettlerConceded, 0)
            : (Resolution.AdvertiserConceded, state.disputed);
        _resolve(terms, id, epoch, line, state, how, upheld, state.bond);
    }

    /// @inheritdoc IAdLedger
    function rule(Campaign calldata terms, uint24 epoch, uint64 units, uint64 upheld) external {
        bytes32 id = campaignId(terms);
        (bytes32 line, LineState memory state) = _contested(id, epoch, units);
        _checkCaller(terms.arbiter);
        _checkTime(line, state.since + RULING_WINDOW / 2, state.since + RULING_WINDOW);
        _checkBounds(upheld, 0, state.disputed);
        uint256 toAdvertiser = (2 * uint256(state.bond) * (state.disputed - upheld)) / state.disputed;
        _resolve(terms, id, epoch, line, state, Resolution.Ruling, upheld, toAdvertiser);
    }

    /// @inheritdoc IAdLedger
    function expire(Campaign calldata terms, uint24 epoch, uint64 units) external {
        bytes32 id = campaignId(terms);
        (bytes32 line, LineState memory state) = _contested(id, epoch, units);
        _checkTime(line, state.since + RULING_WINDOW, type(uint256).max);
        // At most the disputed units, since the share was checked at the opening.
        uint64 upheld = uint64((uint256(state.disputed) * terms.silentBps) / BPS);
        _resolve(terms, id, epoch, line, state, Resolution.Silence, upheld, state.bond);
    }

    /*//////////////////////////////////////////////////////////////////////////
                                  SETTLER'S DEPOSIT
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IAdLedger
    function deposit(uint96 amount) external {
        // Nobody has more than 96 bits of wei: what is cut here fails below.
        unchecked {
            _deposit.free += amount;
        }
        if (msg.sender == SETTLER) _deposit.activeAt = uint40(block.timestamp);
        emit Deposited(msg.sender, amount);
        _pull(msg.sender, amount);
    }

    /// @inheritdoc IAdLedger
    function withdraw(uint96 amount) external {
        Deposit memory held = _deposit;
        if (msg.sender != SETTLER) _checkTime(0, held.activeAt + SILENCE, type(uint256).max);
        if (amount > held.free) revert AdLedger_DepositTooSmall(amount, held.free);
        _deposit.free = held.free - amount;
        emit Withdrawn(amount);
        LVO.transfer(SETTLER, amount);
    }

    /*//////////////////////////////////////////////////////////////////////////
                                        VIEWS
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IAdLedger
    function rules() external view returns (Rules memory) {
        return Rules(EPOCH_LENGTH, BOND_BPS, OBJECTION_WINDOW, RULING_WINDOW);
    }

    /// @inheritdoc IAdLedger
    function campaigns(bytes32 campaign) external view returns (CampaignState memory) {
        return _campaigns[campaign].unpack();
    }

    /// @inheritdoc IAdLedger
    function batches(bytes32 batch) external view returns (Batch memory) {
        return _batches[batch];
    }

    /// @inheritdoc IAdLedger
    function lines(bytes32 line) external view returns (LineState memory) {
        return _lines[line];
    }

    /// @inheritdoc IAdLedger
    function settlerDeposit() external view returns (Deposit memory) {
        return _deposit;
    }

    /// @inheritdoc IAdLedger
    // solhint-disable-next-line func-name-mixedcase
    function DOMAIN_SEPARATOR() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /// @inheritdoc IAdLedger
    function epochNow() public view returns (uint256) {
        return block.timestamp / EPOCH_LENGTH;
    }

    /// @inheritdoc IAdLedger
    function campaignId(Campaign calldata terms) public view returns (bytes32) {
        return _hashTypedDataV4(AdHashes.ofCampaign(terms));
    }

    /// @inheritdoc IAdLedger
    function objectionId(bytes32 campaign, uint24 epoch, uint64 units, uint64 conceded) public view returns (bytes32) {
        return _hashTypedDataV4(AdHashes.ofObjection(campaign, epoch, units, conceded));
    }

    /// @inheritdoc IAdLedger
    function lineId(bytes32 campaign, uint24 epoch, uint64 units) public pure returns (bytes32) {
        return AdHashes.ofLine(campaign, epoch, units);
    }

    /*//////////////////////////////////////////////////////////////////////////
                                      PRIVATE
    //////////////////////////////////////////////////////////////////////////*/

    function _open(bytes32 id, Campaign calldata terms, bytes calldata settlerSignature) private {
        _checkStatus(id, _campaigns[id].status(), Status.None);
        _checkTime(id, 0, terms.openBy);
        _checkReceiver(terms.advertiser);
        if (
            terms.advertiser == SETTLER ||
            terms.arbiter == SETTLER ||
            terms.arbiter == terms.advertiser ||
            terms.arbiter == address(0)
        ) revert AdLedger_PartiesNotDistinct(terms.advertiser, terms.arbiter, SETTLER);
        uint256 epoch = epochNow();
        _checkBounds(terms.price, 1, type(uint72).max);
        _checkBounds(uint256(terms.viewerPart) + terms.publisherPart, 0, terms.price);
        _checkBounds(terms.end, epoch + 1, epoch + MOST_SPAN / EPOCH_LENGTH);
        _checkBounds(terms.start, 0, terms.end - 1);
        _checkBounds(terms.lateEpochs, 1, MOST_LATE / EPOCH_LENGTH);
        _checkBounds(terms.silentBps, 0, BPS);
        _checkSigned(SETTLER, id, settlerSignature);
        CampaignState memory state = CampaignState({
            remaining: terms.budget,
            price: terms.price,
            epochCap: terms.epochCap,
            booked: uint24((terms.start > epoch ? terms.start : epoch) - 1),
            stop: terms.end,
            lateEpochs: terms.lateEpochs,
            status: Status.Live
        });
        _campaigns[id] = BudgetLib.pack(state);
        emit CampaignOpened(id, terms.advertiser, terms);
    }

    /// @dev Takes a line out of its campaign's budget and returns what it comes to.
    function _book(uint24 epoch, bytes32 id, uint64 units) private returns (uint256 spend) {
        Budget budget = _campaigns[id];
        Status status = budget.status();
        if (status == Status.None || status == Status.Canceled) revert AdLedger_WrongStatus(id, status);
        _checkEpoch(id, epoch, budget.booked(), budget.stop());
        _checkTime(id, _timeOf(uint256(epoch) + 1), _lateOf(budget));
        spend = units * budget.price();
        uint256 cap = budget.epochCap() * WHOLE;
        if (spend == 0 || spend > cap || spend > budget.remaining()) {
            revert AdLedger_SpendOutOfBounds(id, spend, cap, budget.remaining());
        }
        _campaigns[id] = budget.debit(spend).withBooked(epoch);
        emit LinePosted(id, epoch, units, spend);
    }

    function _object(
        Campaign calldata terms,
        bytes32 id,
        uint24 epoch,
        uint64 units,
        uint64 conceded,
        bytes32[] calldata proof
    ) private returns (uint96 bond) {
        bytes32 line = lineId(id, epoch, units);
        (bytes32 root, Batch memory batch) = _batchOf(line, proof);
        _checkTime(root, 0, batch.until);
        _checkBounds(conceded, 0, units - 1);
        uint64 disputed = units - conceded;
        uint256 spend = uint256(disputed) * terms.price;
        bond = uint96(_bondOf(spend));
        _lines[line] = LineState(disputed, bond, uint40(block.timestamp), LineStatus.Contested);
        _take(root, batch, spend, bond);
        emit Objected(id, epoch, root, units, disputed, bond);
    }

    function _resolve(
        Campaign calldata terms,
        bytes32 id,
        uint24 epoch,
        bytes32 line,
        LineState memory state,
        Resolution how,
        uint64 upheld,
        uint256 toAdvertiser
    ) private {
        uint64 struck = state.disputed - upheld;
        _lines[line].status = LineStatus.Resolved;
        if (struck != 0) _campaigns[id] = _campaigns[id].credit(uint256(struck) * terms.price);
        _unlock(state.bond, 2 * uint256(state.bond) - toAdvertiser);
        emit ObjectionResolved(id, epoch, how, upheld, struck, toAdvertiser);
        if (upheld != 0) REWARDS.fund(uint256(upheld) * terms.price);
        if (toAdvertiser != 0) LVO.transfer(terms.advertiser, toAdvertiser);
    }

    /// @dev Takes a line, or part of it, out of its batch. The bonds of parts, each rounded down, never sum to more
    /// than the bond of the whole.
    function _take(bytes32 root, Batch memory batch, uint256 spend, uint96 bond) private {
        batch.pending -= uint96(spend);
        batch.bond -= bond;
        _saveBatch(root, batch);
    }

    function _saveBatch(bytes32 root, Batch memory batch) private {
        _batches[root] = batch;
    }

    /// @dev Ends a lock of the deposit, and gives the settler so much of it and of an advertiser's bond.
    function _unlock(uint96 bond, uint256 toSettler) private {
        Deposit memory held = _deposit;
        _deposit = Deposit(held.free + uint96(toSettler), held.locked - bond, held.activeAt);
    }

    function _batchOf(bytes32 line, bytes32[] calldata proof) private view returns (bytes32 root, Batch memory batch) {
        root = MerkleProof.processProofCalldata(proof, line);
        batch = _batches[root];
        if (batch.until == 0) revert AdLedger_BatchUnknown(root);
        LineStatus status = _lines[line].status;
        if (status != LineStatus.Untouched) revert AdLedger_WrongLineStatus(line, status);
    }

    function _contested(
        bytes32 id,
        uint24 epoch,
        uint64 units
    ) private view returns (bytes32 line, LineState memory state) {
        line = lineId(id, epoch, units);
        state = _lines[line];
        if (state.status != LineStatus.Contested) revert AdLedger_WrongLineStatus(line, state.status);
    }

    function _ofAdvertiser(Campaign calldata terms) private view returns (bytes32 id, Budget budget) {
        _checkCaller(terms.advertiser);
        id = campaignId(terms);
        budget = _campaigns[id];
    }

    /// @dev The campaign is live and its stop is to come.
    function _checkRunning(bytes32 id, Budget budget) private view {
        _checkStatus(id, budget.status(), Status.Live);
        _checkEpoch(id, epochNow(), 0, budget.stop());
    }

    function _checkEpoch(bytes32 id, uint256 epoch, uint256 booked, uint256 stop) private pure {
        if (epoch <= booked || epoch >= stop) revert AdLedger_EpochOutOfBounds(id, epoch, booked, stop);
    }

    function _checkStatus(bytes32 id, Status status, Status expected) private pure {
        if (status != expected) revert AdLedger_WrongStatus(id, status);
    }

    function _checkCaller(address allowed) private view {
        if (msg.sender != allowed) revert AdLedger_NotAllowed(msg.sender, allowed);
    }

    function _checkSigned(address account, bytes32 digest, bytes calldata signature) private view {
        if (msg.sender == account) return;
        (bool valid, address signer) = Signatures.check(account, digest, signature);
        if (!valid) revert AdLedger_InvalidSigner(signer, account);
    }

    function _checkTime(bytes32 id, uint256 from, uint256 until) private view {
        if (block.timestamp < from || block.timestamp >= until) {
            revert AdLedger_NotNow(id, block.timestamp, from, until);
        }
    }

    function _checkBounds(uint256 value, uint256 least, uint256 most) private pure {
        if (value < least || value > most) revert AdLedger_OutOfBounds(value, least, most);
    }

    /// @dev Till then lines of a campaign can be booked.
    function _lateOf(Budget budget) private view returns (uint256) {
        return _timeOf(budget.stop() + budget.lateEpochs());
    }

    function _timeOf(uint256 epoch) private view returns (uint256) {
        return epoch * EPOCH_LENGTH;
    }

    function _bondOf(uint256 spend) private view returns (uint256) {
        return (spend * BOND_BPS) / BPS;
    }
}
