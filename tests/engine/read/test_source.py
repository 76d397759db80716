"""Where the text of a model comes from: files, Antimony, and what is no text."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.read.sbml_parts import DECAY, parameter, sbml

from lobule import engine
from lobule.engine.read import sbml_text
from lobule.errors import InputError, LobuleError, ModelError

DECAYING = "model d; x = 8; x' = -x; end"


@pytest.mark.parametrize("source", [None, 5, b"model", ["model"], 1j, {"a": 1}])
def test_what_is_neither_text_nor_path_is_refused(source):
    with pytest.raises(InputError, match=r"Antimony or SBML text, or a pathlib\.Path"):
        engine.compile(source)


def test_files_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(InputError, match=r"missing\.xml"):
        engine.compile(tmp_path / "missing.xml")
    with pytest.raises(InputError, match="cannot read the model file"):
        engine.compile(tmp_path)
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    with pytest.raises(ModelError, match="no text in utf-8: byte 0 is 0x89"):
        engine.compile(picture)


def test_the_name_of_a_file_as_text_says_what_to_do():
    with pytest.raises(InputError, match=r'pathlib\.Path\("model\.xml"\)'):
        engine.compile("model.xml")


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16", "utf-8-sig"])
def test_a_file_is_read_in_its_own_encoding(tmp_path, encoding):
    declared = {"utf-8-sig": "utf-8"}.get(encoding, encoding)
    text = sbml(Parameters='<parameter id="x" name="Größe" value="8" constant="false"/>', Rules=DECAY)
    path = tmp_path / "model.xml"
    path.write_bytes(text.replace("UTF-8", declared).encode(encoding))
    assert engine.compile(path).labels["x"] == "Größe"


@pytest.mark.parametrize("text", ["", "  \n ", "\ufeff"])
def test_an_empty_text_is_no_model(text):
    with pytest.raises(ModelError, match="empty"):
        engine.compile(text)


@pytest.mark.parametrize("letter", ["\0", "\ud800", "\udfff"])
def test_what_is_no_letter_is_refused_wherever_it_stands(letter):
    for text in (DECAYING.replace("8", f"8{letter}"), sbml(Parameters=parameter("x", 8), Rules=DECAY) + letter):
        with pytest.raises(ModelError, match="no text"):
            engine.compile(text)


@given(
    st.sampled_from([" ", "\n", "// import\n", "/* import */", "# a\n"]),
    st.sampled_from(["", "model d; end; ", "x = 1; "]),
)
def test_antimony_never_opens_another_file(before, first):
    with pytest.raises(ModelError, match=r"line \d: import is not available"):
        engine.compile(f'{first}{before}import "/nowhere/else.txt"\n{DECAYING}')


@pytest.mark.parametrize(
    "text",
    ['// import "a"\n', "/* import\nimport */", "# import\n", 'import_rate = 3; y is "import this"; '],
)
def test_the_word_import_in_a_comment_a_text_or_a_longer_name_is_no_import(text):
    model = DECAYING.replace("x = 8;", f"x = 8; y = 1; {text}")
    assert engine.compile(model).solve(times=[0])["x"][0, 0] == 8


def test_antimony_that_keeps_its_translator_busy_is_stopped(monkeypatch):
    monkeypatch.setattr("lobule.engine.read.antimony_text.LONGEST", 2)
    rules = "".join(f"a{i} := a{i - 1} + a{i - 1}*0.5; " for i in range(1, 1500))
    began = time.monotonic()
    with pytest.raises(ModelError, match="2 s, as with long chains of assignment rules"):
        sbml_text(f"model d; x = 8; a0 := x; {rules} x' = -a1499*1e-300; end")
    assert time.monotonic() - began < 30


def test_a_long_text_is_translated_apart_to_the_same_model():
    text = f"model d; x = 8; x' = -({' + '.join(['x'] * 600)})/600; end"
    assert engine.compile(text).solve(times=[1], rtol=1e-9)["x"][0, 0] == pytest.approx(8 * 2.718281828459045**-1)
    with pytest.raises(ModelError, match="syntax error"):
        engine.compile(text.replace("end", "end end end ="))


@given(st.one_of(st.text(max_size=60), st.binary(max_size=60), st.integers(), st.none(), st.lists(st.integers())))
def test_anything_is_a_model_or_one_sentence(source):
    with pytest.raises(LobuleError) as caught:
        engine.compile(source)
        raise LobuleError("a model")
    assert "\n" not in str(caught.value)


def test_a_path_with_a_null_character_is_one_sentence():
    with pytest.raises(InputError, match="can be no name of a file"):
        engine.compile(Path("a\0b"))


def test_what_libantimony_says_at_length_is_told_in_short():
    with pytest.raises(ModelError) as refused:
        engine.compile("model decay; x = 8; k = 0.3; x' = -k*x; total := {}*0x7; end")
    assert len(str(refused.value)) < 400
