"""What the fields of a YAML file may hold, strictly: text is text, a number a number, a truth value true or false."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import PydanticUndefined

from lobule.arguments import LARGEST_SEED
from lobule.errors import AlreadyTold, InputError, Mistakes, together
from lobule.quantities import measured
from lobule.yaml_files.from_file import load
from lobule.yaml_files.mistakes import all_mistakes
from lobule.yaml_files.tree import Tree, walked

MOST_ATTEMPTS = 10  # at leaving out what is wrong
SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


UNREAD = object()  # stands for a value that could not be read, which has been noted


class Section(BaseModel):
    """A group of fields: unknown ones are refused, nothing is converted, numbers are finite.

    Of a file with mistakes, a section lacks the fields that could not be read: to ask for one raises AlreadyTold, so
    that what hangs on it is not judged.
    """

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    @field_validator("*", mode="wrap")
    @classmethod
    def _unless_unread(cls, value: Any, read: Callable[[Any], Any]) -> Any:
        return value if value is UNREAD else read(value)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name in type(self).model_fields:
                raise AlreadyTold(f"{name} could not be read", [name])
            return super().__getattr__(name)

    def values(self) -> dict[str, Any]:
        """{field: value}; raises AlreadyTold where one could not be read."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    def has(self, name: str) -> bool:
        """A field could be read, or was left out."""
        return name in self.__dict__

    def entries(self, name: str) -> list[Any]:
        """The entries of a list, none where it could not be read."""
        return self.__dict__.get(name) or []

    def readable(self) -> dict[str, Any]:
        """The same with what is usual, or None, in place of what could not be read; for checks of the other fields."""
        fields = type(self).model_fields
        return {name: self.__dict__.get(name, _usual(info.default)) for name, info in fields.items()}


def _usual(default: Any) -> Any:
    return None if default is PydanticUndefined else default


Kind = TypeVar("Kind", bound=BaseModel)


def _one_line(value: str) -> str:
    if len(value.splitlines()) > 1:
        raise ValueError("a text of several lines; write it on one")
    return value


def _visible(value: str) -> str:
    if not value.strip():
        raise ValueError("a name that nobody can see; write one")
    return value


Text = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]
Name = Annotated[Text, AfterValidator(_visible)]
LongText = Annotated[str, Field(max_length=5000)]
Grade = Literal["measured", "derived", "calibrated", "assumed"]  # how good a number is
Seed = Annotated[int, Field(ge=0, le=LARGEST_SEED)]


def quantity(*kinds: str) -> AfterValidator:
    """For the type of a field that holds a quantity of one of these kinds; it stays as it is written."""

    def check(value: str) -> str:
        try:
            measured(value, kinds)
        except InputError as error:
            raise ValueError(str(error)) from error  # which is what pydantic wants
        return value

    return AfterValidator(check)


Time = Annotated[Text, quantity("time")]


@contextmanager
def reading(path: str | Path, model: type[Kind], what: str, fields: str) -> Iterator[tuple[Kind, Mistakes]]:
    """Read a file, and tell all its mistakes at the end: those of its fields, and those that are noted meanwhile.

    Parameters
    ----------
    what, fields : for the message when it is none, such as "a scenario" and "subject, plan and until"

    Yields
    ------
    the sections, without the fields that could not be read; where to note what else is wrong.

    Raises
    ------
    InputError : no file, no YAML; mistakes, each one sentence with file, line, field, what is wanted and the nearest
        valid name, in the order of their lines.
    """
    with checking_fields(load(path, what, fields), model) as read:
        yield read


def checked(tree: Tree, model: type[Kind]) -> Kind:
    """The sections of a tree; raises InputError as `reading` does."""
    try:
        return model.model_validate(tree.data)
    except ValidationError as error:
        raise tree.mistake(together(all_mistakes(error, model, tree))) from error


@contextmanager
def checking_fields(tree: Tree, model: type[Kind]) -> Iterator[tuple[Kind, Mistakes]]:
    """As `reading`, of a tree."""
    found = Mistakes()
    section = _as_far_as_readable(tree, model, found)
    if section is not None:
        with found.at():
            yield section, found
    if found.noted:
        raise tree.mistake(together(found.noted))


def _as_far_as_readable(tree: Tree, model: type[Kind], found: Mistakes) -> Kind | None:
    """The sections without what is wrong, which is noted; None when nothing is left."""
    data = tree.data
    for attempt in range(MOST_ATTEMPTS):
        try:
            return _opened(model.model_validate(data))
        except ValidationError as error:
            if attempt == 0:
                for mistake in all_mistakes(error, model, tree):
                    found.note(mistake)
                data = deepcopy(tree.data)
            _leave_out(data, error)
    return None


def _leave_out(data: Any, error: ValidationError) -> None:
    """Put UNREAD in place of wrong values; where that is no better, take the field out. A list counts as a whole."""
    places: dict[tuple[str | int, ...], bool] = {}
    for row in error.errors():
        place = walked(data, tuple(row["loc"]))[1]
        if row["type"] == "missing":
            place = (*place, row["loc"][-1])
        while place and isinstance(place[-1], int):
            place = place[:-1]
        places[place] = row["type"] == "extra_forbidden"
    for place in sorted(filter(None, places), key=len, reverse=True):  # the deepest first
        group = data
        for key in place[:-1]:
            group = group[key]
        if places[place] or group.get(place[-1]) is UNREAD:
            group.pop(place[-1], None)
        else:
            group[place[-1]] = UNREAD


def _opened(value: Any) -> Any:
    """A section, or what holds some, with the unread fields away."""
    if isinstance(value, Section):
        for name in [name for name, one in value.__dict__.items() if one is UNREAD]:
            del value.__dict__[name]
        for one in value.__dict__.values():
            _opened(one)
    elif isinstance(value, (list, dict)):
        for one in value.values() if isinstance(value, dict) else value:
            _opened(one)
    return value


def beside(path: str | Path, name: str) -> str:
    """A name in a file that is itself a file beside it, as the path from here; any other name as it is."""
    near = os.path.join(Path(path).parent, name)
    return near if name and os.path.isfile(near) else name


def schema_of(model: type[BaseModel], *changes: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """The JSON Schema of a kind of file, for editors."""
    schema = {"$schema": SCHEMA_DIALECT, **model.model_json_schema()}
    for change in changes:
        change(schema)
    return schema
