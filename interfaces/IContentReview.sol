// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILVOToken} from "./ILVOToken.sol";
import {ITokenIntake} from "./ITokenIntake.sol";

/// @title Content staking and review
/// @notice An author stakes LVO for the right to publish. Seven reviewers, who won their seats by bidding collateral,
/// judge in secret and then in the open. Five of them publish or reject; anyone may ask seven others, twice at most.
/// @dev A *submission* is known by its id, the hash of (author, content hash): see {idOf}. It passes through up to
/// three *rounds*, each with a *panel* of seven new people, and each through four windows that follow from the time
/// alone:
///
///   bidding -> committing -> revealing -> appealable -> (final, or the next round's bidding)
///
/// Nobody has to move it along: {statusOf} says Published the second the last window ends. {finalise} only pays.
///
/// - A *panel's verdict* is Yes or No where five of its seven seats voted so, and otherwise None.
/// - The *outcome* is Published where more panels said Yes than No, Rejected where more said No, else Inconclusive.
///
/// **Money**, all of it settled at the end by {finalise}, `c` being the lowest winning bid of a panel:
///
/// - A panel has one fee: the first from the author's stake, a later one is its appellant's bond. The larger side of
///   the panel shares it equally, both sides where they are equal, whichever way they voted.
/// - A seat that did not reveal loses `noShowBps` of `c`, a seat whose vote was proved to be leaked all of `c`, half of
///   it to the finder; what is left of both goes to those whom the fee goes to.
/// - The minority of a panel loses `minorityBps` of `c` to the commons where the panel's verdict is the outcome and no
///   other panel said the opposite.
/// - A panel whose verdict is the opposite of the outcome is not paid: `refundBps` of its fee go to who appealed
///   against it, the rest to the commons.
/// - A panel of which nobody revealed costs no fee. A panel that could not be filled never was: everyone gets
///   everything back.
/// - The author gets the stake less the fee, and less `rejectBps` of it where the outcome is Rejected.
///
/// The *commons* is an account that is fixed for ever and gets what nobody earned. It can do nothing here.
///
/// Amounts are in wei (10^-18 LVO), times in Unix seconds, shares in basis points (1/10,000). A share is rounded down;
/// what a division leaves goes to the first of those who share.
interface IContentReview is ITokenIntake {
    /// @notice Where a submission stands; from Published on it is final.
    /// @dev Members in order: never submitted; open for bids; seven seats commit to a vote; votes are revealed; an
    /// appeal may be made; and the four ends. Unreviewed: seven could not be found, nobody judged, everybody got
    /// everything back.
    /// @param Unknown Never submitted.
    /// @param Bidding Seats can be bid for.
    /// @param Committing The seven commit to their votes.
    /// @param Revealing Anyone may reveal committed votes.
    /// @param Appealable Anyone may appeal.
    /// @param Published Final.
    /// @param Rejected Final.
    /// @param Inconclusive Final: no significant majority, or as many panels for as against.
    /// @param Unreviewed Final: fewer than seven wanted to judge.
    enum Status {
        Unknown,
        Bidding,
        Committing,
        Revealing,
        Appealable,
        Published,
        Rejected,
        Inconclusive,
        Unreviewed
    }

    /// @notice What a seat voted, or a panel said.
    /// @param None A seat: nothing revealed. A panel: neither side has five.
    /// @param Yes Publish.
    /// @param No Reject.
    /// @param Leaked Of a seat: its vote was known before its time.
    enum Choice {
        None,
        Yes,
        No,
        Leaked
    }

    /// @notice What a contract is made with, for ever; each in the bounds of {ContentReview_TermOutOfBounds}.
    /// @param lvo The token.
    /// @param commons Gets what nobody earned: not zero, not the token, not the contract.
    /// @param minStake Least stake of a submission, wei, from 10^6.
    /// @param minBid Least bid in the first round, wei, from 10^6 to 10^25.
    /// @param biddingWindow Seconds, from 10 minutes to 30 days; once more where a panel is short.
    /// @param snipeWindow A seat taken less than this before the close moves the close to this much later; seconds, up
    /// to 1 day.
    /// @param snipeCap By how much the close can be moved in all, seconds, up to 1 day.
    /// @param commitWindow Seconds, from 10 minutes to 30 days.
    /// @param revealWindow Seconds, from 10 minutes to 30 days.
    /// @param appealWindow Seconds, from 10 minutes to 30 days.
    /// @param appeals How many appeals there can be, up to 2.
    /// @param bidFactor The least bid of a round is that of the round before times this, from 1 to 10.
    /// @param stepBps By how much a bid must beat the lowest of seven, from 1 to 5,000 bps.
    /// @param feeBps The first panel's fee, of the stake, from 1 to 5,000 bps.
    /// @param bondBps An appeal's bond, of the first panel's fee, from 5,000 to 50,000 bps.
    /// @param rejectBps What a rejected author loses of the stake, up to 5,000 bps.
    /// @param noShowBps What a seat that reveals nothing loses of its collateral, from 1,000 to 10,000 bps.
    /// @param minorityBps What the minority loses of its collateral, up to 5,000 bps.
    /// @param refundBps What who appealed against a panel that was overturned gets of its fee, up to 10,000 bps.
    struct Terms {
        ILVOToken lvo;
        address commons;
        uint96 minStake;
        uint96 minBid;
        uint40 biddingWindow;
        uint40 snipeWindow;
        uint40 snipeCap;
        uint40 commitWindow;
        uint40 revealWindow;
        uint40 appealWindow;
        uint8 appeals;
        uint8 bidFactor;
        uint16 stepBps;
        uint16 feeBps;
        uint16 bondBps;
        uint16 rejectBps;
        uint16 noShowBps;
        uint16 minorityBps;
        uint16 refundBps;
    }

    /// @notice What an author publishes.
    /// @param contentHash SHA-256 of the content: not zero.
    /// @param manifestHash Hash of a manifest that says how it came to be (C2PA, or any other); zero: there is none.
    /// @param uri Where it can be found; anything, also nothing.
    /// @param parent The id of the author's submission that this one revises; zero: it is the first.
    /// @param stake What the author stakes, wei.
    /// @param salt Of the seal that was announced before, see {announce}; zero: none was.
    struct Submission {
        bytes32 contentHash;
        bytes32 manifestHash;
        string uri;
        bytes32 parent;
        uint96 stake;
        bytes32 salt;
    }

    /// @notice A vote as it is revealed, or as it leaked.
    /// @param seat 0 to 6.
    /// @param choice 1: yes, 2: no.
    /// @param reasons Hash of the reasons, which are published elsewhere.
    /// @param salt What kept the vote secret.
    struct Ballot {
        uint8 seat;
        uint8 choice;
        bytes32 reasons;
        bytes32 salt;
    }

    /// @notice A seat of a panel.
    /// @param reviewer Who holds it; zero: nobody.
    /// @param bid Its collateral, wei: what it bid, and from {equalise} on what the lowest of the panel bid.
    struct Seat {
        address reviewer;
        uint96 bid;
    }

    /// @notice What is stored of a submission in its present round.
    /// @param since When the content was announced, or submitted if it was not.
    /// @param openedAt When the round began.
    /// @param closesAt When its bidding ends, as far as bids have moved it; see {closeOf}.
    /// @param votes Two bits for each seat, a {Choice}: seat `s` of round `r` from bit `14 r + 2 s` on.
    /// @param order Three bits for each taken seat: its number, in the order in which the bids came.
    /// @param round 0 to 2.
    /// @param filled Seats taken, 0 to 7.
    /// @param extended Whether a bid came in the second bidding window of a panel that was short.
    /// @param settled Whether everyone was paid.
    struct Course {
        uint40 since;
        uint40 openedAt;
        uint40 closesAt;
        uint48 votes;
        uint24 order;
        uint8 round;
        uint8 filled;
        bool extended;
        bool settled;
    }

    /*//////////////////////////////////////////////////////////////////////////
                                      EVENTS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Emitted once, with everything that never changes.
    event ReviewOpened(Terms terms);

    /// @notice Emitted when a seal was announced.
    event Announced(bytes32 indexed seal);

    /// @notice Emitted when `author` submitted content, for good.
    event Submitted(
        bytes32 indexed id,
        address indexed author,
        bytes32 indexed contentHash,
        bytes32 manifestHash,
        string uri,
        bytes32 parent,
        uint96 stake,
        uint40 since
    );

    /// @notice Emitted when `bidder` took a seat or raised its bid to `amount`, of which `fromCredit` was its credit.
    event BidPlaced(bytes32 indexed id, address indexed bidder, uint8 seat, uint96 amount, uint96 fromCredit);

    /// @notice Emitted when a late seat moved the close of the bidding.
    event CloseMoved(bytes32 indexed id, uint40 closesAt);

    /// @notice Emitted when `account` was credited its displaced bid, or the part of it above the lowest.
    event Credited(bytes32 indexed id, address indexed account, uint96 amount);

    /// @notice Emitted when `account` was paid its credit.
    event Withdrawn(address indexed account, uint96 amount);

    /// @notice Emitted when `account` committed to a vote; it counts if the account holds a seat.
    event Committed(bytes32 indexed id, address indexed account, bytes32 commitment);

    /// @notice Emitted when a vote was revealed.
    event Revealed(bytes32 indexed id, address indexed reviewer, uint8 seat, uint8 choice, bytes32 reasons);

    /// @notice Emitted when a batch left out a vote that does not fit its commitment, or was revealed before.
    event RevealSkipped(bytes32 indexed id, uint8 seat);

    /// @notice Emitted when somebody noted to know a vote.
    event LeakNoted(bytes32 indexed finding);

    /// @notice Emitted when `finder` proved that a vote had leaked.
    event LeakProved(bytes32 indexed id, address indexed reviewer, address indexed finder, uint8 seat);

    /// @notice Emitted when `appellant` opened another round.
    event Appealed(bytes32 indexed id, address indexed appellant, uint8 round, uint96 bond);

    /// @notice Emitted for each full panel when it was settled: what it said, what each seat had locked, and what each
    /// that was paid got beside its collateral.
    event PanelSettled(bytes32 indexed id, uint8 round, Choice verdict, uint96 collateral, uint96 share);

    /// @notice Emitted when everyone was paid, the commons `toCommons` wei of it.
    event Settled(bytes32 indexed id, Status outcome, uint96 toCommons);

    /*//////////////////////////////////////////////////////////////////////////
                                      ERRORS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Thrown when the term of this place in {Terms}, counted from 0, is out of bounds.
    error ContentReview_TermOutOfBounds(uint256 place, uint256 value, uint256 least, uint256 most);

    /// @notice Thrown when a content hash is zero.
    error ContentReview_ContentHashZero();

    /// @notice Thrown when the author submitted this content before.
    error ContentReview_AlreadySubmitted(bytes32 id);

    /// @notice Thrown when the parent is no submission of the author.
    error ContentReview_ParentUnknown(bytes32 parent, address author);

    /// @notice Thrown when the stake is below the least, in wei.
    error ContentReview_StakeTooLow(uint96 stake, uint96 least);

    /// @notice Thrown when a seal was announced before, at `since`.
    error ContentReview_SealKnown(bytes32 seal, uint40 since);

    /// @notice Thrown when a seal was never announced.
    error ContentReview_SealUnknown(bytes32 seal);

    /// @notice Thrown when a submission is not in the state that this takes.
    error ContentReview_WrongStatus(bytes32 id, Status status, Status needed);

    /// @notice Thrown when the account is the author, an appellant, or sat in an earlier panel.
    error ContentReview_BidderExcluded(bytes32 id, address bidder);

    /// @notice Thrown when a bid is too low, in wei.
    error ContentReview_BidTooLow(bytes32 id, uint256 amount, uint256 least);

    /// @notice Thrown when the account has no credit.
    error ContentReview_NothingToWithdraw(address account);

    /// @notice Thrown when all seven bid the same, or were made equal before.
    error ContentReview_NothingToEqualise(bytes32 id);

    /// @notice Thrown when a commitment is zero.
    error ContentReview_CommitmentZero(bytes32 id);

    /// @notice Thrown when the account has committed in this round.
    error ContentReview_AlreadyCommitted(bytes32 id, address account, bytes32 commitment);

    /// @notice Thrown when none of the ballots could be counted.
    error ContentReview_NothingRevealed(bytes32 id, uint256 ballots);

    /// @notice Thrown when a finding was noted before, at `notedAt`.
    error ContentReview_FindingKnown(bytes32 finding, uint256 notedAt);

    /// @notice Thrown when a finding was not noted by the caller, or less than a minute ago; zero: never.
    error ContentReview_FindingNotRipe(bytes32 finding, uint256 notedAt);

    /// @notice Thrown when a ballot is not what its seat committed to, or the seat is void already.
    error ContentReview_LeakNotProved(bytes32 id, uint8 seat);

    /// @notice Thrown when a submission is not final, or everyone was paid before.
    error ContentReview_NothingToSettle(bytes32 id, Status status, bool settled);

    /*//////////////////////////////////////////////////////////////////////////
                                    SUBMITTING
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Announces a seal, `keccak256(abi.encode(chain id, this contract, author, content hash, salt))`, so that
    /// nobody who sees the content hash in a submission can claim to have had it first.
    /// @dev Emits {Announced}.
    ///
    /// Requirements:
    /// - The seal was not announced before ({ContentReview_SealKnown}).
    function announce(bytes32 seal) external;

    /// @notice Submits content of the caller and takes its stake.
    /// @dev Emits {Submitted}. Another author may submit the same content; `since` tells who had it first.
    ///
    /// Requirements:
    /// - The content hash is not zero ({ContentReview_ContentHashZero}).
    /// - The author has not submitted it ({ContentReview_AlreadySubmitted}).
    /// - The stake is not below the least ({ContentReview_StakeTooLow}).
    /// - The parent is zero or a submission of the author ({ContentReview_ParentUnknown}).
    /// - The salt is zero or belongs to a seal that was announced ({ContentReview_SealUnknown}).
    function submit(Submission calldata submission) external returns (bytes32 id);

    /// @notice Same for an author that signed an authorization of the stake whose nonce is {submissionHash}; anyone
    /// sends it.
    function submitWithAuthorization(
        address author,
        Submission calldata submission,
        Authorization calldata authorization
    ) external returns (bytes32 id);

    /*//////////////////////////////////////////////////////////////////////////
                                      BIDDING
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Bids `amount` wei in all for a seat of the present round, or raises the caller's bid to it. What the
    /// caller has in credit is used first, the rest is taken from it.
    /// @dev Emits {BidPlaced}, and {Credited} for whom it displaces.
    ///
    /// Notes:
    /// - The seven highest hold the seats; among equal bids the earlier stays. Nobody can leave.
    /// - A seat taken in the last `snipeWindow` moves the close, up to `snipeCap` in all. A raise does not: it takes
    ///   nothing from anybody.
    ///
    /// Requirements:
    /// - The submission is open for bids ({ContentReview_WrongStatus}).
    /// - The bidder is not the author, an appellant, or of an earlier panel ({ContentReview_BidderExcluded}).
    /// - The bid is not below the least; where all seats are taken, it beats the lowest by `stepBps`, rounded up; a
    ///   raise is above the bidder's own bid ({ContentReview_BidTooLow}).
    function bid(bytes32 id, uint96 amount) external;

    /// @notice Same for a bidder that signed an authorization whose nonce is {bidHash}, of `amount` less what it has
    /// bid in this round; its credit is left alone.
    function bidWithAuthorization(
        bytes32 id,
        address bidder,
        uint96 amount,
        Authorization calldata authorization
    ) external;

    /// @notice Pays `account` its credit. Anyone may call.
    /// @dev Emits {Withdrawn}.
    ///
    /// Requirements:
    /// - There is some ({ContentReview_NothingToWithdraw}).
    function withdraw(address account) external;

    /// @notice After the close, lets all seven lock the same, the lowest bid, and credits what they bid above it.
    /// Anyone may call; who does not wait for it gets the same from {finalise}.
    /// @dev Emits {Credited} for each.
    ///
    /// Requirements:
    /// - The bidding of the present round is over, with seven seats taken, and nobody was paid yet
    ///   ({ContentReview_WrongStatus}).
    /// - A bid is above the lowest ({ContentReview_NothingToEqualise}).
    function equalise(bytes32 id) external;

    /*//////////////////////////////////////////////////////////////////////////
                                      VOTING
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Commits to a vote in the present round: {ballotHash} of it. Once.
    /// @dev Emits {Committed}. Whether the caller holds a seat is seen when the vote is revealed: reading it here would
    /// cost every reviewer and help nobody.
    ///
    /// Requirements:
    /// - Votes are being committed to ({ContentReview_WrongStatus}).
    /// - The commitment is not zero ({ContentReview_CommitmentZero}) and the caller's first of the round
    ///   ({ContentReview_AlreadyCommitted}).
    function commit(bytes32 id, bytes32 commitment) external;

    /// @notice Reveals votes of the present round; anyone who knows them may.
    /// @dev Emits {Revealed} or {RevealSkipped} for each.
    ///
    /// Requirements:
    /// - Votes are being revealed ({ContentReview_WrongStatus}).
    /// - At least one ballot counts ({ContentReview_NothingRevealed}).
    function reveal(bytes32 id, Ballot[] calldata ballots) external;

    /// @notice Notes that the caller knows a vote before its time: {findingHash} of it. The first of two steps, so that
    /// nobody can take the finding from the second.
    /// @dev Emits {LeakNoted}.
    ///
    /// Requirements:
    /// - It was not noted before ({ContentReview_FindingKnown}).
    function noteLeak(bytes32 finding) external;

    /// @notice Proves, while votes are being committed to, that the caller knew a vote for a minute: the seat is void
    /// and loses all its collateral, half of it to the caller.
    /// @dev Emits {LeakProved}.
    ///
    /// Requirements:
    /// - Votes are being committed to ({ContentReview_WrongStatus}).
    /// - The caller noted it a minute ago or earlier ({ContentReview_FindingNotRipe}).
    /// - It is what the seat committed to, and the seat is not void ({ContentReview_LeakNotProved}).
    function proveLeak(bytes32 id, Ballot calldata ballot) external;

    /*//////////////////////////////////////////////////////////////////////////
                                    APPEAL AND END
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Opens another round: seven others, who bid from a higher least bid on. Takes the bond of the caller.
    /// @dev Emits {Appealed}.
    ///
    /// Requirements:
    /// - The submission can be appealed ({ContentReview_WrongStatus}).
    function appeal(bytes32 id) external;

    /// @notice Same for an appellant that signed an authorization of the bond whose nonce is {appealHash}.
    function appealWithAuthorization(bytes32 id, address appellant, Authorization calldata authorization) external;

    /// @notice Pays everyone what the end of a submission leaves to each. Anyone may call, once.
    /// @dev Emits {PanelSettled} for each panel, and {Settled}.
    ///
    /// Requirements:
    /// - The submission is final and nobody was paid yet ({ContentReview_NothingToSettle}).
    function finalise(bytes32 id) external;

    /*//////////////////////////////////////////////////////////////////////////
                                        VIEWS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Returns where a submission stands at this second.
    function statusOf(bytes32 id) external view returns (Status);

    /// @notice Returns the id of an author's content: `keccak256(abi.encode(author, contentHash))`.
    function idOf(address author, bytes32 contentHash) external pure returns (bytes32);

    /// @notice Returns who submitted it, and the stake, wei; zero: nobody did.
    function authorOf(bytes32 id) external view returns (address author, uint96 stake);

    /// @notice Returns what is stored of the present round.
    function courseOf(bytes32 id) external view returns (Course memory);

    /// @notice Returns when the bidding of the present round ends, as things stand: later where seats are free.
    function closeOf(bytes32 id) external view returns (uint256);

    /// @notice Returns the seven seats of a round.
    function seatsOf(bytes32 id, uint256 round) external view returns (Seat[7] memory);

    /// @notice Returns who appealed against a round and so opened the one after: `round` is 1 or 2.
    function appellantOf(bytes32 id, uint256 round) external view returns (address);

    /// @notice Returns what an account has committed to in a round and not revealed.
    function commitmentOf(bytes32 id, uint256 round, address account) external view returns (bytes32);

    /// @notice Returns what an account can withdraw or bid with, wei.
    function credits(address account) external view returns (uint256);

    /// @notice Returns when a seal was announced; zero: never.
    function announcedAt(bytes32 seal) external view returns (uint256);

    /// @notice Returns when a finding was noted; zero: never.
    function notedAt(bytes32 finding) external view returns (uint256);

    /// @notice Returns what the contract was made with.
    function terms() external view returns (Terms memory);

    /// @notice Returns the commitment to a vote, which binds chain, contract, submission, round, reviewer, choice,
    /// reasons and salt: `keccak256(abi.encode(chain id, this contract, id, round, reviewer, choice, reasons, salt))`.
    function ballotHash(
        bytes32 id,
        uint256 round,
        address reviewer,
        uint8 choice,
        bytes32 reasons,
        bytes32 salt
    ) external view returns (bytes32);

    /// @notice Returns what a finder notes: `keccak256(abi.encode(finder, id, round, reviewer, choice, reasons,
    /// salt))`.
    function findingHash(
        address finder,
        bytes32 id,
        uint256 round,
        address reviewer,
        uint8 choice,
        bytes32 reasons,
        bytes32 salt
    ) external pure returns (bytes32);

    /// @notice Returns the nonce of an authorization that pays for a submission: the hash of the EIP-712 struct
    /// `Submission(address author,bytes32 contentHash,bytes32 manifestHash,string uri,bytes32 parent,uint96
    /// stake,bytes32 salt)`.
    function submissionHash(address author, Submission calldata submission) external pure returns (bytes32);

    /// @notice Returns the nonce of an authorization that pays for a bid: the hash of the EIP-712 struct
    /// `Bid(bytes32 id,uint256 round,address bidder,uint96 amount)`.
    function bidHash(bytes32 id, uint256 round, address bidder, uint96 amount) external pure returns (bytes32);

    /// @notice Returns the nonce of an authorization that pays for an appeal that opens `round`: the hash of the
    /// EIP-712 struct `Appeal(bytes32 id,uint256 round,address appellant)`.
    function appealHash(bytes32 id, uint256 round, address appellant) external pure returns (bytes32);
}
