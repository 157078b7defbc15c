"""The grammar: captions, bios, comments, personas and wishes, composed from a lexicon's frames and words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tastemaker.simulation.clock import Flags, Ints
from tastemaker.simulation.lexicon import TONGUES, VALUES, Lexicon, lexicon, niches
from tastemaker.simulation.names import slug

DICE = 20
"""Random numbers that one text may use."""

_BARE = {"es": ("los ", "las "), "pt": ("os ", "as ")}
_SMILES = ("✨", "😅", "🙌", "❤️", "😂", "👀", "🫶", "🤍", "🥹", "👇", "🔥", "🎉")
_BUZZ = ("fyp", "viral", "reels", "explore", "trending", "foryou", "shorts", "daily")


class Writer:
    """Writes in one language about one niche; ``dice``: its own random numbers (same dice, same text)."""

    def __init__(self, language: str, niche: int) -> None:
        self._lexicon: Lexicon = lexicon(language)
        self._words = self._lexicon.words[niche]
        self._niche = niches()[niche]
        self._language = language

    def caption(
        self, thing: int, other: int, style: Sequence[int], dice: Sequence[int], platform: int
    ) -> tuple[str, list[str]]:
        """(caption, hashtags). ``style`` is the creator's own: favourite frames, emoji and habits (8 numbers)."""
        frames, slots = self._lexicon.frames, self.slots(thing, other, dice)
        opening = frames["open"][(style[0] + 3 * (dice[0] % 5)) % len(frames["open"])]
        parts = [opening]
        if dice[1] % 10 < (4 if platform == 1 else 8):
            parts.append(frames["body"][(style[1] + 5 * (dice[2] % 5)) % len(frames["body"])])
        if dice[3] % 10 < 5:
            parts.append(frames["close"][(style[2] + 3 * (dice[4] % 4)) % len(frames["close"])])
        return self._finish([sentence(part, slots) for part in parts], thing, style, dice)

    def sponsored(
        self, thing: int, other: int, style: Sequence[int], dice: Sequence[int], brand: str, label: bool
    ) -> tuple[str, list[str]]:
        """(caption, hashtags) of paid work for ``@brand``; ``label`` marks it as paid, in the words of the language."""
        frames = self._lexicon.frames
        slots = {
            **self.slots(thing, other, dice),
            "b": f"@{brand}",
            "c": f"{brand[:6].upper()}{10 + dice[9] % 20}",
        }
        parts = [sentence(frames["sponsored"][(style[0] + dice[0] % 4) % 8], slots)]
        if dice[1] % 10 < 7:
            parts.append(
                sentence(frames["body"][(style[1] + 5 * (dice[2] % 5)) % len(frames["body"])], slots)
            )
        text, tags = self._finish(parts, thing, style, dice)
        mark = frames["label"][dice[15] % len(frames["label"])]
        return (f"{mark} {text}", [mark[1:], *tags]) if label else (text, tags)

    def comment(self, thing: int, other: int, dice: Sequence[int]) -> str:
        genuine = self._lexicon.frames["genuine"]
        text = sentence(genuine[dice[0] % len(genuine)], self.slots(thing, other, dice))
        return f"{text} {_SMILES[dice[16] % len(_SMILES)]}" if dice[15] % 3 == 0 else text

    def praise(self, dice: Sequence[int]) -> str:
        generic = self._lexicon.frames["generic"]
        return generic[dice[0] % len(generic)]

    def bio(self, things: Sequence[int], values: Sequence[str], dice: Sequence[int]) -> str:
        frames = self._lexicon.frames["bio"]
        named = [self._lexicon.values[v] for v in values]
        slots = {**self.slots(things[0], things[1], dice), "v1": named[0], "v2": named[-1]}
        lines = [sentence(frames[dice[0] % len(frames)], slots)]
        if dice[1] % 3:
            lines.append(sentence(frames[(dice[0] + 1 + dice[2] % (len(frames) - 1)) % len(frames)], slots))
        if dice[3] % 2:
            lines.append(self._niche.emoji[dice[4] % 4] + self._niche.emoji[dice[5] % 4])
        return (" | ", " · ", "\n")[dice[6] % 3].join(lines)

    def slots(self, thing: int, other: int, dice: Sequence[int]) -> dict[str, str]:
        """What fills the frames: {t}hing, other thing {u}, {a}ction, {w}hen, {p}lace, {m}ood, {n}umber."""
        frames = self._lexicon.frames
        return {
            "t": self._words.things[thing],
            "u": self._words.things[other],
            "a": self._words.actions[dice[5] % len(self._words.actions)],
            "w": frames["when"][dice[6] % len(frames["when"])],
            "p": frames["place"][dice[7] % len(frames["place"])],
            "m": frames["mood"][dice[8] % len(frames["mood"])],
            "n": str(2 + dice[9] % 11),
        }

    def bare(self, thing: int) -> str:
        """A thing without its article, for places where the frame brings its own words."""
        words = self._words.things[thing]
        for article in _BARE.get(self._language, ()):
            words = words.removeprefix(article)
        return words

    def _finish(
        self, parts: list[str], thing: int, style: Sequence[int], dice: Sequence[int]
    ) -> tuple[str, list[str]]:
        frames = self._lexicon.frames
        if dice[10] % 10 < 2:
            parts.append(frames["slang"][(style[3] + dice[11] % 3) % len(frames["slang"])])
        emoji = (*self._niche.emoji, _SMILES[style[4] % len(_SMILES)])
        if (style[5] + dice[12]) % 10 < 6:
            parts[dice[13] % len(parts)] += " " + emoji[dice[12] % 5] * (1 + (dice[13] % 9 == 0))
        text = " ".join(parts)
        if style[6] % 6 == 0:
            text = text.lower()
        wanted = (style[7] + dice[14]) % 5
        pool = (*self._words.tags, slug(self.bare(thing)), _BUZZ[dice[11] % len(_BUZZ)])
        first = dice[16] % len(pool)
        tags = [slug(pool[(first + k) % len(pool)]) for k in range(wanted)]
        return (f"{text} {' '.join('#' + tag for tag in tags)}" if tags else text), tags


def sentence(frame: str, slots: dict[str, str]) -> str:
    """The frame with its slots filled, its first letter large (a handle stays as it is)."""
    text = frame.format_map(slots)
    return text[0].upper() + text[1:]


def persona(
    name: str, tongue: int, niche: int, focus: Ints, values: Flags, voice: int, rng: np.random.Generator
) -> str:
    """A brand's description of itself, three or four sentences in its language."""
    writer, words = Writer(TONGUES[tongue], niche), lexicon(TONGUES[tongue])
    dice = rng.integers(0, 1_000, DICE).tolist()
    held = [words.values[VALUES[v]] for v in np.nonzero(values)[0]]
    slots = {**writer.slots(int(focus[0]), int(focus[1]), dice), "b": name, "g": writer.bare(int(focus[2]))}
    slots |= {"v1": held[0], "v2": held[-1], "s": words.frames["voice"][voice]}
    uses = ("persona1", "persona2", "persona3", "persona4")
    return " ".join(
        sentence(words.frames[use][dice[10 + k] % len(words.frames[use])], slots)
        for k, use in enumerate(uses)
    )


def wish(tongue: int, niche: int, focus: Ints, rng: np.random.Generator) -> str:
    """The free text of a brief: two or three sentences in the brand's language."""
    writer, words = Writer(TONGUES[tongue], niche), lexicon(TONGUES[tongue])
    dice = rng.integers(0, 1_000, DICE).tolist()
    slots = writer.slots(int(focus[0]), int(focus[1]), dice)
    frames = [words.frames["brief1"][dice[10] % len(words.frames["brief1"])]]
    first = dice[11] % len(words.frames["brief2"])
    frames += [
        words.frames["brief2"][(first + k) % len(words.frames["brief2"])] for k in range(1 + dice[12] % 2)
    ]
    slots |= {"u": writer.slots(int(focus[2]), int(focus[1]), dice)["t"]} if dice[13] % 2 else {}
    return " ".join(sentence(frame, slots) for frame in frames)
