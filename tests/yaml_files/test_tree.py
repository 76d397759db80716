"""YAML text becomes plain data with lines, or one sentence, before anything is built."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule.errors import InputError, LobuleError
from lobule.yaml_files import parse


def tree(content):
    return parse(content, "file.yaml", "a thing", "this and that")


def refusal(content):
    begin = time.process_time()
    with pytest.raises(LobuleError) as caught:
        tree(content)
    assert time.process_time() - begin < 5
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400
    assert message.startswith("file.yaml")
    return message


def laughs():
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("&t\nsubject: *t\n", "anchors"),
        ("subject: &s {species: mouse, injury: *s}\n", "line 1: anchors"),
        ("a: *b\n", "anchors"),
        (laughs(), "anchors"),
        ("subject: " + "[" * 3000 + "]" * 3000, "nested more than"),
        ("subject: " + "{a: " * 3000 + "1" + "}" * 3000, "nested more than"),
        ("subject:\n- " + "- " * 3000 + "a", "nested more than"),
        ("? " * 3000, "cannot be the name"),
        ("a: [" + "1, " * 20_000 + "1]", "more than 10000 values"),
        ("base: 1\nsubject: {<<: {a: 1}}\n", "line 2: merge keys"),
        ("a: !!python/object/apply:os.system [echo]\n", "the tag"),
        ("a: !!int '3'\n", "the tag"),
        ("a: !own {b: 1}\n", "the tag"),
        ("%TAG ! tag:x,2000:\n---\na: 1\n", "%TAG"),
        ("%YAML 1.1\n---\na: 1\n", "%YAML"),
        ("a: 1\n---\na: 2\n", "line 2: a second document"),
        ("a: 1\nb: 2\na: 3\n", 'line 3: the field "a" stands here twice, first in line 1'),
        ("null: 3\n", "the name of a field is text"),
        ("3: 3\n", "the name of a field is text"),
        ("true: 3\n", "the name of a field is text"),
        ("2020-01-01: 3\n", "the name of a field is text"),
        ("? [a, b]\n: 3\n", "cannot be the name of a field"),
        ("a: " + "9" * 5000, "a number of 5000 characters"),
        ("a: b\x07c\n", "line 1: the character U+0007"),
        ("a: 1\nb: 'x\x00y'\n", "line 2: the character U+0000"),
        ('a: "x\\0y"\n', "the character U+0000"),
        ('a: "\\ud800"\n', "the character U+D800"),
        ("a: b\u2028c\n", "the character U+2028"),
        ("a: {b: [c\n", "not valid YAML"),
        ("\ta: 1\n", "not valid YAML"),
        ("- 1\n", "a thing is a list of fields such as this and that"),
        ("", "a thing is a list of fields"),
        ("a: ü".encode("latin-1"), "more likely Windows-1252 or Latin-1); save it as UTF-8"),
        ("a: 1".encode("utf-16"), "more likely UTF-16); save it as UTF-8"),
        (b"\x1f\x8b\x08\x00\xff", "is compressed, not a text file"),
        (b"PK\x03\x04\xff", "a zip archive or a workbook, not a text file"),
        (b"\xff\x00\x01", "is binary, not a text file"),
    ],
)
def test_what_a_description_does_not_need_is_refused_at_once_with_its_line(content, message):
    assert message in refusal(content)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3), ("-3", -3), ("3.5", 3.5), ("1e10", 1e10), (".5", 0.5), ("true", True), ("~", None), ("", None),
        ("0x7", "0x7"), ("0o7", "0o7"), ("1_0", "1_0"), ("1:30", "1:30"), ("٣", "٣"), ("１", "１"), ("no", "no"),
        ("yes", "yes"), ("on", "on"), ("'3'", "3"), ('"true"', "true"), ("1e10 particle", "1e10 particle"),
        ("2026-99-99", "2026-99-99"),
    ],
)  # fmt: skip
def test_only_decimal_numbers_and_true_and_false_are_more_than_text(text, value):
    found = tree(f"a: {text}\n").data["a"]
    assert found == value
    assert type(found) is type(value)


def test_every_field_knows_its_line_and_how_it_is_written():
    found = tree("a: 1\nb:\n  c: [1e3, x]\n  d: {e: 2.50}\n")
    assert found.lines == {("a",): 1, ("b",): 2, ("b", "c"): 3, ("b", "c", 0): 3, ("b", "c", 1): 3, ("b", "d"): 4,
                           ("b", "d", "e"): 4}  # fmt: skip
    assert found.written["b", "c", 0] == "1e3"
    assert found.written["b", "d", "e"] == "2.50"


def test_a_mistake_below_a_field_is_said_with_file_line_and_field():
    found = tree("plan:\n  dose: 3\n")
    with (
        pytest.raises(InputError, match=r"^file\.yaml, line 2, plan\.dose: too little$") as caught,
        found.naming("plan"),
    ):
        raise InputError("too little", [0, "dose"])
    assert caught.value.field == ("plan", 0, "dose")


def test_line_ends_of_every_system_count_the_same():
    for end in ("\n", "\r\n", "\r"):
        assert tree(end.join(["a: 1", "b: 2", "c: 3", ""])).lines[("c",)] == 3


SCALARS = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False)
NAMES = st.text("abc_ü -", min_size=1, max_size=6)


@given(st.dictionaries(NAMES, st.recursive(SCALARS | NAMES, lambda inner: st.lists(inner, max_size=3)
                                           | st.dictionaries(NAMES, inner, max_size=3), max_leaves=12)))  # fmt: skip
def test_what_another_program_writes_is_read_as_it_was_meant(data):
    import json

    assert tree(json.dumps(data)).data == data


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass"))
       | st.text("[]{}:,-?&*!|>'\"%@`# \n\tab1", max_size=120).map(str.encode))  # fmt: skip
def test_any_bytes_are_a_tree_or_one_short_sentence(content):
    try:
        assert isinstance(tree(content).data, dict)
    except LobuleError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 400
