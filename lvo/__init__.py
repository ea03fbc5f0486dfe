"""LIVE VIDEO (LVO) off chain: allocation plans, vesting curves, reports and readable twins of the contracts.

Plain Python that never imports Brownie and never holds money in a float: amounts are integers of wei (10^-18 LVO),
times integers of Unix seconds, shares integers of basis points (1/10,000).
"""

__version__ = "0.1.0"
