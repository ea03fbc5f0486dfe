// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IContentReview} from "../../interfaces/IContentReview.sol";
import {ILVOToken} from "../../interfaces/ILVOToken.sol";
import {PanelVotes} from "../libraries/PanelVotes.sol";
import {SeatOrder} from "../libraries/SeatOrder.sol";
import {TokenIntake} from "../settlement/TokenIntake.sol";
import {Docket, DocketLib} from "./Docket.sol";
import {Reckoning} from "./Reckoning.sol";
import {SeatWord, SeatWordLib} from "./SeatWord.sol";
import {TermBounds} from "./TermBounds.sol";

/// @title Content staking and review
/// @notice See {IContentReview}.
contract ContentReview is IContentReview, TokenIntake {
    using PanelVotes for uint256;
    using SeatOrder for uint256;

    uint256 private constant SEATS = PanelVotes.SEATS;
    uint256 private constant WHOLE_BPS = 10_000;
    uint256 private constant RIPE = 1 minutes;
    bytes32 private constant SUBMISSION_TYPEHASH = keccak256(
        "Submission(address author,bytes32 contentHash,bytes32 manifestHash,string uri,bytes32 parent,uint96 stake,bytes32 salt)"
    );
    bytes32 private constant BID_TYPEHASH = keccak256("Bid(bytes32 id,uint256 round,address bidder,uint96 amount)");
    bytes32 private constant APPEAL_TYPEHASH = keccak256("Appeal(bytes32 id,uint256 round,address appellant)");

    /// @dev Two words a submission.
    struct Dossier {
        address author;
        uint96 stake;
        Docket docket;
    }

    /// @dev A commitment, in a struct of its own so that its place is hashed once for reading and writing.
    struct Sealed {
        bytes32 hash;
    }

    /// @dev What {finalise} collects: who is paid how much, the author and the commons last.
    struct Settlement {
        Status outcome;
        bool contested;
        uint256 panels;
        uint256 toAuthor;
        uint256 toCommons;
        uint256 count;
        ILVOToken.Payment[] payments;
    }

    address private immutable COMMONS;
    uint96 private immutable MIN_STAKE;
    uint96 private immutable MIN_BID;
    uint40 private immutable BIDDING_WINDOW;
    uint40 private immutable SNIPE_WINDOW;
    uint40 private immutable SNIPE_CAP;
    uint40 private immutable COMMIT_WINDOW;
    uint40 private immutable REVEAL_WINDOW;
    uint40 private immutable APPEAL_WINDOW;
    uint8 private immutable APPEALS;
    uint8 private immutable BID_FACTOR;
    uint16 private immutable STEP_BPS;
    uint16 private immutable FEE_BPS;
    uint16 private immutable BOND_BPS;
    uint16 private immutable REJECT_BPS;
    uint16 private immutable NO_SHOW_BPS;
    uint16 private immutable MINORITY_BPS;
    uint16 private immutable REFUND_BPS;

    /// @inheritdoc IContentReview
    mapping(address account => uint256 amount) public credits;
    /// @inheritdoc IContentReview
    mapping(bytes32 seal => uint256 time) public announcedAt;
    /// @inheritdoc IContentReview
    mapping(bytes32 finding => uint256 time) public notedAt;

    mapping(bytes32 id => Dossier) private _dossiers;
    /// @dev Seven words a panel; see {_panel}.
    mapping(bytes32 panel => SeatWord[7]) private _seats;
    /// @dev The account that appealed against round `round - 1`.
    mapping(bytes32 id => mapping(uint256 round => address appellant)) private _appellants;
    mapping(bytes32 panel => mapping(address account => Sealed)) private _commitments;
    mapping(bytes32 panel => mapping(uint256 seat => address finder)) private _finders;

    /// @notice Opens a place of review; see {IContentReview-Terms}.
    constructor(Terms memory terms_) TokenIntake(terms_.lvo) {
        _checkReceiver(terms_.commons);
        TermBounds.check(terms_);
        COMMONS = terms_.commons;
        MIN_STAKE = terms_.minStake;
        MIN_BID = terms_.minBid;
        BIDDING_WINDOW = terms_.biddingWindow;
        SNIPE_WINDOW = terms_.snipeWindow;
        SNIPE_CAP = terms_.snipeCap;
        COMMIT_WINDOW = terms_.commitWindow;
        REVEAL_WINDOW = terms_.revealWindow;
        APPEAL_WINDOW = terms_.appealWindow;
        APPEALS = terms_.appeals;
        BID_FACTOR = terms_.bidFactor;
        STEP_BPS = terms_.stepBps;
        FEE_BPS = terms_.feeBps;
        BOND_BPS = terms_.bondBps;
        REJECT_BPS = terms_.rejectBps;
        NO_SHOW_BPS = terms_.noShowBps;
        MINORITY_BPS = terms_.minorityBps;
        REFUND_BPS = terms_.refundBps;
        emit ReviewOpened(terms_);
    }

    /*//////////////////////////////////////////////////////////////////////////
                                    SUBMITTING
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IContentReview
    function announce(bytes32 seal) external {
        if (announcedAt[seal] != 0) revert ContentReview_SealKnown(seal, uint40(announcedAt[seal]));
        announcedAt[seal] = block.timestamp;
        emit Announced(seal);
    }

    /// @inheritdoc IContentReview
    function submit(Submission calldata submission) external returns (bytes32 id) {
        id = _submit(msg.sender, submission);
        _pull(msg.sender, submission.stake);
    }

    /// @inheritdoc IContentReview
    function submitWithAuthorization(
        address author,
        Submission calldata submission,
        Authorization calldata authorization
    ) external returns (bytes32 id) {
        id = _submit(author, submission);
        _pullAuthorized(author, submission.stake, submissionHash(author, submission), authorization);
    }

    /*//////////////////////////////////////////////////////////////////////////
                                      BIDDING
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IContentReview
    function bid(bytes32 id, uint96 amount) external {
        (uint256 due, ) = _bid(id, msg.sender, amount, true);
        if (due != 0) _pull(msg.sender, due);
    }

    /// @inheritdoc IContentReview
    function bidWithAuthorization(
        bytes32 id,
        address bidder,
        uint96 amount,
        Authorization calldata authorization
    ) external {
        (uint256 due, uint256 round) = _bid(id, bidder, amount, false);
        _pullAuthorized(bidder, due, bidHash(id, round, bidder, amount), authorization);
    }

    /// @inheritdoc IContentReview
    function withdraw(address account) external {
        uint256 amount = credits[account];
        if (amount == 0) revert ContentReview_NothingToWithdraw(account);
        delete credits[account];
        emit Withdrawn(account, uint96(amount));
        LVO.transfer(account, amount);
    }

    /// @inheritdoc IContentReview
    function equalise(bytes32 id) external {
        Docket docket = _dossiers[id].docket;
        if (block.timestamp < _close(docket) || docket.filled() < SEATS || docket.settled()) {
            revert ContentReview_WrongStatus(id, _status(docket), Status.Committing);
        }
        SeatWord[7] storage seats = _seats[_panel(id, docket.round())];
        uint256 lowest = Reckoning.lowest(seats);
        bool changed = false;
        for (uint256 i = 0; i < SEATS; ++i) {
            (address reviewer, uint256 amount) = (seats[i].reviewer(), seats[i].bid());
            if (amount == lowest) continue;
            changed = true;
            seats[i] = SeatWordLib.pack(reviewer, lowest);
            _credit(id, reviewer, amount - lowest);
        }
        if (!changed) revert ContentReview_NothingToEqualise(id);
    }

    /*//////////////////////////////////////////////////////////////////////////
                                      VOTING
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IContentReview
    function commit(bytes32 id, bytes32 commitment) external {
        (Docket docket, ) = _docketIn(id, Status.Committing);
        if (commitment == bytes32(0)) revert ContentReview_CommitmentZero(id);
        Sealed storage held = _commitments[_panel(id, docket.round())][msg.sender];
        if (held.hash != bytes32(0)) revert ContentReview_AlreadyCommitted(id, msg.sender, held.hash);
        held.hash = commitment;
        emit Committed(id, msg.sender, commitment);
    }

    /// @inheritdoc IContentReview
    function reveal(bytes32 id, Ballot[] calldata ballots) external {
        (Docket docket, Dossier storage dossier) = _docketIn(id, Status.Revealing);
        Docket before = docket;
        for (uint256 i = 0; i < ballots.length; ++i) {
            Ballot calldata ballot = ballots[i];
            (uint256 seat, uint256 choice) = (ballot.seat, ballot.choice);
            (address reviewer, Sealed storage held) = _holder(id, docket, seat);
            if ((choice != 1 && choice != 2) || !_matches(id, docket, reviewer, held, ballot)) {
                emit RevealSkipped(id, uint8(seat));
                continue;
            }
            docket = docket.voted(PanelVotes.one(docket.round(), seat, choice));
            delete held.hash;
            emit Revealed(id, reviewer, uint8(seat), uint8(choice), ballot.reasons);
        }
        if (Docket.unwrap(docket) == Docket.unwrap(before)) revert ContentReview_NothingRevealed(id, ballots.length);
        dossier.docket = docket;
    }

    /// @inheritdoc IContentReview
    function noteLeak(bytes32 finding) external {
        if (notedAt[finding] != 0) revert ContentReview_FindingKnown(finding, notedAt[finding]);
        notedAt[finding] = block.timestamp;
        emit LeakNoted(finding);
    }

    /// @inheritdoc IContentReview
    function proveLeak(bytes32 id, Ballot calldata ballot) external {
        (Docket docket, Dossier storage dossier) = _docketIn(id, Status.Committing);
        if (ballot.seat >= SEATS) revert ContentReview_LeakNotProved(id, ballot.seat);
        (address reviewer, Sealed storage held) = _holder(id, docket, ballot.seat);
        bytes32 finding = findingHash(
            msg.sender,
            id,
            docket.round(),
            reviewer,
            ballot.choice,
            ballot.reasons,
            ballot.salt
        );
        uint256 noted = notedAt[finding];
        if (noted == 0 || block.timestamp < noted + RIPE) revert ContentReview_FindingNotRipe(finding, noted);
        if (!_matches(id, docket, reviewer, held, ballot)) revert ContentReview_LeakNotProved(id, ballot.seat);
        uint256 vote = PanelVotes.one(docket.round(), ballot.seat, uint256(Choice.Leaked));
        dossier.docket = docket.voted(vote);
        _finders[_panel(id, docket.round())][ballot.seat] = msg.sender;
        emit LeakProved(id, reviewer, msg.sender, ballot.seat);
    }

    /*//////////////////////////////////////////////////////////////////////////
                                    APPEAL AND END
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IContentReview
    function appeal(bytes32 id) external {
        (uint256 bond, ) = _appeal(id, msg.sender);
        _pull(msg.sender, bond);
    }

    /// @inheritdoc IContentReview
    function appealWithAuthorization(bytes32 id, address appellant, Authorization calldata authorization) external {
        (uint256 bond, uint256 round) = _appeal(id, appellant);
        _pullAuthorized(appellant, bond, appealHash(id, round, appellant), authorization);
    }

    /// @inheritdoc IContentReview
    function finalise(bytes32 id) external {
        Docket docket = _dossiers[id].docket;
        Settlement memory all;
        all.outcome = _status(docket);
        if (all.outcome < Status.Published || docket.settled()) {
            revert ContentReview_NothingToSettle(id, all.outcome, docket.settled());
        }
        _dossiers[id].docket = docket.closed();

        (address author, uint256 stake) = (_dossiers[id].author, _dossiers[id].stake);
        bool short = docket.filled() < SEATS;
        all.panels = short ? docket.round() : docket.round() + 1;
        (uint256 yes, uint256 no) = docket.votes().verdicts(all.panels);
        all.contested = yes != 0 && no != 0;
        // Each seat and the finders; each appellant for a bond and a refund; the author and the commons.
        all.payments = new ILVOToken.Payment[](
            SEATS * (docket.round() + 1) + docket.votes().leaks(all.panels) + 2 * docket.round() + 2
        );
        if (all.outcome == Status.Rejected) all.toCommons = Reckoning.part(stake, REJECT_BPS);
        all.toAuthor = stake - all.toCommons;
        uint256 fee = Reckoning.part(stake, FEE_BPS);
        for (uint256 round = 0; round < all.panels; ++round) {
            _settlePanel(id, docket.votes(), round, round == 0 ? fee : Reckoning.part(fee, BOND_BPS), all);
        }
        if (short) {
            for (uint256 i = 0; i < docket.filled(); ++i) {
                SeatWord seat = _seats[_panel(id, docket.round())][i];
                _pay(all, seat.reviewer(), seat.bid());
            }
            if (docket.round() != 0) _pay(all, _appellants[id][docket.round()], Reckoning.part(fee, BOND_BPS));
        }
        _pay(all, author, all.toAuthor);
        _pay(all, COMMONS, all.toCommons);
        emit Settled(id, all.outcome, uint96(all.toCommons));
        _send(all);
    }

    /*//////////////////////////////////////////////////////////////////////////
                                        VIEWS
    //////////////////////////////////////////////////////////////////////////*/

    /// @inheritdoc IContentReview
    function statusOf(bytes32 id) external view returns (Status) {
        return _status(_dossiers[id].docket);
    }

    /// @inheritdoc IContentReview
    function authorOf(bytes32 id) external view returns (address author, uint96 stake) {
        return (_dossiers[id].author, _dossiers[id].stake);
    }

    /// @inheritdoc IContentReview
    function courseOf(bytes32 id) external view returns (Course memory) {
        return _dossiers[id].docket.unpack();
    }

    /// @inheritdoc IContentReview
    function closeOf(bytes32 id) external view returns (uint256) {
        return _close(_dossiers[id].docket);
    }

    /// @inheritdoc IContentReview
    function seatsOf(bytes32 id, uint256 round) external view returns (Seat[7] memory seats) {
        for (uint256 i = 0; i < SEATS; ++i) {
            SeatWord seat = _seats[_panel(id, round)][i];
            // A bid was packed from 96 bits.
            seats[i] = Seat(seat.reviewer(), uint96(seat.bid()));
        }
    }

    /// @inheritdoc IContentReview
    function appellantOf(bytes32 id, uint256 round) external view returns (address) {
        return _appellants[id][round];
    }

    /// @inheritdoc IContentReview
    function commitmentOf(bytes32 id, uint256 round, address account) external view returns (bytes32) {
        return _commitments[_panel(id, round)][account].hash;
    }

    /// @inheritdoc IContentReview
    function terms() external view returns (Terms memory) {
        return
            Terms({
                lvo: LVO,
                commons: COMMONS,
                minStake: MIN_STAKE,
                minBid: MIN_BID,
                biddingWindow: BIDDING_WINDOW,
                snipeWindow: SNIPE_WINDOW,
                snipeCap: SNIPE_CAP,
                commitWindow: COMMIT_WINDOW,
                revealWindow: REVEAL_WINDOW,
                appealWindow: APPEAL_WINDOW,
                appeals: APPEALS,
                bidFactor: BID_FACTOR,
                stepBps: STEP_BPS,
                feeBps: FEE_BPS,
                bondBps: BOND_BPS,
                rejectBps: REJECT_BPS,
                noShowBps: NO_SHOW_BPS,
                minorityBps: MINORITY_BPS,
                refundBps: REFUND_BPS
            });
    }

    /// @inheritdoc IContentReview
    function idOf(address author, bytes32 contentHash) public pure returns (bytes32) {
        return keccak256(abi.encode(author, contentHash));
    }

    /// @inheritdoc IContentReview
    function ballotHash(
        bytes32 id,
        uint256 round,
        address reviewer,
        uint8 choice,
        bytes32 reasons,
        bytes32 salt
    ) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), id, round, reviewer, choice, reasons, salt));
    }

    /// @inheritdoc IContentReview
    function findingHash(
        address finder,
        bytes32 id,
        uint256 round,
        address reviewer,
        uint8 choice,
        bytes32 reasons,
        bytes32 salt
    ) public pure returns (bytes32) {
        return keccak256(abi.encode(finder, id, round, reviewer, choice, reasons, salt));
    }

    /// @inheritdoc IContentReview
    function submissionHash(address author, Submission calldata submission) public pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    SUBMISSION_TYPEHASH,
                    author,
                    submission.contentHash,
                    submission.manifestHash,
                    keccak256(bytes(submission.uri)),
                    submission.parent,
                    submission.stake,
                    submission.salt
                )
            );
    }

    /// @inheritdoc IContentReview
    function bidHash(bytes32 id, uint256 round, address bidder, uint96 amount) public pure returns (bytes32) {
        return keccak256(abi.encode(BID_TYPEHASH, id, round, bidder, amount));
    }

    /// @inheritdoc IContentReview
    function appealHash(bytes32 id, uint256 round, address appellant) public pure returns (bytes32) {
        return keccak256(abi.encode(APPEAL_TYPEHASH, id, round, appellant));
    }

    /*//////////////////////////////////////////////////////////////////////////
                                      PRIVATE
    //////////////////////////////////////////////////////////////////////////*/

    function _submit(address author, Submission calldata submission) private returns (bytes32 id) {
        if (submission.contentHash == bytes32(0)) revert ContentReview_ContentHashZero();
        id = idOf(author, submission.contentHash);
        if (_dossiers[id].author != address(0)) revert ContentReview_AlreadySubmitted(id);
        if (submission.stake < MIN_STAKE) revert ContentReview_StakeTooLow(submission.stake, MIN_STAKE);
        bytes32 parent = submission.parent;
        if (parent != bytes32(0) && _dossiers[parent].author != author) {
            revert ContentReview_ParentUnknown(parent, author);
        }
        uint256 since = block.timestamp;
        if (submission.salt != bytes32(0)) {
            bytes32 seal = keccak256(
                abi.encode(block.chainid, address(this), author, submission.contentHash, submission.salt)
            );
            since = announcedAt[seal];
            if (since == 0) revert ContentReview_SealUnknown(seal);
        }
        (_dossiers[id].author, _dossiers[id].stake) = (author, submission.stake);
        _dossiers[id].docket = DocketLib.open(author, since, block.timestamp, block.timestamp + BIDDING_WINDOW);
        emit Submitted(
            id,
            author,
            submission.contentHash,
            submission.manifestHash,
            submission.uri,
            parent,
            submission.stake,
            uint40(since)
        );
    }

    /// @dev Returns what the bidder still has to pay, and the round.
    function _bid(bytes32 id, address bidder, uint96 amount, bool useCredit) private returns (uint256 due, uint256) {
        (Docket docket, Dossier storage dossier) = _docketIn(id, Status.Bidding);
        if (_isExcluded(id, docket, bidder)) revert ContentReview_BidderExcluded(id, bidder);
        // Fewer than seven had bid when the first window ended: this is the second.
        if (block.timestamp >= docket.closesAt()) docket = docket.prolonged(BIDDING_WINDOW);
        uint256 number = 0;
        (docket, number, due) = _seat(id, docket, bidder, amount);
        dossier.docket = docket;
        uint256 credit = 0;
        // Unchecked: the credit that is used is neither above what is held nor above what is due.
        unchecked {
            if (useCredit) {
                uint256 held = credits[bidder];
                credit = held < due ? held : due;
                if (credit != 0) credits[bidder] = held - credit;
            }
            emit BidPlaced(id, bidder, uint8(number), amount, uint96(credit));
            return (due - credit, docket.round());
        }
    }

    /// @dev Seats the bidder, or raises its bid. Returns the number of the seat, and what is due for it.
    function _seat(
        bytes32 id,
        Docket docket,
        address bidder,
        uint96 amount
    ) private returns (Docket, uint256 number, uint256 due) {
        SeatWord[7] storage seats = _seats[_panel(id, docket.round())];
        (uint256 place, SeatWord found) = _find(seats, docket, bidder);
        bool raised = found.reviewer() == bidder;
        {
            uint256 least = raised ? found.bid() + 1 : _leastBid(docket, found.bid());
            if (amount < least) revert ContentReview_BidTooLow(id, amount, least);
        }
        due = raised ? amount - found.bid() : amount;
        if (!raised) docket = _moved(id, docket);
        if (raised || docket.filled() == SEATS) {
            if (!raised) _credit(id, found.reviewer(), found.bid());
            number = docket.order().at(place);
            docket = docket.renewed(place);
        } else {
            number = docket.filled();
            docket = docket.joined();
        }
        seats[number] = SeatWordLib.pack(bidder, amount);
        return (docket, number, due);
    }

    /// @dev Who takes a seat in the last minutes leaves the others time to answer.
    function _moved(bytes32 id, Docket docket) private returns (Docket) {
        // Unchecked: times of 40 bits.
        unchecked {
            uint256 later = block.timestamp + SNIPE_WINDOW;
            if (later <= docket.closesAt()) return docket;
            uint256 last = docket.openedAt() + (docket.extended() ? 2 : 1) * uint256(BIDDING_WINDOW) + SNIPE_CAP;
            if (later > last) later = last;
            if (later <= docket.closesAt()) return docket;
            emit CloseMoved(id, uint40(later));
            return docket.closing(later);
        }
    }

    function _credit(bytes32 id, address account, uint256 amount) private {
        // Unchecked: all credits together are at most the supply.
        unchecked {
            credits[account] += amount;
        }
        emit Credited(id, account, uint96(amount));
    }

    function _appeal(bytes32 id, address appellant) private returns (uint256 bond, uint256 round) {
        (Docket docket, Dossier storage dossier) = _docketIn(id, Status.Appealable);
        docket = docket.next(block.timestamp, block.timestamp + BIDDING_WINDOW);
        round = docket.round();
        bond = Reckoning.part(Reckoning.part(dossier.stake, FEE_BPS), BOND_BPS);
        dossier.docket = docket;
        _appellants[id][round] = appellant;
        emit Appealed(id, appellant, uint8(round), uint96(bond));
    }

    /// @dev Adds what a full panel pays.
    function _settlePanel(bytes32 id, uint256 votes, uint256 round, uint256 fee, Settlement memory all) private {
        SeatWord[7] memory seats = _seats[_panel(id, round)];
        Reckoning.Panel memory panel = Reckoning.reckon(
            seats,
            votes,
            round,
            fee,
            all.outcome,
            all.contested,
            NO_SHOW_BPS,
            MINORITY_BPS
        );
        emit PanelSettled(id, uint8(round), panel.verdict, uint96(panel.collateral), uint96(panel.share));
        for (uint256 i = 0; i < SEATS; ++i) {
            if (votes.at(round, i) == uint256(Choice.Leaked))
                _pay(all, _finders[_panel(id, round)][i], panel.collateral / 2);
            _pay(all, seats[i].reviewer(), panel.payouts[i]);
        }
        all.toCommons += panel.forfeited;
        if (round == 0 && !panel.nobodyRevealed) all.toAuthor -= fee;
        if (panel.winners != 0) return;
        uint256 back = 0;
        if (panel.nobodyRevealed) {
            // Nobody judged, so nobody pays for it.
            back = fee;
            if (round != 0) _pay(all, _appellants[id][round], back);
        } else if (round + 1 < all.panels) {
            // The panel was overturned.
            back = Reckoning.part(fee, REFUND_BPS);
            _pay(all, _appellants[id][round + 1], back);
        }
        all.toCommons += panel.pot - back;
    }

    function _pay(Settlement memory all, address account, uint256 amount) private pure {
        if (amount == 0) return;
        ILVOToken.Payment memory payment = all.payments[all.count++];
        // No single amount exceeds the supply, which fits 96 bits.
        (payment.to, payment.amount) = (account, uint96(amount));
    }

    function _send(Settlement memory all) private {
        ILVOToken.Payment[] memory payments = all.payments;
        uint256 count = all.count;
        // Safe: only shortens an array that was just allocated. A second pass to count would settle everything twice.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(payments, count)
        }
        LVO.transferBatch(payments);
    }

    function _isExcluded(bytes32 id, Docket docket, address account) private view returns (bool) {
        // The docket bears the lowest bits of the author, so that nearly nobody has to look at all of them.
        if (docket.mayBeAuthor(account) && account == _dossiers[id].author) return true;
        uint256 round = docket.round();
        for (uint256 earlier = 0; earlier < round; ++earlier) {
            if (account == _appellants[id][earlier + 1]) return true;
            for (uint256 i = 0; i < SEATS; ++i) {
                if (account == _seats[_panel(id, earlier)][i].reviewer()) return true;
            }
        }
        return false;
    }

    /// @dev Who holds a seat of the present round, nobody where there is none, and what that account committed to.
    function _holder(
        bytes32 id,
        Docket docket,
        uint256 seat
    ) private view returns (address reviewer, Sealed storage held) {
        bytes32 panel = _panel(id, docket.round());
        if (seat < SEATS) reviewer = _seats[panel][seat].reviewer();
        held = _commitments[panel][reviewer];
    }

    /// @dev Tells whether a ballot is what its seat has committed to and not revealed: a vote that was revealed, or
    /// whose leak was proved, has a choice.
    function _matches(
        bytes32 id,
        Docket docket,
        address reviewer,
        Sealed storage held,
        Ballot calldata ballot
    ) private view returns (bool) {
        uint256 round = docket.round();
        if (reviewer == address(0) || docket.votes().at(round, ballot.seat) != 0) return false;
        return held.hash == ballotHash(id, round, reviewer, ballot.choice, ballot.reasons, ballot.salt);
    }

    /// @dev One pass over the seats in the order in which they were taken: the bidder's own, or else the lowest, the
    /// latest of equals; where nobody is seated, nobody's.
    function _find(
        SeatWord[7] storage seats,
        Docket docket,
        address bidder
    ) private view returns (uint256 lowestPlace, SeatWord lowest) {
        uint256 filled = docket.filled();
        uint256 order = docket.order();
        uint256 least = type(uint256).max;
        for (uint256 place = 0; place < filled; ++place) {
            SeatWord seat = seats[order.at(place)];
            if (seat.reviewer() == bidder) return (place, seat);
            if (seat.bid() <= least) (lowestPlace, lowest, least) = (place, seat, seat.bid());
        }
    }

    /// @dev What a new bidder has to bid at least.
    function _leastBid(Docket docket, uint256 lowest) private view returns (uint256) {
        if (docket.filled() < SEATS) return MIN_BID * uint256(BID_FACTOR) ** docket.round();
        // Unchecked: a bid of 96 bits, at most 15,000 bps.
        unchecked {
            return (lowest * (WHOLE_BPS + STEP_BPS) + WHOLE_BPS - 1) / WHOLE_BPS;
        }
    }

    function _docketIn(bytes32 id, Status needed) private view returns (Docket docket, Dossier storage dossier) {
        dossier = _dossiers[id];
        docket = dossier.docket;
        Status status = _status(docket);
        if (status != needed) revert ContentReview_WrongStatus(id, status, needed);
    }

    function _status(Docket docket) private view returns (Status) {
        if (docket.openedAt() == 0) return Status.Unknown;
        uint256 time = _close(docket);
        if (block.timestamp < time) return Status.Bidding;
        uint256 round = docket.round();
        if (docket.filled() < SEATS) return round == 0 ? Status.Unreviewed : _outcome(docket.votes(), round);
        // Unchecked: times of 40 bits.
        unchecked {
            time += COMMIT_WINDOW;
            if (block.timestamp < time) return Status.Committing;
            time += REVEAL_WINDOW;
            if (block.timestamp < time) return Status.Revealing;
            if (round < APPEALS && block.timestamp < time + APPEAL_WINDOW) return Status.Appealable;
            return _outcome(docket.votes(), round + 1);
        }
    }

    /// @dev When the bidding ends, as things stand: a panel that is short is given a second window.
    function _close(Docket docket) private view returns (uint256) {
        if (block.timestamp < docket.closesAt() || docket.filled() == SEATS || docket.extended())
            return docket.closesAt();
        return docket.closesAt() + BIDDING_WINDOW;
    }

    /// @dev The key of a round of a submission: ids are hashes, so that no two keys meet, and one mapping is enough.
    function _panel(bytes32 id, uint256 round) private pure returns (bytes32) {
        // Unchecked: an id within two of 2^256 would be as good a key.
        unchecked {
            return bytes32(uint256(id) + round);
        }
    }

    function _outcome(uint256 votes, uint256 panels) private pure returns (Status) {
        (uint256 yes, uint256 no) = votes.verdicts(panels);
        if (yes == no) return Status.Inconclusive;
        return yes > no ? Status.Published : Status.Rejected;
    }
}
