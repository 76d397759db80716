"""What a notebook shows has a picture with words, and neither scripts nor addresses."""

from matplotlib.figure import Figure

from lobule.patient import Animal, Patient
from lobule.report.card import card
from lobule.therapy import Care, Plan, products


def draw():
    figure = Figure(figsize=(1, 1))
    figure.subplots().plot([0, 1])
    return figure


def bad():
    figure = Figure()
    figure.text(0, 0, "$\\frac{$")
    return figure


def test_a_picture_stands_in_the_card_and_says_what_it_shows():
    shown = card("t", 'It "falls"', draw=draw)
    assert 'src="data:image/png;base64,' in shown
    assert 'alt="It &quot;falls&quot;"' in shown


def test_a_picture_that_cannot_be_drawn_is_left_out():
    shown = card("t", "said", draw=bad)
    assert "<img" not in shown and "said" in shown
    assert "<img" not in card("t", "said", draw=lambda: None)


def test_everything_public_shows_itself_without_scripts_or_addresses():
    objects = [Animal(species="mouse"), Patient(etiology="hbv", years=10), Care("antiviral"), products["uc-msc-ev"],
               Plan("uc-msc-ev", "1e10 particle")]  # fmt: skip
    for one in objects:
        shown = one._repr_html_()
        assert shown.startswith("<div><b>")
        assert "<script" not in shown and "http" not in shown
    assert "mir 223" in products["uc-msc-ev"]._repr_html_().replace("_", " ")
