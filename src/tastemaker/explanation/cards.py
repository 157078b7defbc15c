"""A creator's card in words: how old and how sure a group is, and where a signal stands."""

from __future__ import annotations

from tastemaker.schema import PeerGroup, Signal, SignalGroup


def trust(group: SignalGroup) -> str | None:
    """Age and confidence of a group: ``"12 days old, confidence 0.83"``; None where it does not say."""
    if group.as_of is None or group.age_days is None:
        return None
    days = round(group.age_days)
    age = "less than a day old" if group.age_days < 1 else "1 day old" if days == 1 else f"{days:,} days old"
    return age if group.confidence is None else f"{age}, confidence {group.confidence:.2f}"


def standing(signal: Signal) -> str | None:
    """``"more than 57% of 95 peers"``; None where there is nothing to compare."""
    if signal.percentile is None or signal.peers is None:
        return None
    return f"more than {signal.percentile:.0%} of {signal.peers:,} peers"


def compared_with(peers: PeerGroup) -> str:
    """``"214 accounts of instagram with 7,332 to 65,991 followers"``."""
    of = f"{peers.accounts:,} account{'' if peers.accounts == 1 else 's'} of {peers.platform}"
    if peers.low is None or peers.high is None:
        return f"{of}, of any size: its own is unknown"
    return f"{of} with {peers.low:,} to {peers.high:,} followers"
