"""Files and overrides as layers, the base first, and how they merge into one."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scenarios import library
from sim.errors import ScenarioError, hint
from sim.parameters.sections import Parameters

Overrides = Sequence[str] | Mapping[str, Any]
SECTIONS = tuple(Parameters.model_fields)
SETTINGS = (
    "name",
    "question",
    "start",
    "weeks",
    "until",
    "burn_in_weeks",
    "seed",
    "data",
    "barred",
    "held",
    "exchanges",
    "switches",
    "agencies",
    "organisations",
    "places",
    "legs",
    "paths",
    "events",
)
MOST_DIGITS = 4_300  # of a whole number, as Python reads and writes them
TOO_LONG = f"a whole number has more than {MOST_DIGITS:,} digits"
TOO_DEEP = "tables or lists stand too deep within each other"


@dataclass(frozen=True)
class Layer:
    """The content of one file, or of the overrides, and the name that messages give it."""

    label: str
    content: dict[str, Any]

    def has(self, keys: Sequence[int | str]) -> bool:
        """Say whether this layer gives a value at a path of keys."""
        node: Any = self.content
        for key in keys:
            if not isinstance(node, dict) or key not in node:
                return False
            node = node[key]
        return True


@dataclass
class Reading:
    """What has been read: layers as far as they can be, and what is wrong in them."""

    layers: list[Layer] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)  # label of a layer, mistake
    whole: bool = True  # no file is missing

    def tell(self, label: str, error: ScenarioError) -> None:
        """Keep what is wrong in a layer, and go on."""
        self.told += [(label, mistake) for mistake in error.mistakes]


def read_layers(name_or_path: str | Path, overrides: Overrides = ()) -> Reading:
    """Read a scenario and all that it extends, bases first, each file once, then overrides.

    ``extends`` names one base or a list of them; of a list, later ones win.
    """
    reading = Reading()
    _read(name_or_path, [], set(), reading)
    override_layer(overrides, reading)
    return reading


def _read(
    name: str | Path, above: list[tuple[Path, str]], done: set[Path], reading: Reading
) -> None:
    """Append the layers of a file: those of its bases, then its own."""
    folder, asking = (above[-1][0].parent, above[-1][1]) if above else (None, None)
    try:
        path, label = locate(name, folder, asking)
        if path in [known for known, _ in above]:
            ring = " > ".join([*(name for _, name in above), label])
            raise ScenarioError(f"{asking}: extends runs in a circle: {ring}")
        if path in done:
            return
        content = read_toml(path, label)
    except ScenarioError as error:
        reading.tell(asking or "", error)
        reading.whole = False
        return
    check_top(content, label, reading)
    bases = content.pop("extends", [])
    bases = [bases] if isinstance(bases, str) else bases
    if not (isinstance(bases, list) and all(isinstance(base, str) for base in bases)):
        wrong = f"{label}: extends = {bases!r:.60} is not a name, a path or a list of them"
        reading.told.append((label, wrong))
        reading.whole, bases = False, []
    if not above:
        content.setdefault("name", path.stem)
    set_data(content, path.parent, label, reading)
    for base in bases:
        _read(base, [*above, (path, label)], done, reading)
    done.add(path)
    reading.layers.append(Layer(label, content))


def set_data(content: dict[str, Any], folder: Path, label: str, reading: Reading) -> None:
    """Turn the data folder that a layer names into a whole path, seen from where it stands."""
    given = content.get("data")
    if not isinstance(given, str | Path):
        return
    try:
        content["data"] = str((folder / given).resolve())
    except (OSError, ValueError, RuntimeError):  # a NUL, a name too long, links in a circle
        reading.told.append((label, f"{label}: data = {str(given)!r:.60} is not a path"))
        del content["data"]
        reading.whole = False


def locate(name: str | Path, folder: Path | None, asking: str | None = None) -> tuple[Path, str]:
    """Find the file behind a name of the library or a path, and the label it goes by."""
    text = str(name)
    prefix = f"{asking}: extends: " if asking else ""
    if "\0" in text or not text.strip():
        raise ScenarioError(f"{prefix}{text!r:.60} is not the name of a scenario or file")
    looks_like_path = isinstance(name, Path) or text.endswith(".toml") or "/" in text
    if not looks_like_path and text in library():
        return library()[text].resolve(), f"scenarios/{text}.toml"
    path = (folder or Path()) / text
    label = str(Path(asking).parent / text) if asking else text
    try:
        if not (looks_like_path or path.exists()):
            names = library()
            offer = hint(text, names) or f"; the library has {', '.join(names)}"
            raise ScenarioError(f"{prefix}no scenario '{text}'{offer}")
        if path.is_dir():
            raise ScenarioError(f"{prefix}{label}: this is a directory, not a scenario file")
        if not path.is_file():
            offer = hint(path.stem, library()) if path.name == text else ""
            raise ScenarioError(f"{prefix}{label}: no such file{offer}")
    except OSError as error:
        raise ScenarioError(f"{prefix}{label}: cannot be read ({error.strerror})") from None
    return path.resolve(), label


def read_toml(path: Path, label: str) -> dict[str, Any]:
    """Read one TOML file."""
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{label}: not UTF-8 text (byte {error.start})") from None
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{label}: not valid TOML: {error}") from None
    except RecursionError:
        raise ScenarioError(f"{label}: not valid TOML: {TOO_DEEP}") from None
    except ValueError:  # what else Python's reader of numbers refuses
        raise ScenarioError(f"{label}: not valid TOML: {TOO_LONG}") from None
    except OSError as error:
        raise ScenarioError(f"{label}: cannot be read ({error.strerror})") from None


def check_top(content: dict[str, Any], label: str, reading: Reading) -> None:
    """Take out unknown keys and tables at the top of a layer, and tell them with a hint."""
    known = ("extends", *SETTINGS, *SECTIONS)
    for key in list(content):
        if key not in known:
            del content[key]
            names = [
                f"{s}.{n}"
                for s, model in Parameters.model_fields.items()
                for n in getattr(model.annotation, "model_fields", ())
            ]
            inner = next((f"; did you mean '{n}'?" for n in names if n.endswith(f".{key}")), "")
            wrong = f"{label}: unknown key '{key}'{inner or hint(key, known)}"
            reading.told.append((label, wrong))


def override_layer(overrides: Overrides, reading: Reading) -> None:
    """Append the layer of overrides, if there are any."""
    if isinstance(overrides, str):
        raise ScenarioError("overrides: give a list of 'key=value' or a mapping, not one string")
    label = "override" if isinstance(overrides, Mapping) else "--set"
    content: dict[str, Any] = {}
    for given in overrides:
        try:
            key, value = given, None
            if isinstance(overrides, Mapping):
                value = overrides[given]
            else:
                key, value = split_pair(given)
            if not isinstance(key, str):
                raise ScenarioError(f"{label}: {key!r:.60} is not the name of a setting")
            if key.partition(".")[0] == "extends":
                raise ScenarioError(f"{label}: 'extends' belongs in a file")
            put(content, key.split("."), value, f"{label} {key}")
        except ScenarioError as error:
            reading.tell(label, error)
    check_top(content, label, reading)
    set_data(content, Path(), label, reading)
    if content:
        reading.layers.append(Layer(label, content))


def split_pair(text: str) -> tuple[str, Any]:
    """Split ``key=value``; the value is read as TOML, and as bare text if it is none."""
    if not isinstance(text, str):
        raise ScenarioError(f"overrides: {text!r:.60} is not text such as 'ordering.hurdle=0.2'")
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise ScenarioError(f"--set {text}: give it as key=value, e.g. ordering.hurdle=0.2")
    try:
        parsed = tomllib.loads(f"value = {value}")
        if set(parsed) == {"value"}:
            return key.strip(), parsed["value"]
    except tomllib.TOMLDecodeError:
        pass
    except RecursionError:
        raise ScenarioError(f"--set {key}: {TOO_DEEP}") from None
    except ValueError:
        raise ScenarioError(f"--set {key}: {TOO_LONG}") from None
    return key.strip(), value.strip()


def put(content: dict[str, Any], keys: Sequence[str], value: Any, label: str) -> None:
    """Put a value at a dotted key."""
    for key in keys[:-1]:
        content = content.setdefault(key, {})
        if not isinstance(content, dict):
            raise ScenarioError(f"{label}: '{key}' is a value, not a table")
    old = content.get(keys[-1])
    content[keys[-1]] = deep_merge(old, value) if isinstance(old, dict) else value


def merge(reading: Reading) -> dict[str, Any]:
    """Merge layers: tables key by key, later values win, events add up.

    ``until`` and ``weeks`` say the same thing, so the later of them wins; a layer that gives
    both is told of.
    """
    merged: dict[str, Any] = {}
    for layer in reading.layers:
        if "until" in layer.content and "weeks" in layer.content:
            wrong = f"{layer.label}: until and weeks both given; one of them is enough"
            reading.told.append((layer.label, wrong))
        other = {"until": "weeks", "weeks": "until"}
        left_out = {other[key] for key in other if key in layer.content}
        events = [merged.get("events", []), layer.content.get("events", [])]
        kept = {key: value for key, value in merged.items() if key not in left_out}
        merged = deep_merge(kept, layer.content)
        if all(isinstance(part, list | tuple) for part in events):
            merged["events"] = [*events[0], *events[1]]
    return merged


def deep_merge(base: Any, top: Any) -> Any:
    """Return ``top`` laid over ``base``; only tables merge."""
    if not (isinstance(base, Mapping) and isinstance(top, Mapping)):
        return top
    merged = dict(base)
    for key, value in top.items():
        merged[key] = deep_merge(merged[key], value) if key in merged else value
    return merged
