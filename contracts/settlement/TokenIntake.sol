// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

import {ILVOToken} from "../../interfaces/ILVOToken.sol";
import {ITokenIntake} from "../../interfaces/ITokenIntake.sol";

/// @title How LVO gets into a contract
/// @notice See {ITokenIntake}.
abstract contract TokenIntake is ITokenIntake, Multicall {
    /// @inheritdoc ITokenIntake
    ILVOToken public immutable LVO;

    /// @notice Takes and pays `lvo`, for ever.
    constructor(ILVOToken lvo) {
        LVO = lvo;
    }

    /// @inheritdoc ITokenIntake
    function usePermit(uint256 value, uint256 deadline, bytes calldata signature) external {
        // Whoever sends the permit first does not stop the payment: the allowance is there either way.
        // solhint-disable-next-line no-empty-blocks
        try LVO.permit(msg.sender, address(this), value, deadline, signature) {} catch {}
    }

    /// @dev `from` is the caller, or signed what is being carried out. The token reverts if it cannot.
    function _pull(address from, uint256 amount) internal {
        LVO.transferFrom(from, address(this), amount);
    }

    /// @dev The signature binds `from`, this contract, the amount and `action`, so nothing else needs to be checked.
    function _pullAuthorized(
        address from,
        uint256 amount,
        bytes32 action,
        Authorization calldata authorization
    ) internal {
        LVO.receiveWithAuthorization(
            from,
            address(this),
            amount,
            authorization.validAfter,
            authorization.validBefore,
            action,
            authorization.signature
        );
    }

    /// @dev Receivers are checked when they are named, so that paying them later cannot fail.
    function _checkReceiver(address account) internal view {
        if (account == address(0) || account == address(LVO) || account == address(this)) {
            revert TokenIntake_InvalidReceiver(account);
        }
    }
}
