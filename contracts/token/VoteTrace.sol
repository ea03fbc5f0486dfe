// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title The votes of a delegate, now and at every second before
/// @notice The newest checkpoint lives in a head word. Only a change in a *later second* moves it into the history,
/// where two checkpoints share a word: a first delegation writes one word, and most further changes write one and a
/// half.
/// @dev A checkpoint is 128 bits: the second it begins in (upper 38 bits, enough for 8,700 years) and the votes from
/// then on in wei (lower 90 bits, enough because the supply of 10^27 is below 2^90). Checkpoint `i` is in word `i / 2`,
/// the even one in the lower half. The search is the classic upper-bound bisection.
library VoteTrace {
    uint256 private constant VOTE_BITS = 90;
    uint256 private constant CHECKPOINT_BITS = 128;
    // Literals: the compiler would work a mask out of other constants again at every use.
    uint256 private constant VOTE_MASK = 2 ** 90 - 1;
    uint256 private constant CHECKPOINT_MASK = 2 ** 128 - 1;

    // Literal: assembly knows no other constants. keccak256("DelegateVotesChanged(address,uint256,uint256)").
    bytes32 private constant VOTES_CHANGED = 0xdec2bacdd2f05b59de34da9b523dff8be42e5e38e818c82fdb0bae774387a724;

    /// @notice All checkpoints of a delegate.
    /// @param head The newest checkpoint (lower 128 bits) and how many are in the history (upper 128 bits).
    /// @param history Pairs of older checkpoints.
    struct Trace {
        uint256 head;
        mapping(uint256 pair => uint256 word) history;
    }

    /// @notice Returns the votes now, in wei.
    function latest(Trace storage self) internal view returns (uint256) {
        return self.head & VOTE_MASK;
    }

    /// @notice Adds `delta` wei of votes from this second on, or takes them when it is negative. The caller makes sure
    /// that the votes stay at least zero and below 2^90.
    /// @dev Emits {ILVOToken-DelegateVotesChanged}.
    function change(Trace storage self, address delegate, int256 delta) internal {
        uint256 head = self.head;
        uint256 previous = head & VOTE_MASK;
        uint256 current;
        // Unchecked: votes are backed by balances, whose sum is below 2^90, and what a holder moves away was counted to
        // its delegate before. One checkpoint a second does not fill the 128 bits of the count.
        unchecked {
            current = uint256(int256(previous) + delta);
            uint256 updated = (block.timestamp << VOTE_BITS) | current;
            // The empty head of a new delegate is not worth remembering; one of this very second is overwritten.
            if (head != 0) {
                uint256 newest = head & CHECKPOINT_MASK;
                if (newest >> VOTE_BITS != block.timestamp) {
                    uint256 count = head >> CHECKPOINT_BITS;
                    if (count & 1 == 0) self.history[count >> 1] = newest;
                    else self.history[count >> 1] |= newest << CHECKPOINT_BITS;
                    head += 1 << CHECKPOINT_BITS;
                }
                // The count stays in the upper half.
                updated |= head ^ newest;
            }
            self.head = updated;
        }
        // Emits {ILVOToken-DelegateVotesChanged}. Assembly saves 43 gas. Safe: the two words are scratch memory, and
        // `delegate` is clean, because it was decoded as an address or taken from an {Account}.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(0x00, previous)
            mstore(0x20, current)
            log2(0x00, 0x40, VOTES_CHANGED, delegate)
        }
    }

    /// @notice Returns the votes at the end of the second `time`, in wei.
    function at(Trace storage self, uint256 time) internal view returns (uint256) {
        uint256 head = self.head;
        if (_second(head) <= time) return head & VOTE_MASK;

        // Invariant: every checkpoint before `low` begins at or before `time`, every one from `high` on begins after
        // it.
        uint256 low = 0;
        uint256 high = head >> CHECKPOINT_BITS;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (_second(_checkpoint(self, middle)) <= time) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? 0 : _checkpoint(self, low - 1) & VOTE_MASK;
    }

    function _checkpoint(Trace storage self, uint256 index) private view returns (uint256) {
        uint256 word = self.history[index / 2];
        return index % 2 == 0 ? word & CHECKPOINT_MASK : word >> CHECKPOINT_BITS;
    }

    function _second(uint256 checkpoint) private pure returns (uint256) {
        return (checkpoint & CHECKPOINT_MASK) >> VOTE_BITS;
    }
}
