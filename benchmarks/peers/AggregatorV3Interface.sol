// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title The price feed that Sablier's fees may ask
/// @dev Stands in for @chainlink/contracts, which npm can only install together with a git repository. No feed is set here.
interface AggregatorV3Interface {
    /// @notice Returns the decimals of the answer.
    function decimals() external view returns (uint8);

    /// @notice Returns the newest answer.
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}
