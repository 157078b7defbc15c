"""What one caption says of paid work: the cues, the labels and where they stand, the brands, a probability."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tastemaker.features.captions import Caption
from tastemaker.features.disclosure.rules import Cues, Rules
from tastemaker.features.folding import compose, fold, words
from tastemaker.features.phrases import Found, PhraseBook
from tastemaker.features.tongue import LANGUAGES

# What may stand on either side of a label that stands apart: "Ad | ...", "(Werbung)", "... - ad".
_BEFORE = re.compile(r"(?:^|[\n|(\[{:/-])[ \t]*$")
_AFTER = re.compile(r"[ \t]*(?:$|[\n|)\]}:,.!/-]|[#@])")
_TAGS_BEFORE = re.compile(r"(?:#[^\s#]+[\s,|]*)+$")
_TRACKED = re.compile(
    r"(?:https?://|www\.)\S*?(?:[?&](?:utm_[a-z]+|ref|refid|aff|affid|aff_id|affiliate|tag|via)=|/ref/)\S*"
)
_CODE = re.compile(r"\b(?=[A-Z0-9_-]*[A-Z]{3})[A-Z][A-Z0-9_-]{3,19}\b")
_LOOSE_CODE = re.compile(r"(?<![#@\w])[A-Z]{3,}[0-9]{1,3}\b|\b(?:[Uu]se|USE) [A-Z]{4,}(?= at checkout)")
_CODE_NUMBER = re.compile(r"[A-Z]{3,}[0-9]{1,3}$")
_NO_LETTER = re.compile(r"[^a-z0-9\x01]+")
_CODE_REACH = 30
_LONG = 5  # letters of a label that is told apart from words of other languages


class FoundLabel(NamedTuple):
    """A label in a caption. ``start``: its place in the text, -1 where only the list of hashtags has it."""

    number: int
    words: str
    start: int
    line: int
    tags_before: int


class Reading(NamedTuple):
    """``probability`` of paid work, None where the language is not known and nothing else tells.

    ``brands``: ids of the catalogue's brands, mentioned or named; ``handles``: the other accounts mentioned.
    """

    probability: float | None
    cues: list[str]
    evidence: list[str]
    labels: list[FoundLabel]
    brands: list[str]
    handles: list[str]


class _Said(NamedTuple):
    """What a caption has said so far; ``scores``: cue -> log-odds."""

    scores: dict[str, float]
    evidence: list[str]
    labels: list[FoundLabel]
    brands: list[str]


UNREAD = Reading(None, [], [], [], [], [])


class Reader:
    """Reads captions one by one; what it learns of words is kept. ``brands``: folded handle or name -> brand_id."""

    def __init__(self, rules: Rules, cues: Cues, brands: Mapping[str, str] | None = None) -> None:
        self.rules, self._cues = rules, cues
        self._handles = {slug(n): brand for n, brand in (brands or {}).items() if slug(n)}
        phrases: list[str] = []
        self._kind: list[tuple[str, int, str]] = []  # (kind, number of label or cue, language)
        for i, label in enumerate(rules.labels):
            for kind, said in (("word", label.words), ("phrase", label.phrases)):
                phrases += said
                self._kind += [(kind, i, label.language)] * len(said)
        for i, cue in enumerate(cues.cues):
            for language, said in cue.phrases.items():
                phrases += said
                self._kind += [("cue", i, language)] * len(said)
        phrases += cues.code_words
        self._kind += [("code", 0, "any")] * len(cues.code_words)
        names = {n: b for n, b in (brands or {}).items() if len(fold(n).strip()) >= 4 and words(fold(n))}
        phrases += [_plain(n) for n in names]
        self._named = list(names.values())
        self._kind += [("brand", i, "any") for i in range(len(self._named))]
        self._book = PhraseBook(phrases, "disclosure")
        self._savings = frozenset(cues.saving_words)
        self._quiet = Reading(_sigmoid(cues.weights["bias"]), [], [], [], [], [])

    def read(self, caption: Caption, mentions: Sequence[str] = (), paid: bool | None = None) -> Reading:
        """``mentions``: accounts that the post mentions; ``paid``: the platform's label, None where not reported."""
        text, folded, tokens, language, listed = caption
        found = self._book.find(folded, tokens)
        brands, handles = self._mentioned(mentions) if mentions else ([], [])
        unread = language not in LANGUAGES and (bool(text.strip()) or paid is None)
        linked = "http" in folded or "www." in folded
        saving = "%" in text or not self._savings.isdisjoint(tokens)
        if not (found or listed or brands or paid or linked or saving):
            return UNREAD if unread else self._quiet
        said = _Said({}, [], self._listed(listed, language), brands)
        for one in found:
            self._hear(said, one, text, folded, language, bool(mentions))
        if saving:
            self._saving(text, said)
        if linked:
            self._link(text, folded, said)
        if said.labels:
            said.scores["label"] = max(self.rules.labels[one.number].weight for one in said.labels)
            said.evidence.extend(one.words for one in said.labels)
        if paid:
            said.scores["platform label"] = self._cues.weights["platform_label"]
        return self._weighed(said, handles, unread)

    def _weighed(self, said: _Said, handles: list[str], unread: bool) -> Reading:
        brands = sorted(set(said.brands))
        if unread and not any(weight > 0 for weight in said.scores.values()):
            return UNREAD._replace(brands=brands)
        if brands:
            said.scores["known brand"] = self._cues.weights["known_brand"]
        probability = _sigmoid(self._cues.weights["bias"] + sum(said.scores.values()))
        evidence = list(dict.fromkeys(said.evidence))
        return Reading(probability, list(said.scores), evidence, said.labels, brands, handles)

    def _hear(
        self, said: _Said, one: Found, text: str, folded: str, language: str | None, mention: bool
    ) -> None:
        """Adds what one phrase says."""
        kind, number, spoken = self._kind[one.phrase]
        if kind in ("word", "phrase"):
            label = self._label(kind, number, one, folded, language, text)
            said.labels.extend([label] if label else [])
        elif kind == "cue" and spoken in (language, "any"):
            cue = self._cues.cues[number]
            if mention or not cue.needs_mention:
                said.scores[cue.name] = cue.weight
                said.evidence.append(text[one.start : one.end])
        elif kind == "code":
            self._code(text, one, said)
        elif kind == "brand" and text[one.start : one.end].lstrip("#")[:1].isupper():
            said.brands.append(self._named[number])

    def _mentioned(self, mentions: Sequence[str]) -> tuple[list[str], list[str]]:
        """Ids of the brands, and the handles of the others (small letters, sorted), among the accounts mentioned."""
        slugs = {mention: self._handles.get(slug(mention)) for mention in mentions}
        others = {m.lstrip("@").lower() for m, brand in slugs.items() if brand is None}
        return [brand for brand in slugs.values() if brand], sorted(others)

    def _label(
        self, kind: str, number: int, one: Found, folded: str, language: str | None, text: str
    ) -> FoundLabel | None:
        label, said = self.rules.labels[number], folded[one.start : one.end]
        tagged = said.startswith("#")
        if not _speaks(said.lstrip("#"), label.language, bool(label.clear), kind, tagged, language):
            return None
        apart = tagged or (_BEFORE.search(folded, 0, one.start) and _AFTER.match(folded, one.end))
        if kind == "word" and not apart:
            return None
        run = _TAGS_BEFORE.search(folded, 0, one.start) if tagged else None
        before = run.group().count("#") if run else 0
        return FoundLabel(
            number, text[one.start : one.end], one.start, folded.count("\n", 0, one.start), before
        )

    def _listed(self, tags: Sequence[str], language: str | None) -> list[FoundLabel]:
        """Labels among hashtags that stand in the list alone; where they stood in the caption is not known."""
        found = []
        for tag in tags:
            said = fold(compose(tag)).lstrip("#")
            for one in self._book.find("#" + said, ["#" + said]):
                kind, number, _ = self._kind[one.phrase]
                label = self.rules.labels[number] if kind in ("word", "phrase") else None
                if label and _speaks(said, label.language, bool(label.clear), kind, True, language):
                    found.append(FoundLabel(number, "#" + tag.lstrip("#"), -1, 0, 0))
        return found

    def _code(self, text: str, one: Found, said: _Said) -> None:
        code = _CODE.search(text, one.end, one.end + _CODE_REACH)
        if code is not None:
            name = "code_and_saving" if _CODE_NUMBER.search(code.group()) else "code_alone"
            said.scores["code"] = max(self._cues.weights[name], said.scores.get("code", 0.0))
            said.evidence.append(text[one.start : code.end()])

    def _saving(self, text: str, said: _Said) -> None:
        """A code beside a saving: of letters and digits anywhere, of letters only with a word for code or checkout."""
        code = _LOOSE_CODE.search(text)
        if code is not None:
            said.evidence.append(code.group())
        if code is not None or "code" in said.scores:
            said.scores["code"] = self._cues.weights["code_and_saving"]

    def _link(self, text: str, folded: str, said: _Said) -> None:
        link = _TRACKED.search(folded)
        if link:
            said.scores["tracked link"] = self._cues.weights["tracked_link"]
            said.evidence.append(text[link.start() : link.end()])


def _speaks(said: str, own: str, clear: bool, kind: str, tagged: bool, language: str | None) -> bool:
    """Whether words of a label's language count as a label in a caption of ``language``."""
    if own == language:
        return True
    known = language in LANGUAGES
    if kind == "phrase":
        return own == "en" and known
    if said == "ad":
        return tagged or known
    # A long word that is clear in its own language is a label in any; a short one may be a word of another.
    return clear and len(said) >= _LONG


def _sigmoid(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


def slug(name: str) -> str:
    """A name or handle by its letters and digits alone: "Harbour & Leaf" and "@harbour.leaf" are the same."""
    return _NO_LETTER.sub("", fold(name))


def _plain(name: str) -> str:
    return " ".join(w.strip("#@*") for w in words(fold(name)) if w.strip("#@*"))
