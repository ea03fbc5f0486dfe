// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILVOToken} from "../../interfaces/ILVOToken.sol";

/// @title A contract that is paid by permit and survives a front-run
/// @notice Tries the permit, then relies on the allowance, as {ILVOToken-permit} asks of whoever calls it.
contract PermitTaker {
    /// @notice Takes `value` wei from `owner`, who signed a permit for this contract.
    function take(ILVOToken token, address owner, uint256 value, uint256 deadline, bytes calldata signature) external {
        // A stranger may have sent the same permit first; the allowance decides.
        // solhint-disable-next-line no-empty-blocks
        try token.permit(owner, address(this), value, deadline, signature) {} catch {}
        token.transferFrom(owner, address(this), value);
    }
}
