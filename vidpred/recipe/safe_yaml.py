"""YAML as plain data: mappings, lists, text, numbers, true, false and null. Whatever the text, reading it takes little time
and memory: its length, its depth and what its aliases amount to are bounded."""

from __future__ import annotations

import re
from typing import Any, NoReturn

import yaml

MAX_LENGTH = 1_000_000  # bytes of a file, and characters of what it amounts to with its aliases written out
_EACH_VALUE = 100  # characters that a value counts for, besides its own
_DEEPEST = 50
_LONGEST_NUMBER = 80  # characters
_KEPT = 40  # characters of a value that a message repeats
_TAG = "tag:yaml.org,2002:"
_FLOAT, _BOOL, _TIMESTAMP, _VALUE, _MERGE = (_TAG + name for name in ("float", "bool", "timestamp", "value", "merge"))


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, but bounded; other tags than those of plain data and duplicate keys are errors, 1e-4 is a number, only
    true and false are booleans, and a date is plain text."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in (_FLOAT, _BOOL, _TIMESTAMP, _VALUE)]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    yaml_constructors = {
        _TAG + name: yaml.SafeLoader.yaml_constructors[_TAG + name] for name in ("null", "bool", "float", "seq", "map")
    }

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = self.amount = 0
        self.amounts: dict[int, int] = {}  # of the nodes that are complete

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """An alias counts for all that it stands for: so ten lines cannot amount to billions of values."""
        alias, before = self.check_event(yaml.AliasEvent), self.amount
        mark: yaml.Mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        if self.depth == _DEEPEST:
            _refuse(mark, f"is nested too deeply: {_DEEPEST} levels at most")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        if alias and id(node) not in self.amounts:
            _refuse(mark, "holds itself")
        self.amount += (
            self.amounts[id(node)]
            if alias
            else _EACH_VALUE + (len(node.value) if isinstance(node, yaml.ScalarNode) else 0)
        )
        if self.amount > MAX_LENGTH:
            _refuse(
                mark,
                f"with what aliases stand for written out, this is too long: {MAX_LENGTH // _EACH_VALUE:,} values, or {MAX_LENGTH:,} "
                "characters, at most",
            )
        self.amounts.setdefault(id(node), self.amount - before)
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """PyYAML lets Python's own errors out where a value does not fit its tag: `!!bool three`."""
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, ArithmeticError, AttributeError, TypeError):
            _refuse(node.start_mark, f"{_short(node.value)} is no {_named(node.tag)}")

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if key_node.tag == _MERGE:
                continue
            key = self.construct_object(key_node, deep=True)
            _a_word(key, key_node)
            if key in seen:
                _refuse(key_node.start_mark, f"the key {_short(key)} stands here twice")
            seen.add(key)
        made = super().construct_mapping(node, deep)
        for key in made:
            _a_word(key, node)  # what was merged into it
        return made


def _a_word(key: Any, node: yaml.Node) -> None:
    if not isinstance(key, str):
        _refuse(node.start_mark, f"a key must be a word, not {_short(key)}")


def _named(tag: str) -> str:
    return _cut(tag.replace(_TAG, "!!"))


def _short(value: Any) -> str:
    return repr(_cut(parse_value)) if isinstance(parse_value, str) else _cut(repr(parse_value))


def _cut(text: str) -> str:
    return text if len(text) <= _KEPT else text[:_KEPT] + "…"


def _refuse(mark: yaml.Mark | None, why: str) -> NoReturn:
    raise yaml.constructor.ConstructorError(None, None, why, mark)


def _whole_number(loader: _Loader, node: yaml.ScalarNode) -> int:
    text = loader.construct_scalar(node)
    number: int | None = loader.construct_yaml_int(node) if len(text) <= _LONGEST_NUMBER else None
    if number is None or not -(2**63) <= number < 2**63:
        _refuse(node.start_mark, f"the whole number {_cut(text)} is too large: 64 bits are the most")
    return number


def _text(loader: _Loader, node: yaml.ScalarNode) -> str:
    """NUL ends a file's name in the middle, and half of a surrogate pair cannot be written."""
    text = str(loader.construct_scalar(node))
    wrong = re.search("[\0\ud800-\udfff]", text)
    if wrong:
        _refuse(node.start_mark, f"text cannot hold the character U+{ord(wrong[0]):04X}")
    return text


def _unknown_tag(_: _Loader, node: yaml.Node) -> NoReturn:
    _refuse(node.start_mark, f"the tag {_named(node.tag)} is refused: a recipe is plain data")


_Loader.add_constructor(_TAG + "int", _whole_number)
_Loader.add_constructor(_TAG + "str", _text)
_Loader.add_constructor(None, _unknown_tag)
_Loader.add_implicit_resolver(
    _FLOAT,
    re.compile(r"(?:[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan)$"),
    list("-+.0123456789"),
)
_Loader.add_implicit_resolver(_BOOL, re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


def parse_mapping(text: str) -> dict[str, Any]:
    """A recipe's text. Raises ValueError, saying the line. What is no mapping is no recipe, and none of it is repeated."""
    made = parse_value(text, only_mapping=True)
    assert isinstance(made, dict)
    return made


def parse_value(text: str, *, only_mapping: bool = False) -> Any:
    """What any text is as YAML. Raises ValueError, saying the line."""
    if len(text) > MAX_LENGTH:
        raise ValueError(f"is longer than {MAX_LENGTH:,} characters")
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        raise ValueError(
            f"line {text.count(chr(10), 0, error.position) + 1}: the character U+{error.character:04X} cannot stand in YAML"
        ) from error
    try:
        node = loader.get_single_node()
        if only_mapping and not isinstance(node, yaml.MappingNode):
            found = "empty" if node is None else "a list" if isinstance(node, yaml.SequenceNode) else "one value"
            raise _NoMapping(f"a recipe is a mapping (`key: value` lines), but this is {found}")
        if only_mapping:
            _no_strangers(node)
        return None if node is None else loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ValueError(where + _without_names(", ".join(filter(None, (error.context, error.problem))))) from error
    except (ValueError, OverflowError) as error:
        if isinstance(error, _NoMapping):
            raise
        raise ValueError(f"line {loader.line + 1}: this escape or number is none of YAML's") from error


def _no_strangers(node: yaml.Node | None) -> None:
    """Lines that end in a colon make a mapping of other files, too, /etc/shadow among them: their keys are not repeated."""
    for key, _ in node.value if node else ():
        if isinstance(key, yaml.ScalarNode) and not re.fullmatch(r"<<|[\w.-]{1,100}", key.value):
            _refuse(key.start_mark, "a recipe's fields have names like `train`, and this is none")


class _NoMapping(ValueError):
    """Read as YAML, but no recipe."""


def _without_names(problem: str) -> str:
    """PyYAML repeats names from a file of which it is not known yet whether it is a recipe."""
    return re.sub(r"(alias|anchor|handle) '.*'", r"\1", problem)
