// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILVOToken} from "./ILVOToken.sol";

/// @title How LVO gets into a contract
/// @notice Shared by every contract that takes LVO. Tokens are pulled only from who calls, or from who signed what the
/// call carries out, in one of three ways, each one transaction for the user:
/// - from an allowance given before: call the function;
/// - with a permit (ERC-2612): `multicall([usePermit(...), the function])`;
/// - with an authorization (ERC-3009), whoever sends it: the function's twin that ends in `WithAuthorization`.
/// @dev `multicall` is OpenZeppelin's: several calls of this contract as one, for the same sender, all or none.
interface ITokenIntake {
    /// @notice A signed `ReceiveWithAuthorization` of LVO that pays for one action and nothing else.
    /// @dev Its `from`, `to` and `value` follow from the action, and its nonce is the hash of the action: nobody can
    /// spend it on something else, and once it is used the same action cannot be paid with it again.
    /// @param validAfter Unix seconds; usable when `now > validAfter`.
    /// @param validBefore Unix seconds; usable when `now < validBefore`.
    /// @param signature Of the payer's key (65 bytes), or whatever its wallet accepts by ERC-1271.
    struct Authorization {
        uint256 validAfter;
        uint256 validBefore;
        bytes signature;
    }

    /// @notice An account is named as a receiver that LVO can never pay, or that would lock it here.
    /// @param account The zero address, the token or this contract.
    error TokenIntake_InvalidReceiver(address account);

    /// @notice Tries an ERC-2612 permit of the caller for this contract; the first call of a `multicall`.
    /// @dev Notes:
    /// - It never reverts: a permit that somebody sent first has set the allowance already, and whatever needs the
    ///   allowance fails by itself if it is not there.
    /// @param value Allowance in wei.
    /// @param deadline Unix seconds; the last second in which the permit is valid.
    /// @param signature Of the caller's key (65 bytes), or whatever its wallet accepts by ERC-1271.
    function usePermit(uint256 value, uint256 deadline, bytes calldata signature) external;

    /// @notice The token that this contract takes and pays; no other ever counts.
    function LVO() external view returns (ILVOToken);
}
