"""YAML with line numbers: the text of every scalar as it was written, so that no number passes through a float."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from lvo.plan.mistakes import Mistakes, Place, PlanError


@dataclass(frozen=True)
class Node:
    """A value of the plan and where it stands."""

    place: Place
    raw: yaml.Node

    def text(self, mistakes: Mistakes) -> str | None:
        """Return the characters of a scalar, or note that it is none."""
        if isinstance(self.raw, yaml.ScalarNode) and self.raw.value.strip():
            return str(self.raw.value).strip()
        mistakes.add(self.place, "a single value is needed here")
        return None

    def choice(self, mistakes: Mistakes, choices: tuple[str, ...]) -> str | None:
        """Return one of the words that may stand here, or note what may."""
        text = self.text(mistakes)
        if text is None or text in choices:
            return text
        mistakes.add(self.place, f"{text!r} is not known here: write {' or '.join(choices)}")
        return None

    def items(self, mistakes: Mistakes) -> list["Node"]:
        """Return the entries of a sequence, or note that it is none."""
        if isinstance(self.raw, yaml.SequenceNode):
            return [self._child(node, f"{self.place.field}[{i}]") for i, node in enumerate(self.raw.value)]
        mistakes.add(self.place, "a list is needed here: begin each entry with a dash")
        return []

    def keys(
        self, mistakes: Mistakes, needed: tuple[str, ...] = (), optional: tuple[str, ...] = ()
    ) -> dict[str, "Node"]:
        """Return the entries of a mapping; note keys that are missing, unknown or written twice."""
        found: dict[str, Node] = {}
        if not isinstance(self.raw, yaml.MappingNode):
            mistakes.add(self.place, f"keys are needed here: {', '.join(needed + optional)}")
            return found
        for key, value in self.raw.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            path = f"{self.place.field}.{name}" if self.place.field else name
            place = Place(self.place.file, key.start_mark.line + 1, path)
            if name not in needed + optional:
                mistakes.add(place, f"this key is not known here: the keys are {', '.join(needed + optional)}")
            elif name in found:
                mistakes.add(place, "this key is written twice: keep one")
            else:
                found[name] = self._child(value, path)
        for name in needed:
            if name not in found:
                mistakes.add(self.place, f"the key {name} is missing")
        return found

    def mapping(self, mistakes: Mistakes) -> dict[str, "Node"]:
        """Return the entries of a mapping whose keys are anything; note if it is none, or has a key twice."""
        if not isinstance(self.raw, yaml.MappingNode) or not self.raw.value:
            mistakes.add(self.place, "names with their values are needed here")
            return {}
        names = tuple(str(key.value) if isinstance(key, yaml.ScalarNode) else "?" for key, _ in self.raw.value)
        return self.keys(mistakes, (), names)

    def _child(self, node: yaml.Node, path: str) -> "Node":
        return Node(Place(self.place.file, node.start_mark.line + 1, path), node)


def read_document(path: Path) -> Node:
    """Read the only document of a YAML file.

    Raises
    ------
    PlanError
        If the file cannot be read, is not YAML, or is empty.
    """
    mistakes = Mistakes()
    top = Place(str(path), 1, "")
    try:
        content = path.read_bytes().decode("utf-8-sig")
        root = yaml.compose(content, Loader=yaml.SafeLoader)
    except FileNotFoundError:
        mistakes.add(top, "there is no such file")
    except (OSError, UnicodeDecodeError) as error:
        mistakes.add(top, f"the file cannot be read as UTF-8 text: {error}")
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        mistakes.add(Place(str(path), line, ""), f"this is not YAML: {error.problem or error.context}")
    except yaml.YAMLError as error:
        mistakes.add(top, f"this is not YAML: {' '.join(str(error).split())}")
    else:
        if root is None:
            mistakes.add(top, "the file is empty")
        else:
            return Node(Place(str(path), root.start_mark.line + 1, ""), root)
    raise PlanError(mistakes.found)
