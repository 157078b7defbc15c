"""The champion: which version serves, why it does, and who did before it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from tastemaker.errors import TrainingError
from tastemaker.training.gate import GateResult
from tastemaker.training.registry.reigns import crowned, restored
from tastemaker.training.registry.versions import CHALLENGER, CHAMPION, Version, Versions

REIGNS = "champions"
ROLLED_BACK, ROLLED_BACK_WHY = "rolled_back_at", "rolled_back_reason"
_OPTIONAL = ("gate_difference", "gate_verdicts", "gate_forced")
_DESCRIPTION = 5_000


class Registry(Versions):
    """The versions with their aliases ``champion`` and ``challenger``.

    Reasons, verdicts and times are tags of the version; the succession of champions is a tag of the model.
    """

    def champion(self) -> Version | None:
        """The version with alias ``champion`` and its bundle; None without."""
        number = self.aliases().get(CHAMPION)
        return None if number is None else self.find(number)

    def challenge(self, version: str) -> None:
        """Gives the version the alias ``challenger``: it asks to be promoted. The champion stays what it is."""
        with self._mlflow() as client:
            client.set_registered_model_alias(self.model, CHALLENGER, version)

    def promote(self, version: str, gate: GateResult) -> str:
        """Gives the version the alias ``champion`` if the gate was passed, else ``challenger``; returns the alias.

        The reason becomes the version's description, and with the verdicts its tags. A refusal never takes the alias
        from the champion.
        """
        aliases = self.aliases()
        alias = CHAMPION if gate.passed else CHALLENGER
        with self._mlflow() as client:
            self._record(client, version, _gate_tags(alias, gate))
            self._forget(client, version, set(_OPTIONAL) - set(_gate_tags(alias, gate)))
            client.update_model_version(self.model, version, gate.reason[:_DESCRIPTION])
            if gate.passed:
                self._crown(client, version, aliases)
            elif aliases.get(CHAMPION) != version:
                client.set_registered_model_alias(self.model, CHALLENGER, version)
        return alias

    def former(self) -> Version:
        """The champion before the present one; versions that were deleted are passed over.

        Raises TrainingError where there is none.
        """
        present, before = self._before()
        if not before:
            since = "there is no champion" if present is None else f"version {present} is the first champion"
            raise TrainingError(f"nothing to roll back to: {since} of model {self.model!r}")
        return self.find(before[-1])

    def rollback(self, reason: str) -> Version:
        """Makes the :meth:`former` champion champion again; the present one keeps no alias, and ``reason`` as a tag.

        Again goes one further back.
        """
        former, (present, before) = self.former(), self._before()
        with self._mlflow() as client:
            client.set_registered_model_alias(self.model, CHAMPION, former.version)
            if self.aliases().get(CHALLENGER) == former.version:
                client.delete_registered_model_alias(self.model, CHALLENGER)
            client.set_registered_model_tag(self.model, REIGNS, json.dumps(before))
            if present is not None:
                self._record(client, present, {ROLLED_BACK: _now(), ROLLED_BACK_WHY: reason})
        return former

    def taken_out(self, version: str) -> str | None:
        """When and why a version was rolled back whose bundle is this one's, in words; None where none was.

        The same bundle registered anew is the same model.
        """
        bundle = self.tags(version).get("bundle")
        for tags in map(self.tags, reversed(self.numbers())):
            if ROLLED_BACK in tags and tags.get("bundle") == bundle:
                return (
                    f"rolled back on {tags[ROLLED_BACK][:10]}: {tags.get(ROLLED_BACK_WHY, 'no reason given')}"
                )
        return None

    def _before(self) -> tuple[str | None, list[str]]:
        """The present champion, and the succession once the former is back."""
        present = self.aliases().get(CHAMPION)
        return present, restored(self._reigns(), present, self.numbers())

    def _crown(self, client: Any, version: str, aliases: dict[str, str]) -> None:
        present = aliases.get(CHAMPION)
        if present != version:
            reigns = crowned(self._reigns(), present, version)
            client.set_registered_model_tag(self.model, REIGNS, json.dumps(reigns))
        if aliases.get(CHALLENGER) == version:
            client.delete_registered_model_alias(self.model, CHALLENGER)
        client.set_registered_model_alias(self.model, CHAMPION, version)
        self._forget(client, version, {ROLLED_BACK, ROLLED_BACK_WHY})

    def _record(self, client: Any, version: str, tags: dict[str, str]) -> None:
        for key, value in tags.items():
            client.set_model_version_tag(self.model, version, key, value)

    def _forget(self, client: Any, version: str, keys: set[str]) -> None:
        for key in sorted(keys & set(client.get_model_version(self.model, version).tags)):
            client.delete_model_version_tag(self.model, version, key)

    def _reigns(self) -> list[str]:
        with self._mlflow() as client:
            model = self._registered(client)
            kept = "[]" if model is None else model.tags.get(REIGNS, "[]")
        try:
            return [str(number) for number in json.loads(kept)]
        except (ValueError, TypeError):
            raise TrainingError(
                f"the tag {REIGNS!r} of model {self.model!r} holds {kept!r}; expected a list of versions: delete it"
            ) from None


def _gate_tags(alias: str, gate: GateResult) -> dict[str, str]:
    tags = {"gate": alias, "gate_reason": gate.reason, "gate_at": _now()}
    if gate.difference is not None:
        tags["gate_difference"] = json.dumps(gate.difference.to_json())
    if gate.verdicts:
        tags["gate_verdicts"] = json.dumps([verdict.to_json() for verdict in gate.verdicts])
    if gate.forced is not None:
        tags["gate_forced"] = gate.forced
    return tags


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
