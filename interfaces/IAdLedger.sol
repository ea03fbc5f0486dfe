// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IRewardLedger} from "./IRewardLedger.sol";
import {ITokenIntake} from "./ITokenIntake.sol";

/// @title The public ledger of advertising
/// @notice Advertisers escrow budgets; the attention that viewers gave is booked in lines, one for each campaign and
/// epoch; every line can be contested before its money moves to the reward ledger that pays the viewers.
/// @dev One ledger is one *settler*, a platform. It is the first operator of {REWARDS}, the reward ledger that is made
/// with this one, and nobody else can book here.
///
/// Time is counted in *epochs*: epoch `e` is the time from `e * epochLength` to `(e + 1) * epochLength`, Unix seconds.
/// A campaign counts attention in the epochs from its start up to and without its *stop*: its end, or the epoch after
/// the one in which it was paused or closed. What was served before the stop may be booked until `lateEpochs` epochs
/// after it, and till then nothing goes back to the advertiser.
///
/// A campaign is known by its *id*, the EIP-712 hash of its {Campaign}, domain included: the same in no other ledger
/// and on no other chain.
///
/// A *line* is what one campaign owes for one epoch. The price of a unit of attention is a whole number of wei, and so
/// are its parts, so no line is ever rounded. Lines are booked in *batches*. A batch is known by the root of its
/// Merkle tree, as in OpenZeppelin's StandardMerkleTree without sorting the leaves, with the types
/// (bytes32 campaign, uint24 epoch, uint64 units); {lineId} is the leaf:
///
///   keccak256(bytes.concat(keccak256(abi.encode(campaign, epoch, units))))
///
/// A campaign's epochs are booked in rising order, each once, so no line and no batch can ever be booked again.
///
/// Where the money is: what a campaign has left, what batches and objections hold, and the settler's deposit; the
/// balance is the sum of these, whatever else was donated. What is final has left for {REWARDS}.
///
/// Viewers sign, off chain,
/// `AttentionReceipt(bytes32 campaign,address publisher,address viewer,uint24 epoch,uint64 units,bytes32 contextHash)`
/// in this ledger's EIP-712 domain; no function takes it. Amounts are in wei (10^-18 LVO), times in Unix seconds.
interface IAdLedger is ITokenIntake {
    /// @notice What holds for every campaign of the ledger, for ever.
    /// @param epochLength How long an epoch is, seconds, from 1 hour to 30 days.
    /// @param bondBps What the settler's deposit must cover of every line, and an advertiser of what it contests, basis
    /// points from 1 to 10,000.
    /// @param objectionWindow How long a line can be contested, seconds, from 1 hour to 30 days.
    /// @param rulingWindow How long an objection waits for a ruling, seconds, from 2 hours to 60 days. In its first
    /// half either side can give in; in its second half the arbiter rules.
    struct Rules {
        uint32 epochLength;
        uint16 bondBps;
        uint32 objectionWindow;
        uint32 rulingWindow;
    }

    /// @notice The terms of a campaign, which advertiser and settler sign.
    /// @param advertiser Who pays, and gets back what is left: not zero, the token, the ledger or the settler.
    /// @param arbiter Who rules on objections: not zero, the advertiser or the settler.
    /// @param budget What the advertiser escrows at the beginning, in wei; anyone may add to it.
    /// @param price What a unit of attention costs, in wei, not 0.
    /// @param viewerPart What the viewer gets of the price, in wei.
    /// @param publisherPart What the publisher gets of the price, in wei; the rest is the platform's.
    /// @param epochCap What a line may come to at most, in whole LVO (10^18 wei).
    /// @param start The first epoch that counts; if it is over when the campaign is opened, the running one.
    /// @param end The first epoch that does not count, at most 730 days away.
    /// @param lateEpochs How many epochs after the stop lines may be booked, 1 or more, 90 days at most.
    /// @param silentBps How much of a contested line stands if the arbiter is silent, basis points.
    /// @param viewerCap How many units of one viewer count in an epoch, over all publishers; kept off chain.
    /// @param openBy When the offer ends, Unix seconds.
    /// @param criteriaHash The hash of whatever the parties agreed on besides: which attention counts, where and whose.
    /// @param salt Makes equal terms different.
    struct Campaign {
        address advertiser;
        address arbiter;
        uint96 budget;
        uint72 price;
        uint72 viewerPart;
        uint72 publisherPart;
        uint24 epochCap;
        uint24 start;
        uint24 end;
        uint8 lateEpochs;
        uint16 silentBps;
        uint64 viewerCap;
        uint40 openBy;
        bytes32 criteriaHash;
        bytes32 salt;
    }

    /// @notice Where a campaign stands.
    /// @param None It was never opened.
    /// @param Live It counts attention till its stop.
    /// @param Paused The advertiser stopped it and may go on.
    /// @param Closed The advertiser stopped it for good.
    /// @param Canceled The advertiser or the settler made the offer void before it was opened.
    enum Status {
        None,
        Live,
        Paused,
        Closed,
        Canceled
    }

    /// @notice What the ledger keeps of a campaign, in one slot.
    /// @param remaining What is escrowed and not booked, in wei.
    /// @param price What a unit costs, in wei.
    /// @param epochCap What a line may come to at most, in whole LVO.
    /// @param booked No epoch up to this one can be booked any more.
    /// @param stop The first epoch that does not count.
    /// @param lateEpochs How many epochs after the stop lines may be booked.
    /// @param status Where it stands.
    struct CampaignState {
        uint96 remaining;
        uint72 price;
        uint24 epochCap;
        uint24 booked;
        uint24 stop;
        uint8 lateEpochs;
        Status status;
    }

    /// @notice What one campaign owes for the epoch that is being posted.
    /// @param campaign The campaign's id.
    /// @param units Units of attention, not 0; the line comes to `units * price` wei.
    struct Line {
        bytes32 campaign;
        uint64 units;
    }

    /// @notice What the ledger keeps of a batch, in one slot.
    /// @param pending What its lines come to that are neither final nor contested, in wei.
    /// @param bond What of the settler's deposit is locked for these, in wei.
    /// @param until Till then its lines can be contested, from then on anyone makes it final; zero: there is no such
    /// batch.
    /// @param done Whether it is final.
    struct Batch {
        uint96 pending;
        uint96 bond;
        uint40 until;
        bool done;
    }

    /// @notice What became of a line that did not just become final with its batch.
    /// @param Untouched It has its batch's fate.
    /// @param Accepted The advertiser signed it.
    /// @param Contested The advertiser objected.
    /// @param Resolved An objection was decided.
    enum LineStatus {
        Untouched,
        Accepted,
        Contested,
        Resolved
    }

    /// @notice What the ledger keeps of such a line, in one slot.
    /// @param disputed How many of its units are contested.
    /// @param bond What settler and advertiser have each locked for them, in wei.
    /// @param since When the objection was made.
    /// @param status What became of it.
    struct LineState {
        uint64 disputed;
        uint96 bond;
        uint40 since;
        LineStatus status;
    }

    /// @notice How an objection ended.
    /// @param Ruling The arbiter ruled.
    /// @param Silence The arbiter was silent; the signed share stands and the bonds went home.
    /// @param SettlerConceded The settler gave in: nothing stands, and the bonds went home.
    /// @param AdvertiserConceded The advertiser gave in: all of it stands, and the bonds went home.
    enum Resolution {
        Ruling,
        Silence,
        SettlerConceded,
        AdvertiserConceded
    }

    /// @notice The settler's deposit, in one slot.
    /// @param free What it can take back or lock, in wei.
    /// @param locked What lines have locked, in wei.
    /// @param activeAt When it last posted or deposited.
    struct Deposit {
        uint96 free;
        uint96 locked;
        uint40 activeAt;
    }

    /*//////////////////////////////////////////////////////////////////////////
                                      EVENTS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Emitted once, with everything that never changes.
    event AdLedgerOpened(address indexed settler, IRewardLedger indexed rewards, Rules rules);

    /// @notice Emitted when a campaign was opened with its budget.
    event CampaignOpened(bytes32 indexed campaign, address indexed advertiser, Campaign terms);

    /// @notice Emitted when the advertiser or the settler made an offer void.
    event CampaignCanceled(bytes32 indexed campaign, address indexed by);

    /// @notice Emitted when `funder` added `amount` wei to a campaign.
    event ToppedUp(bytes32 indexed campaign, address indexed funder, uint256 amount);

    /// @notice Emitted when the advertiser paused a campaign: epochs from `stop` on do not count.
    event CampaignPaused(bytes32 indexed campaign, uint24 stop);

    /// @notice Emitted when the advertiser let a campaign go on: the epochs after `booked` count, up to `stop`.
    event CampaignResumed(bytes32 indexed campaign, uint24 booked, uint24 stop);

    /// @notice Emitted when the advertiser closed a campaign: epochs from `stop` on do not count.
    event CampaignClosed(bytes32 indexed campaign, uint24 stop);

    /// @notice Emitted when what a campaign had left went back to its advertiser.
    event Refunded(bytes32 indexed campaign, address indexed advertiser, uint256 amount);

    /// @notice Emitted when a list of refunds left out a campaign that has nothing to give back, or not yet.
    event RefundSkipped(bytes32 indexed campaign);

    /// @notice Emitted when a line was booked, in wei; the batch is that of the next {BatchPosted} of the transaction.
    event LinePosted(bytes32 indexed campaign, uint24 indexed epoch, uint256 units, uint256 spend);

    /// @notice Emitted when `count` lines that come to `spend` wei were booked, with the root of the receipts they
    /// were computed from and the hash of the manifest from which anyone can recompute them.
    event BatchPosted(
        bytes32 indexed batch,
        uint24 indexed epoch,
        uint256 count,
        uint256 spend,
        uint256 bond,
        uint40 until,
        bytes32 receiptsRoot,
        bytes32 dataHash
    );

    /// @notice Emitted when what was left of a batch became final and went to the reward ledger.
    event BatchFinalized(bytes32 indexed batch, uint256 spend);

    /// @notice Emitted when a list of batches left out one that is final, not yet due or unknown.
    event BatchSkipped(bytes32 indexed batch);

    /// @notice Emitted when a line became final by its advertiser's word.
    event LineAccepted(
        bytes32 indexed campaign,
        uint24 indexed epoch,
        bytes32 indexed batch,
        uint256 units,
        uint256 spend
    );

    /// @notice Emitted when an advertiser made all acceptances void that it has signed so far.
    event AcceptancesCanceled(address indexed advertiser, uint256 nonce);

    /// @notice Emitted when the advertiser contested `disputed` units of a line of `units`, with a bond in wei.
    event Objected(
        bytes32 indexed campaign,
        uint24 indexed epoch,
        bytes32 indexed batch,
        uint256 units,
        uint256 disputed,
        uint256 bond
    );

    /// @notice Emitted when an objection ended: how many units stand and how many were struck, and what of the two
    /// bonds went to the advertiser, in wei; the rest is the settler's.
    event ObjectionResolved(
        bytes32 indexed campaign,
        uint24 indexed epoch,
        Resolution how,
        uint256 upheld,
        uint256 struck,
        uint256 toAdvertiser
    );

    /// @notice Emitted when `funder` added `amount` wei to the settler's deposit.
    event Deposited(address indexed funder, uint256 amount);

    /// @notice Emitted when `amount` wei of the deposit went back to the settler.
    event Withdrawn(uint256 amount);

    /*//////////////////////////////////////////////////////////////////////////
                                      ERRORS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Thrown when a number of the rules, of a campaign's terms or of an objection is outside its bounds.
    error AdLedger_OutOfBounds(uint256 value, uint256 least, uint256 most);

    /// @notice Thrown when advertiser, arbiter and settler are not three different accounts.
    error AdLedger_PartiesNotDistinct(address advertiser, address arbiter, address settler);

    /// @notice Thrown when the caller is not who alone may do this.
    error AdLedger_NotAllowed(address caller, address allowed);

    /// @notice Thrown when something was signed by `signer` (zero: by nobody) and not by `account`.
    error AdLedger_InvalidSigner(address signer, address account);

    /// @notice Thrown when a campaign is not where it has to be for this.
    error AdLedger_WrongStatus(bytes32 campaign, Status status);

    /// @notice Thrown when something is done before `from`, or at `until` or later; `id` is the campaign, line or batch
    /// that it is done to, or zero.
    error AdLedger_NotNow(bytes32 id, uint256 time, uint256 from, uint256 until);

    /// @notice Thrown when an epoch is not after `booked`, the last that was booked or let go, and before `stop`.
    error AdLedger_EpochOutOfBounds(bytes32 campaign, uint256 epoch, uint256 booked, uint256 stop);

    /// @notice Thrown when a line comes to nothing, to more than the campaign allows for an epoch, or to more than it
    /// has left, in wei.
    error AdLedger_SpendOutOfBounds(bytes32 campaign, uint256 spend, uint256 cap, uint256 remaining);

    /// @notice Thrown when no lines are posted.
    error AdLedger_BatchEmpty();

    /// @notice Thrown when the settler's free deposit is too small, in wei.
    error AdLedger_DepositTooSmall(uint256 needed, uint256 free);

    /// @notice Thrown when a proof leads to no batch that was posted.
    error AdLedger_BatchUnknown(bytes32 batch);

    /// @notice Thrown when the batch of a line is final.
    error AdLedger_BatchDone(bytes32 batch);

    /// @notice Thrown when a line is not where it has to be for this.
    error AdLedger_WrongLineStatus(bytes32 line, LineStatus status);

    /*//////////////////////////////////////////////////////////////////////////
                                     CAMPAIGNS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Opens a campaign and escrows its budget, from the advertiser's allowance; with a permit, by `multicall`.
    /// @dev Emits {CampaignOpened}. Whoever of the two sends it need not sign.
    ///
    /// Requirements:
    /// - The campaign is new ({AdLedger_WrongStatus}) and the offer stands ({AdLedger_NotNow}).
    /// - The advertiser can be paid ({TokenIntake_InvalidReceiver}); the three parties differ and the arbiter is not
    ///   zero ({AdLedger_PartiesNotDistinct}).
    /// - Price, parts, end, late epochs and silent share are in bounds ({AdLedger_OutOfBounds}).
    /// - Advertiser and settler signed or sent it ({AdLedger_InvalidSigner}).
    /// @param terms The campaign.
    /// @param advertiserSignature Of the advertiser over the campaign; empty if the advertiser sends it.
    /// @param settlerSignature Of the settler over the campaign; empty if the settler sends it.
    function open(
        Campaign calldata terms,
        bytes calldata advertiserSignature,
        bytes calldata settlerSignature
    ) external;

    /// @notice Opens a campaign that the advertiser pays for by an authorization whose nonce is the campaign's id.
    /// @dev As {open}; the authorization stands for the advertiser's signature.
    function openWithAuthorization(
        Campaign calldata terms,
        bytes calldata settlerSignature,
        Authorization calldata authorization
    ) external;

    /// @notice Makes an offer void that was signed and not yet opened.
    /// @dev Emits {CampaignCanceled}.
    ///
    /// Requirements:
    /// - The campaign is new ({AdLedger_WrongStatus}).
    /// - The caller is the settler or the advertiser ({AdLedger_NotAllowed}, which names the advertiser).
    function cancel(Campaign calldata terms) external;

    /// @notice Adds `amount` wei of the caller to a campaign, from its allowance; with a permit, by `multicall`.
    /// @dev Emits {ToppedUp}. It changes no time.
    ///
    /// Requirements:
    /// - The campaign is live ({AdLedger_WrongStatus}) and its stop is to come ({AdLedger_EpochOutOfBounds}).
    function topUp(bytes32 campaign, uint96 amount) external;

    /// @notice Lets a campaign count nothing from the next epoch on.
    /// @dev Emits {CampaignPaused}. What was served before can still be booked.
    ///
    /// Requirements:
    /// - The caller is the advertiser ({AdLedger_NotAllowed}).
    /// - The campaign is live ({AdLedger_WrongStatus}) and its stop is to come ({AdLedger_EpochOutOfBounds}).
    function pause(Campaign calldata terms) external;

    /// @notice Lets a paused campaign go on from the next epoch, up to its end.
    /// @dev Emits {CampaignResumed}.
    ///
    /// Notes:
    /// - Nothing that was served before the pause can be booked afterwards; so it must have had its late window.
    ///
    /// Requirements:
    /// - The caller is the advertiser ({AdLedger_NotAllowed}).
    /// - The campaign is paused ({AdLedger_WrongStatus}), and its late window is over ({AdLedger_NotNow}).
    /// - The next epoch is before its end ({AdLedger_EpochOutOfBounds}).
    function resume(Campaign calldata terms) external;

    /// @notice Lets a campaign count nothing from the next epoch on, for good.
    /// @dev Emits {CampaignClosed}. What was served before can still be booked; then anyone may refund the rest.
    ///
    /// Requirements:
    /// - The caller is the advertiser ({AdLedger_NotAllowed}).
    /// - The campaign is live or paused ({AdLedger_WrongStatus}).
    function close(Campaign calldata terms) external;

    /// @notice Gives back what campaigns have left, once they are over: from `lateEpochs` after the end, or after the
    /// stop of a closed one.
    /// @dev Emits {Refunded} or {RefundSkipped} for each. Anyone may send it; the advertisers are paid. A campaign
    /// from whose lines something is struck later can be refunded again.
    function refund(Campaign[] calldata campaigns) external;

    /*//////////////////////////////////////////////////////////////////////////
                                      THE LEDGER
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Books the lines of campaigns for an epoch, and locks the settler's deposit in proportion.
    /// @dev Emits {LinePosted} for each, then {BatchPosted}. An epoch may take as many batches as it needs.
    ///
    /// Requirements:
    /// - The caller is the settler ({AdLedger_NotAllowed}).
    /// - There are lines ({AdLedger_BatchEmpty}).
    /// - Each campaign was opened ({AdLedger_WrongStatus}), and the epoch is after the last that was booked of it and
    ///   before its stop ({AdLedger_EpochOutOfBounds}).
    /// - The epoch is over, and the campaign's late window is not ({AdLedger_NotNow}).
    /// - Each line comes to something, within the campaign's cap and budget ({AdLedger_SpendOutOfBounds}).
    /// - The free deposit covers `bondBps` of the sum, rounded down ({AdLedger_DepositTooSmall}).
    /// @param epoch The epoch that all lines are of.
    /// @param lines One for each campaign.
    /// @param receiptsRoot The root of the receipts that the lines were computed from.
    /// @param dataHash The hash of the manifest from which anyone can recompute the lines.
    function post(uint24 epoch, Line[] calldata lines, bytes32 receiptsRoot, bytes32 dataHash) external;

    /// @notice Moves what is uncontested in batches to the reward ledger, once their windows are over.
    /// @dev Emits {BatchFinalized} or {BatchSkipped} for each. Anyone may send it.
    function finalize(bytes32[] calldata batches) external;

    /// @notice Makes a line final at once, by the word of its advertiser: it sends this, or it signed
    /// `Acceptance(bytes32 campaign,uint24 epoch,uint64 units,uint256 nonce)`.
    /// @dev Emits {LineAccepted}.
    ///
    /// Requirements:
    /// - The advertiser sent it, or signed it with its present nonce ({AdLedger_InvalidSigner}).
    /// - The proof leads to a batch ({AdLedger_BatchUnknown}) that is not final ({AdLedger_BatchDone}).
    /// - The line is untouched ({AdLedger_WrongLineStatus}).
    function accept(
        Campaign calldata terms,
        uint24 epoch,
        uint64 units,
        bytes32[] calldata proof,
        bytes calldata signature
    ) external;

    /// @notice Makes every acceptance void that the caller has signed so far.
    /// @dev Emits {AcceptancesCanceled}.
    function cancelAcceptances() external;

    /*//////////////////////////////////////////////////////////////////////////
                                     OBJECTIONS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Contests a line but for `conceded` of its units, with a bond of `bondBps` of the rest, rounded down,
    /// from the caller's allowance; with a permit, by `multicall`.
    /// @dev Emits {Objected}. The conceded units become final with the batch.
    ///
    /// Requirements:
    /// - The caller is the advertiser ({AdLedger_NotAllowed}).
    /// - The proof leads to a batch ({AdLedger_BatchUnknown}) whose window is not over ({AdLedger_NotNow}).
    /// - The line is untouched ({AdLedger_WrongLineStatus}).
    /// - Fewer units are conceded than there are ({AdLedger_OutOfBounds}).
    function object(
        Campaign calldata terms,
        uint24 epoch,
        uint64 units,
        uint64 conceded,
        bytes32[] calldata proof
    ) external;

    /// @notice Contests a line for its advertiser, who pays the bond by an authorization whose nonce is
    /// {objectionId}.
    /// @dev As {object}; the authorization stands for the call.
    function objectWithAuthorization(
        Campaign calldata terms,
        uint24 epoch,
        uint64 units,
        uint64 conceded,
        bytes32[] calldata proof,
        Authorization calldata authorization
    ) external;

    /// @notice Gives in: the settler, and all that is contested is struck; the advertiser, and all of it stands. The
    /// bonds go home.
    /// @dev Emits {ObjectionResolved}.
    ///
    /// Requirements:
    /// - The line is contested ({AdLedger_WrongLineStatus}).
    /// - The caller is the settler or the advertiser ({AdLedger_NotAllowed}, which names the advertiser).
    /// - The ruling window is in its first half ({AdLedger_NotNow}).
    function concede(Campaign calldata terms, uint24 epoch, uint64 units) external;

    /// @notice Decides how many of the contested units stand. Each side loses of its bond, to the other, the share of
    /// the contested units in which it was wrong.
    /// @dev Emits {ObjectionResolved}. The advertiser gets `2 * bond * struck / disputed`, rounded down, the settler
    /// the rest; the arbiter can never get anything.
    ///
    /// Requirements:
    /// - The line is contested ({AdLedger_WrongLineStatus}).
    /// - The caller is the arbiter ({AdLedger_NotAllowed}).
    /// - The ruling window is in its second half ({AdLedger_NotNow}).
    /// - No more is upheld than is contested ({AdLedger_OutOfBounds}).
    function rule(Campaign calldata terms, uint24 epoch, uint64 units, uint64 upheld) external;

    /// @notice Ends an objection on which the arbiter was silent: the signed share of the contested units, rounded
    /// down, stands, and the bonds go home. Anyone may send it.
    /// @dev Emits {ObjectionResolved}.
    ///
    /// Requirements:
    /// - The line is contested ({AdLedger_WrongLineStatus}).
    /// - The ruling window is over ({AdLedger_NotNow}).
    function expire(Campaign calldata terms, uint24 epoch, uint64 units) external;

    /*//////////////////////////////////////////////////////////////////////////
                                  SETTLER'S DEPOSIT
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Adds `amount` wei of the caller to the settler's deposit, from its allowance; with a permit, by
    /// `multicall`.
    /// @dev Emits {Deposited}. Only a deposit by the settler itself counts as a sign of life.
    function deposit(uint96 amount) external;

    /// @notice Pays `amount` wei of the free deposit to the settler.
    /// @dev Emits {Withdrawn}.
    ///
    /// Requirements:
    /// - The caller is the settler, or the settler has neither posted nor deposited for 180 days
    ///   ({AdLedger_NotNow}).
    /// - So much is free ({AdLedger_DepositTooSmall}).
    function withdraw(uint96 amount) external;

    /*//////////////////////////////////////////////////////////////////////////
                                        VIEWS
    //////////////////////////////////////////////////////////////////////////*/

    /// @notice Returns who alone posts here.
    function SETTLER() external view returns (address); // solhint-disable-line func-name-mixedcase

    /// @notice Returns the reward ledger that gets what is final and pays viewers, publishers and the platform.
    function REWARDS() external view returns (IRewardLedger); // solhint-disable-line func-name-mixedcase

    /// @notice Returns what holds for every campaign.
    function rules() external view returns (Rules memory);

    /// @notice Returns the epoch that is running.
    function epochNow() external view returns (uint256);

    /// @notice Returns what the ledger keeps of a campaign.
    function campaigns(bytes32 campaign) external view returns (CampaignState memory);

    /// @notice Returns what the ledger keeps of a batch.
    function batches(bytes32 batch) external view returns (Batch memory);

    /// @notice Returns what the ledger keeps of a line that was accepted or contested.
    function lines(bytes32 line) external view returns (LineState memory);

    /// @notice Returns the settler's deposit.
    function settlerDeposit() external view returns (Deposit memory);

    /// @notice Returns the nonce that a signed acceptance of `advertiser` must bear.
    function acceptanceNonces(address advertiser) external view returns (uint256);

    /// @notice Returns a campaign's id: the EIP-712 hash that its parties sign.
    function campaignId(Campaign calldata terms) external view returns (bytes32);

    /// @notice Returns a line's id: its leaf in the tree of its batch.
    function lineId(bytes32 campaign, uint24 epoch, uint64 units) external pure returns (bytes32);

    /// @notice Returns the nonce of the authorization that pays for an objection: the EIP-712 hash of
    /// `Objection(bytes32 campaign,uint24 epoch,uint64 units,uint64 conceded)`.
    function objectionId(bytes32 campaign, uint24 epoch, uint64 units, uint64 conceded) external view returns (bytes32);

    /// @notice Returns the hash of the EIP-712 domain ("LIVE VIDEO AdLedger", "1").
    function DOMAIN_SEPARATOR() external view returns (bytes32); // solhint-disable-line func-name-mixedcase
}
