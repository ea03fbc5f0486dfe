// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

// What npm has of peers that need no code of ours; the compiler takes it from here.
import {VestingWallet} from "@openzeppelin/contracts/finance/VestingWallet.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {SablierComptroller} from "@sablier/evm-utils/src/SablierComptroller.sol";
import {SablierBatchLockup} from "@sablier/lockup/src/SablierBatchLockup.sol";
import {SablierLockup} from "@sablier/lockup/src/SablierLockup.sol";
