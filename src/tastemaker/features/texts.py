"""Which texts become vectors, and under which ids: captions by post, bios by account and version."""

from __future__ import annotations

from collections.abc import Callable

from tastemaker.sources import Catalogue


def texts_to_encode(bucket: Catalogue) -> tuple[list[str], list[str], list[str]]:
    """Owners ("post" | "account"), ids and texts of the bucket's captions and bios that are not blank.

    An account's first bio goes by the account's id. A later version with another bio goes by :func:`bio_id`, so that
    what an account says of itself today is never read into its past.
    """
    posts = bucket.table("posts").select(["post_id", "caption"]).to_pydict()
    rows = [("post", i, text) for i, text in zip(posts["post_id"], posts["caption"], strict=True)]
    versions = bucket.table("accounts").select(["account_id", "valid_from", "bio"])
    instants = versions.column("valid_from").cast("int64").to_pylist()
    first: dict[str, str] = {}
    dated = zip(
        versions.column("account_id").to_pylist(), instants, versions.column("bio").to_pylist(), strict=True
    )
    for account_id, instant, bio in sorted(dated, key=lambda v: (v[0], v[1] is not None, v[1] or 0)):
        if bio and bio.strip() and bio != first.setdefault(account_id, bio):
            rows.append(("account", bio_id(account_id, instant), bio))
    rows += [("account", account_id, bio) for account_id, bio in first.items()]
    kept = [row for row in rows if row[2] and row[2].strip()]
    return [r[0] for r in kept], [r[1] for r in kept], [r[2] for r in kept]


def bio_id(account_id: str, valid_from: int | None) -> str:
    """The id of the bio that an account took up later; ``valid_from`` in microseconds since 1970 (UTC)."""
    return account_id if valid_from is None else f"{account_id}@{valid_from}"


def bio_row(
    find: Callable[[str], int | None], account_id: str, valid_from: int | None, bio: str | None
) -> int | None:
    """The vector row of the bio of one version of an account; None without a bio or a vector of it."""
    if not bio or not bio.strip():
        return None
    own = find(bio_id(account_id, valid_from))
    return find(account_id) if own is None else own
