// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title The vesting curve
/// @notice Nothing before the cliff; then a share at once plus a linear rise; everything from the end.
/// @dev Formula, for `start <= cliff <= end`, `initialBps <= 10,000` and `total` below 2^96:
///
///   vested(t) = 0                                                        for t < cliff
///             = initial + (total - initial) * (t - start) / (end - start)  for cliff <= t < end
///             = total                                                    for t >= end
///   initial   = total * initialBps / 10,000
///
/// Both divisions round down, in favour of the pool. Three laws follow, on which the distribution rests:
///
/// 1. it never falls as `t` grows;
/// 2. a curve that starts, has its cliff or ends later, or has a smaller initial share, is never above;
/// 3. vested(a) + vested(b) <= vested(a + b) on one curve: splitting an amount vests nothing early.
library VestingCurve {
    uint256 internal constant WHOLE_BPS = 10_000;

    /// @notice Returns what has vested of `total` at `time`, in wei, rounded down.
    function vested(
        uint256 total,
        uint256 start,
        uint256 cliff,
        uint256 end,
        uint256 initialBps,
        uint256 time
    ) internal pure returns (uint256) {
        if (time < cliff) return 0;
        if (time >= end) return total;
        // Unchecked: products of 96 by 40 bits; `start <= cliff <= time < end`, so no difference is negative and the
        // divisor is not zero.
        unchecked {
            uint256 initial = (total * initialBps) / WHOLE_BPS;
            return initial + ((total - initial) * (time - start)) / (end - start);
        }
    }
}
