"""What the fields of a YAML file may hold, strictly: text is text, a number a number, a truth value true or false."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from lobule.arguments import LARGEST_SEED
from lobule.errors import InputError
from lobule.quantities import measured
from lobule.yaml_files.mistakes import first_mistake
from lobule.yaml_files.tree import Tree, load

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Section(BaseModel):
    """A group of fields: unknown ones are refused, nothing is converted, numbers are finite."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


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


def read(path: str | Path, model: type[Kind], what: str, fields: str) -> tuple[Kind, Tree]:
    """Read and check a file.

    Parameters
    ----------
    what, fields : for the message when it is none, such as "a scenario" and "subject, plan and until"

    Returns
    -------
    the sections, and the tree for lines of mistakes that only show later

    Raises
    ------
    InputError : the first mistake in one sentence with file, line, field, what is wanted and the nearest valid name.
    """
    tree = load(path, what, fields)
    return checked(tree, model), tree


def checked(tree: Tree, model: type[Kind]) -> Kind:
    """The sections of a tree; raises InputError as `read` does."""
    try:
        return model.model_validate(tree.data)
    except ValidationError as error:
        raise tree.mistake(first_mistake(error, model, tree)) from error


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
