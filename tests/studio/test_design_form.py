"""The form of a design: every field of a design is in it, and nothing of a file is lost, whatever is changed."""

import typing
from copy import deepcopy
from pathlib import Path

import pytest
from pydantic import BaseModel
from tests.studio.test_pages_of_work import APPLICATION, dropped
from tests.studio.walking import field, walked

from lobule.files.design import ALL_METHODS, Design, Endpoint
from lobule.files.design_file import design_from, read_design
from lobule.files.estimand import EVENTS, Strategy
from lobule.files.plan_of_analysis import Analysis, Futility, Imputation, Interim, Multiplicity, Reestimation
from lobule.studio import designs
from lobule.studio.design import DesignForm, words
from lobule.studio.design.whole import renamed
from lobule.studio.form import Form
from lobule.studio.state import State
from lobule.trial.shipped import shipped

EXAMPLE = Path(__file__).parents[2] / "examples" / "trials" / "msc_hbv.yaml"
NOT_HERE = {("population", "cohort")}  # a file beside the design, which a page does not open
WHOLE = {  # a design that says everything
    "title": "all of it",
    "population": {
        "groups": [{"etiology": "hbv", "stage": "decompensated", "share": 0.5},
                   {"etiology": "alcohol", "stage": "decompensated", "like": None, "share": 0.5}],
        "patients": 300, "criteria": "age <= 70", "exclude": ["creatinine > 177"], "non_responders": 0.2, "seed": 3,
    },
    "arms": [
        {"name": "A", "share": 0.5, "plan": [
            {"product": "uc-msc", "dose": "1e6 cell/kg", "route": "iv", "every": "28 d", "n": 2, "start": "1 d",
             "over": "1 h", "when": "alt > 80 U/L"},
            {"care": "diuretic", "start": "7 d", "until": "90 d"}]},
        {"name": "B", "share": 0.5, "plan": []},
    ],
    "patients": 100, "reading": "counted", "enrolment": "200 d", "care": ["antiviral"], "care_since": "12 mo",
    "screening": "exact", "randomisation": {"method": "stratified", "block": 4, "strata": ["meld_na >= 18"]},
    "blinding": {"kind": "open", "quality_of_life_bias": 0.03}, "visits": ["0 d", "84 d", "336 d"], "until": "360 d",
    "assays": [{"name": "albumin", "error": 0.07, "lower_limit": 5, "visits": ["0 d", "336 d"]}],
    "missed_visits": 0.05, "dropout": 0.1, "adherence": 0.9, "transplantation": True,
    "rescue": [{"when": "ascites >= 4", "care": "lactulose"}],
    "endpoints": [
        {"name": "E", "kind": "change", "output": "albumin", "at": "336 d", "method": "map_prior", "among": "meld >= 9",
         "imputation": {"missing": "jump_to_reference", "delta": 1, "number": 30},
         "historical": {"studies": [{"study": "first", "n": 60, "mean": 0.4, "sd": 4.1}], "robust": 0.3},
         "intercurrent": {"death": "composite", "rescue": "hypothetical"}, "failure": 20},
        {"name": "R", "kind": "responder", "output": "meld_na", "at": "84 d", "response": "change <= -3"},
        {"name": "T", "kind": "time_to_event", "events": ["death"], "method": "fine_gray"},
        {"name": "O", "kind": "ranked", "order": ["T", "E"]},
    ],
    "analysis": {"primary": "E", "reference": "B", "covariates": ["meld_na"], "alpha": 0.04, "rescue": "hypothetical",
                 "subgroups": ["female >= 1"]},
    "interim": {"looks": [0.5, 1], "boundary": "hwang_shih_decani", "gamma": -3,
                "futility": {"kind": "beta_spending", "power": 0.8, "spending": "hwang_shih_decani", "gamma": -1}},
    "replicates": 30, "members": 2, "seed": 5,
    "published": [{"endpoint": "E", "arm": "A", "direction": "up", "source": "T001"}],
    "submission": {"study": "LOB-01", "start": "2026-02-01", "country": "ZZZ"},
}  # fmt: skip


def formed(data, work):
    """Do `work(form, design form)` with the form of a design, as a page builds it."""

    async def walk(user):
        await user.open("/trial")
        with user.client:
            form = Form("a test", deepcopy(data))
            work(form, DesignForm(form, lambda form: form.number(("patients",), "P", 2, 100) and size(form)))

    def size(form):
        for name in ("replicates", "members"):
            form.number((name,), name, 0, 1000)

    walked(walk, APPLICATION)


@pytest.fixture(autouse=True)
def jobs(tmp_path, monkeypatch):
    monkeypatch.setenv("LOBULE_TEST_JOBS", str(tmp_path / "jobs"))


def leaves(value, at=()):
    """Every single value of plain data with its field."""
    if isinstance(value, dict) and value:
        for key, one in value.items():
            yield from leaves(one, (*at, key))
    elif isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        for i, one in enumerate(value):
            yield from leaves(one, (*at, i))
    else:
        yield at


def models(of):
    """Models inside an annotation."""
    if isinstance(of, type) and issubclass(of, BaseModel):
        return [of]
    return [one for inner in typing.get_args(of) for one in models(inner)]


def schema(model, at=()):
    """Every field of a model that has no fields of its own, without numbers of entries."""
    for name, info in model.model_fields.items():
        inner = models(info.annotation)
        if inner:
            yield from schema(inner[0], (*at, name))
        else:
            yield (*at, name)


def test_every_field_of_a_design_is_in_the_form():
    """The design above names all of them but those that exclude another; the form has a field for each."""
    graph = {"procedure": "graph", "hypotheses": [{"name": "H1", "endpoint": "E", "arm": "A", "weight": 1,
                                                   "passes": {}}]}  # fmt: skip
    gates = {"procedure": "serial_gatekeeping", "families": [["E"], ["T"]]}
    again = {"method": "blinded_variance", "at": 0.5, "largest": 300, "power": 0.9, "effect": 2, "least": 0.5}
    low = {"kind": "conditional_power", "below": 0.3, "under": "design", "power": 0.8}
    others = [
        State(WHOLE).having((("interim",), None), (("analysis", "multiplicity"), graph), (("reestimation",), again)),
        State(WHOLE).having((("analysis", "multiplicity"), gates), (("interim", "futility"), low)),
    ]
    told = set()

    def work(form, whole):
        for state in (State(WHOLE), *others):
            whole.show(state)
            for k in range(4):
                whole.endpoints.show(k)
                here = [at for at in leaves(state.data) if at[:1] != ("endpoints",) or at[1] == k]
                assert [at for at in here if form.field_of(at) is None and at[:2] != ("arms", 1)] == []
                told.update(tuple(one for one in at if isinstance(one, str)) for at in here)

    formed(WHOLE, work)
    missing = {at for at in set(schema(Design)) - told - NOT_HERE if at[:2] != ("endpoints", "intercurrent")}
    yaml = {("endpoints", "historical"), ("analysis", "multiplicity", "hypotheses"), ("published",)}
    assert {at for at in missing if not any(at[: len(one)] == one for one in yaml)} == set()


@pytest.mark.parametrize("name", [*shipped(), "the example"])
def test_a_design_through_the_form_is_the_same_design(name):
    """Shown, each field set to what it shows, each endpoint and arm looked at: not a value of it differs."""
    path = EXAMPLE if name == "the example" else shipped()[name]
    begun = designs.of_text(path.read_text()) if name == "the example" else designs.ready(name)

    def work(form, whole):
        whole.show(begun)
        for k in range(len(begun.data["endpoints"])):
            whole.endpoints.show(k)
            whole.arms.shown = k % len(begun.data["arms"])
            form.reshape()
            for one, shown in form.fields.values():
                one.set_value(one.value)
                assert shown is not None
        assert form.state.data == begun.data
        assert design_from(form.state.yaml()) == read_design(path)

    formed(begun.data, work)


@pytest.mark.parametrize("at", [("title",), ("care_since",), ("population", "criteria"), ("dropout",)])
def test_what_has_no_field_of_its_own_is_kept_when_another_field_changes(at):
    def work(form, whole):
        form.fields[at][0].set_value("0.2" if at == ("dropout",) else "meld >= 1" if "criteria" in at else "6 mo")
        for name in ("historical", "intercurrent"):
            assert form.state.get("endpoints", 0, name) == WHOLE["endpoints"][0][name]
        assert form.state.get("population", "groups", 1) == WHOLE["population"]["groups"][1]
        changed = {key for key in WHOLE if form.state.data[key] != WHOLE[key]}
        assert changed == {at[0]} and set(form.state.data) == set(WHOLE)

    formed(WHOLE, work)


def test_a_piece_of_yaml_is_read_and_what_cannot_be_read_stays_and_is_told():
    def work(form, whole):
        at = ("endpoints", 0, "historical")
        one = form.fields[at][0]
        assert one.value.startswith("studies:\n- study: first")
        one.set_value("studies: [{study: second, n: 40, mean: 1, sd: 3}]")
        assert form.state.get(*at, "studies", 0, "n") == 40
        one.set_value("studies: [")
        assert form.state.get(*at) == "studies: ["
        with pytest.raises(Exception) as caught:
            designs.checked(form.state)
        form.told(caught.value)
        assert "YAML" in one.error
        one.set_value("")
        assert form.state.get(*at) is None

    formed(WHOLE, work)


def test_a_new_name_is_carried_to_where_it_is_used():
    plan = {"procedure": "serial_gatekeeping", "families": [["E"], ["T"]]}
    before = State(WHOLE).having((("analysis", "multiplicity"), plan))
    at = ("endpoints", 0, "name")
    after = renamed(before, before.having((at, "F")), at)
    assert after.get("analysis", "primary") == "F" and after.get("endpoints", 3, "order") == ["T", "F"]
    assert after.get("analysis", "multiplicity", "families") == [["F"], ["T"]]
    assert after.get("published", 0, "endpoint") == "F"
    taken = renamed(before, before.having((at, "T")), at)
    assert taken.get("analysis", "primary") == "E"  # of two that are called alike nobody knows which was meant
    arm = ("arms", 1, "name")
    assert renamed(before, before.having((arm, "C")), arm).get("analysis", "reference") == "C"


def test_looks_claims_and_size_again_begin_with_a_plan_that_holds_and_end_without_a_trace():
    begun = designs.of_text(EXAMPLE.read_text()).having((("interim",), None))

    def work(form, whole):
        for at, values in {
            ("interim", "boundary"): words.BOUNDARIES, ("analysis", "multiplicity", "procedure"): words.PROCEDURES,
            ("reestimation", "method"): words.SIZE_AGAIN,
        }.items():  # fmt: skip
            for value in values:
                form.fields[at][0].set_value(value)
                if value == "blinded_variance":
                    form.fields["reestimation", "effect"][0].set_value("2")
                designs.checked(form.state)
                assert form.state.get(*at) == value
            form.fields[at][0].set_value("")
            assert form.state.data == begun.data
        form.fields["interim", "boundary"][0].set_value("pocock")
        for kind in words.FUTILITY:
            form.fields["interim", "futility", "kind"][0].set_value(kind)
            designs.checked(form.state)
        form.fields["interim", "futility", "kind"][0].set_value("")
        assert form.state.get("interim") == {"looks": [0.5, 1.0], "boundary": "pocock"}

    formed(begun.data, work)


def test_arms_and_endpoints_are_added_and_taken_out():
    begun = designs.ready("uc-msc-hbv-cirrhosis")

    def work(form, whole):
        whole.arms._add()
        assert [arm["name"] for arm in form.state.data["arms"]] == ["UC-MSC", "saline", "arm 1"]
        assert all("share" not in arm for arm in form.state.data["arms"])
        designs.checked(form.state)
        whole.arms.shown = 2
        form.reshape()
        whole.arms._take()
        whole.endpoints._add()
        assert ("endpoints", 4, "name") in form.fields
        designs.checked(form.state)
        assert all(("endpoints", 4, "intercurrent", event) in form.fields for event in EVENTS)
        whole.endpoints._take()
        assert form.state.data["endpoints"] == begun.data["endpoints"]

    formed(begun.data, work)


def test_every_word_of_a_design_has_a_name_on_the_page():
    def literal(model, name):
        def inside(of):
            found = typing.get_args(of)
            return found if found and all(isinstance(one, str) for one in found) else [
                word for one in found for word in inside(one)
            ]  # fmt: skip

        return set(inside(model.model_fields[name].annotation))

    assert set(words.METHODS) == set(ALL_METHODS) and set(words.STRATEGIES) == set(typing.get_args(Strategy))
    for named, model, name in (
        (words.KINDS, Endpoint, "kind"), (words.MISSING, Imputation, "missing"), (words.UNDER, Futility, "under"),
        (words.PROCEDURES, Multiplicity, "procedure"), (words.BOUNDARIES, Interim, "boundary"),
        (words.SPENDING, Futility, "spending"), (words.FUTILITY, Futility, "kind"),
        (words.SIZE_AGAIN, Reestimation, "method"), (words.AFTER_RESCUE, Analysis, "rescue"),
        (words.SCREENING, Design, "screening"),
    ):  # fmt: skip
        assert set(named) == literal(model, name), name


def test_a_mistake_in_a_fold_opens_it_and_one_of_another_endpoint_says_of_which():
    own = EXAMPLE.read_bytes()

    async def work(user):
        await user.open("/trial")
        said, wrong = await dropped(user, "or a design of your own", "mine.yaml", own)
        assert not wrong, said
        folds = [one for one in user.client.elements.values() if "studio-fold" in one._classes]
        assert folds and not any(one._props.get("open") for one in folds)
        field(user, "Run-in: standard care for so long before day 0").set_value("a while")
        assert "a while" in field(user, "Run-in: standard care for so long before day 0").error
        assert [one._props.get("open") for one in folds].count(True) == 1
        field(user, "Run-in: standard care for so long before day 0").set_value("12 mo")
        field(user, "Visits").set_value("0 d, 84 d")
        texts = [str(getattr(one, "text", "")) for one in user.client.elements.values()]
        assert any("Endpoint responder: There is no visit" in text for text in texts)

    walked(work, APPLICATION)
