"""Safe parsing of YAML as plain data: mappings, lists, text, numbers, true, false and null.

Untrusted text is parsed in bounded time and memory: its length, its depth and its size with all aliases expanded are
limited. ruamel.yaml would not make this shorter: it bounds none of these, runs into Python's recursion limit, and
accepts keys that are not text, dates, and numbers of any length.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

import yaml

MAX_LENGTH = 1_000_000  # bytes of a file, and characters of its content with all aliases expanded
_SIZE_OF_VALUE = 100  # characters that a value counts as, in addition to its own
_MAX_DEPTH = 50
_MAX_NUMBER = 80  # characters
_MAX_SHOWN = 40  # characters of a value that a message repeats
_TAG = "tag:yaml.org,2002:"
_FLOAT, _BOOL, _TIMESTAMP, _VALUE, _MERGE = (_TAG + name for name in ("float", "bool", "timestamp", "value", "merge"))
_FLOAT_PATTERN = re.compile(
    r"(?:[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan)$"
)
_BOOL_PATTERN = re.compile(r"(?:true|True|TRUE|false|False|FALSE)$")
_TOO_LONG = (
    f"with all aliases expanded, this is too long: {MAX_LENGTH // _SIZE_OF_VALUE:,} values, or {MAX_LENGTH:,} "
    "characters, at most"
)


def parse_mapping(text: str) -> dict[str, Any]:
    """Parse the text of a recipe, which must be a mapping.

    Raises ValueError with the line. The text may be any file, so messages repeat nothing of it that is not a recipe.
    """
    mapping = parse_value(text, only_mapping=True)
    assert isinstance(mapping, dict)
    return mapping


def parse_value(text: str, *, only_mapping: bool = False) -> Any:
    """Parse any YAML value. Raises ValueError with the line."""
    if len(text) > MAX_LENGTH:
        raise ValueError(f"is longer than {MAX_LENGTH:,} characters")
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        line = text.count(chr(10), 0, error.position) + 1
        raise ValueError(f"line {line}: the character U+{error.character:04X} is not allowed in YAML") from error
    try:
        node = loader.get_single_node()
        if only_mapping:
            _require_mapping(node)
            _reject_foreign_keys(node)
        return None if node is None else loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        position = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        problem = ", ".join(filter(None, (error.context, error.problem)))
        raise ValueError(position + _without_names(problem)) from error
    except _NotAMapping:
        raise
    except (ValueError, OverflowError) as error:
        raise ValueError(f"line {loader.line + 1}: invalid YAML escape or number") from error


class _NotAMapping(ValueError):
    """The text is valid YAML, but not a mapping."""


class _Loader(yaml.SafeLoader):
    """PyYAML's SafeLoader with bounds.

    Tags other than those of plain data and duplicate keys are errors, 1e-4 is a number, only true and false are
    booleans, and a date is plain text.
    """

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in (_FLOAT, _BOOL, _TIMESTAMP, _VALUE)]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    yaml_constructors = {
        _TAG + name: yaml.SafeLoader.yaml_constructors[_TAG + name] for name in ("null", "bool", "float", "seq", "map")
    }

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = self.size = 0
        self.sizes: dict[int, int] = {}  # of complete nodes, by id

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Compose a node and add up sizes.

        An alias counts as much as the node that it refers to, so that ten lines cannot expand to billions of values.
        """
        is_alias, size_before = self.check_event(yaml.AliasEvent), self.size
        mark: yaml.Mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        if self.depth == _MAX_DEPTH:
            _refuse(mark, f"is nested too deeply: {_MAX_DEPTH} levels at most")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        if is_alias and id(node) not in self.sizes:
            _refuse(mark, "contains itself")
        if is_alias:
            self.size += self.sizes[id(node)]
        else:
            self.size += _SIZE_OF_VALUE + (len(node.value) if isinstance(node, yaml.ScalarNode) else 0)
        if self.size > MAX_LENGTH:
            _refuse(mark, _TOO_LONG)
        self.sizes.setdefault(id(node), self.size - size_before)
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """Construct a value. PyYAML raises Python's own errors if it does not fit its tag: `!!bool three`."""
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, ArithmeticError, AttributeError, TypeError):
            _refuse(node.start_mark, f"{_short(node.value)} is not a {_tag_name(node.tag)}")

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = set()
        for key_node, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if key_node.tag == _MERGE:
                continue
            key = self.construct_object(key_node, deep=True)
            _require_text(key, key_node)
            if key in keys:
                _refuse(key_node.start_mark, f"duplicate key {_short(key)}")
            keys.add(key)
        mapping = super().construct_mapping(node, deep)
        for key in mapping:
            _require_text(key, node)  # also the keys that `<<` merged into it
        return mapping


def _construct_int(loader: _Loader, node: yaml.ScalarNode) -> int:
    text = loader.construct_scalar(node)
    number: int | None = loader.construct_yaml_int(node) if len(text) <= _MAX_NUMBER else None
    if number is None or not -(2**63) <= number < 2**63:
        _refuse(node.start_mark, f"the whole number {_cut(text)} is too large: 64 bits are the most")
    return number


def _construct_text(loader: _Loader, node: yaml.ScalarNode) -> str:
    """Reject NUL, which would truncate a file name, and halves of surrogate pairs, which cannot be encoded."""
    text = str(loader.construct_scalar(node))
    forbidden = re.search("[\0\ud800-\udfff]", text)
    if forbidden:
        _refuse(node.start_mark, f"text cannot hold the character U+{ord(forbidden[0]):04X}")
    return text


def _construct_unknown_tag(_: _Loader, node: yaml.Node) -> NoReturn:
    _refuse(node.start_mark, f"the tag {_tag_name(node.tag)} is refused: a recipe is plain data")


_Loader.add_constructor(_TAG + "int", _construct_int)
_Loader.add_constructor(_TAG + "str", _construct_text)
_Loader.add_constructor(None, _construct_unknown_tag)
_Loader.add_implicit_resolver(_FLOAT, _FLOAT_PATTERN, list("-+.0123456789"))
_Loader.add_implicit_resolver(_BOOL, _BOOL_PATTERN, list("tTfF"))


def _require_mapping(node: yaml.Node | None) -> None:
    if not isinstance(node, yaml.MappingNode):
        content = "empty" if node is None else "a list" if isinstance(node, yaml.SequenceNode) else "a single value"
        raise _NotAMapping(f"a recipe is a mapping (`key: value` lines), but this is {content}")


def _reject_foreign_keys(node: yaml.Node | None) -> None:
    """Refuse keys that no recipe has, without repeating them: other files, /etc/shadow too, parse as mappings."""
    for key, _ in node.value if node else ():
        if isinstance(key, yaml.ScalarNode) and not re.fullmatch(r"<<|[\w.-]{1,100}", key.value):
            _refuse(key.start_mark, "not a field of a recipe: these have names like `train`")


def _require_text(key: Any, node: yaml.Node) -> None:
    if not isinstance(key, str):
        _refuse(node.start_mark, f"a key must be a word, not {_short(key)}")


def _without_names(problem: str) -> str:
    """Remove names from PyYAML's messages, as they may come from a file that is not a recipe."""
    return re.sub(r"(alias|anchor|handle) '.*'", r"\1", problem)


def _tag_name(tag: str) -> str:
    return _cut(tag.replace(_TAG, "!!"))


def _short(value: Any) -> str:
    return repr(_cut(value)) if isinstance(value, str) else _cut(repr(value))


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"


def _refuse(mark: yaml.Mark | None, reason: str) -> NoReturn:
    raise yaml.constructor.ConstructorError(None, None, reason, mark)
