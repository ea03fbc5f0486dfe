"""Attention: from receipts that viewers sign to lines that AdLedger books and amounts that RewardLedger pays.

A collector keeps receipts in a *journal* (:mod:`lvo.attention.journal`). `build` turns the journal of one epoch into a
folder that anyone can check with `verify` and `audit`; `settle` turns the lines that became final into a reward list,
which :mod:`lvo.rewards` pays.
"""
