// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IGenesisDistribution} from "../../interfaces/IGenesisDistribution.sol";

/// @notice What was paid of a grant, along which curve it runs, and what may be done with it.
/// @dev From the lowest bit: released 96, start 32, distance of the cliff from the start 32, distance of the end 32,
/// initial share 16, parent 40, kind 2, bucket 3, recovering 1. Amounts in wei, times in seconds, shares in 1/10,000.
type Terms is uint256;

using TermsLib for Terms global;

/// @title Arithmetic on packed terms
library TermsLib {
    uint256 private constant START_AT = 96;
    uint256 private constant TO_CLIFF_AT = 128;
    uint256 private constant TO_END_AT = 160;
    uint256 private constant INITIAL_AT = 192;
    uint256 private constant PARENT_AT = 208;
    uint256 private constant KIND_AT = 248;
    uint256 private constant BUCKET_AT = 250;
    uint256 private constant RECOVERING_AT = 253;

    /// @notice Packs the terms of a grant of which nothing was paid. The caller checked that the schedule is in order,
    /// fits, and has no more than the whole as its initial share.
    function pack(
        IGenesisDistribution.Schedule memory schedule,
        uint256 parentId,
        uint256 bucketId,
        IGenesisDistribution.Kind grantKind
    ) internal pure returns (Terms) {
        // Unchecked: `start <= cliff <= end`.
        unchecked {
            uint256 begin = schedule.start;
            return
                Terms.wrap(
                    (begin << START_AT) |
                        ((schedule.cliff - begin) << TO_CLIFF_AT) |
                        ((schedule.end - begin) << TO_END_AT) |
                        (uint256(schedule.initialBps) << INITIAL_AT) |
                        (parentId << PARENT_AT) |
                        (bucketId << BUCKET_AT) |
                        (uint256(grantKind) << KIND_AT)
                );
        }
    }

    /// @notice Returns what was paid, in wei.
    function released(Terms self) internal pure returns (uint256) {
        return uint96(Terms.unwrap(self));
    }

    /// @notice Returns when the rise begins, seconds.
    function start(Terms self) internal pure returns (uint256) {
        return uint32(Terms.unwrap(self) >> START_AT);
    }

    /// @notice Returns when the first wei is vested, seconds.
    function cliff(Terms self) internal pure returns (uint256) {
        // Unchecked: two numbers of 32 bits.
        unchecked {
            return self.start() + uint32(Terms.unwrap(self) >> TO_CLIFF_AT);
        }
    }

    /// @notice Returns when everything is vested, seconds.
    function end(Terms self) internal pure returns (uint256) {
        // Unchecked: two numbers of 32 bits.
        unchecked {
            return self.start() + uint32(Terms.unwrap(self) >> TO_END_AT);
        }
    }

    /// @notice Returns what is vested at once at the cliff, in 1/10,000 of the whole.
    function initialBps(Terms self) internal pure returns (uint16) {
        return uint16(Terms.unwrap(self) >> INITIAL_AT);
    }

    /// @notice Returns the number of the pool that the grant was split from.
    function parent(Terms self) internal pure returns (uint256) {
        return uint40(Terms.unwrap(self) >> PARENT_AT);
    }

    /// @notice Returns the number of the bucket that the grant belongs to.
    function bucket(Terms self) internal pure returns (uint256) {
        return (Terms.unwrap(self) >> BUCKET_AT) & 7;
    }

    /// @notice Returns what may be done with the grant.
    function kind(Terms self) internal pure returns (IGenesisDistribution.Kind) {
        return IGenesisDistribution.Kind((Terms.unwrap(self) >> KIND_AT) & 3);
    }

    /// @notice Tells whether somebody claims that the beneficiary lost its key.
    function recovering(Terms self) internal pure returns (bool) {
        return Terms.unwrap(self) >> RECOVERING_AT != 0;
    }

    /// @notice Replaces what was paid; `amount` is below 2^96 wei.
    function withReleased(Terms self, uint256 amount) internal pure returns (Terms) {
        return Terms.wrap((Terms.unwrap(self) & ~uint256(type(uint96).max)) | amount);
    }

    /// @notice Replaces what may be done with the grant.
    function withKind(Terms self, IGenesisDistribution.Kind grantKind) internal pure returns (Terms) {
        return Terms.wrap((Terms.unwrap(self) & ~(uint256(3) << KIND_AT)) | (uint256(grantKind) << KIND_AT));
    }

    /// @notice Notes or forgets that somebody claims that the beneficiary lost its key.
    function withRecovering(Terms self, bool claimed) internal pure returns (Terms) {
        uint256 without = Terms.unwrap(self) & ~(uint256(1) << RECOVERING_AT);
        return Terms.wrap(claimed ? without | (1 << RECOVERING_AT) : without);
    }
}
