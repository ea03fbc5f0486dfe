// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILVOToken} from "../../interfaces/ILVOToken.sol";

/// @title One who borrows votes for the length of a transaction
/// @notice Takes a lender's LVO, votes with it and gives it back, all at once.
contract FlashVoter {
    /// @notice What the borrower saw while it held the loan, in wei.
    event Borrowed(uint256 votes, uint256 pastVotes);

    /// @notice Borrows `amount` wei from a lender who approved this contract, and returns them.
    function borrow(ILVOToken token, address lender, uint256 amount) external {
        token.transferFrom(lender, address(this), amount);
        token.delegate(address(this));
        emit Borrowed(token.getVotes(address(this)), token.getPastVotes(address(this), block.timestamp - 1));
        token.transfer(lender, amount);
    }
}
