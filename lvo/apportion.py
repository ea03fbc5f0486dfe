"""Largest-remainder apportionment (Hamilton's method) in integers: parts that sum to the whole, to the wei."""

from collections.abc import Sequence


def apportion(pot: int, weights: Sequence[int], keys: Sequence[str] | None = None) -> list[int]:
    """Divide ``pot`` in proportion to ``weights`` so that the parts sum to it exactly.

    Each part is first ``pot * weight // sum(weights)``, rounded down. What is left, fewer units than there are parts,
    goes one by one to the largest remainders. Ties are in a total order, so that two machines agree: the larger
    remainder, then the larger weight, then the smaller key, then the earlier position.

    Parameters
    ----------
    pot
        What is divided, in wei; not negative.
    weights
        In any common unit; not negative, with a positive sum.
    keys
        One for each weight, compared as text; without them the position alone breaks the last ties.

    Returns
    -------
    list[int]
        One part for each weight, in wei. Part ``i`` differs from ``pot * weights[i] / sum(weights)`` by less than one.

    Raises
    ------
    ValueError
        If the pot or a weight is negative, the weights sum to nothing, or the keys are not as many as the weights.
    """
    if pot < 0 or any(weight < 0 for weight in weights):
        raise ValueError("neither the pot nor a weight may be negative")
    if keys is not None and len(keys) != len(weights):
        raise ValueError(f"{len(weights)} weights need as many keys, not {len(keys)}")
    whole = sum(weights)
    if whole == 0:
        raise ValueError("the weights sum to nothing, so there is no proportion to divide in")

    parts, remainders = [], []
    for weight in weights:
        part, remainder = divmod(pot * weight, whole)
        parts.append(part)
        remainders.append(remainder)
    order = sorted(range(len(weights)), key=lambda i: (-remainders[i], -weights[i], "" if keys is None else keys[i], i))
    for i in order[: pot - sum(parts)]:
        parts[i] += 1
    return parts
