"""Diffusion with decay against its solutions: a line, a point, the balance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy.spatial import KDTree
from scipy.special import k0

from lobule.tissue.fields import Field
from lobule.tissue.geometry import Plan, sheet

SHEET = sheet(Plan(lobules=7, radius=285.0, cell=23.0, central_vein=35.0, portal_tract=25.0), 1)


@given(diffusion=some.floats(1, 1000), decay=some.floats(1e-4, 1), seed=some.integers(0, 100))
def test_what_is_secreted_decays(diffusion, decay, seed):
    secreted = np.random.default_rng(seed).random(len(SHEET))
    found = Field(SHEET, diffusion, decay).steady(secreted)
    assert decay * (SHEET.areas * found).sum() == pytest.approx(secreted.sum(), rel=1e-9)
    assert found.min() >= 0


@given(diffusion=some.floats(1, 1000), seconds=some.floats(1, 1e5))
def test_without_decay_nothing_is_lost_and_everything_evens_out(diffusion, seconds):
    before = np.random.default_rng(1).random(len(SHEET))
    found = Field(SHEET, diffusion, 0.0, seconds).after(before)
    assert (SHEET.areas * found).sum() == pytest.approx((SHEET.areas * before).sum(), rel=1e-9)
    assert np.ptp(found) < np.ptp(before)


def worst_against_cosine(cell):
    """A cosine across the sheet decays as D k^2: largest error of the steady answer to a source of that form."""
    drawn = sheet(Plan(3, 200.0, cell, 20.0, 15.0), 1)
    wave, diffusion, decay = 2 * np.pi / drawn.size[0], 100.0, 0.01
    form = np.cos(wave * drawn.places[:, 0])
    exact = form / (decay + diffusion * wave**2)
    found = Field(drawn, diffusion, decay).steady(form * drawn.areas)
    return float(np.sqrt(np.mean((found - exact) ** 2)) / exact.max())


def test_a_cosine_is_met_and_better_so_on_a_finer_sheet():
    coarse, middle, fine = (worst_against_cosine(cell) for cell in (20.0, 10.0, 5.0))
    assert fine < middle < coarse < 0.01
    assert fine < 0.4 * coarse


def test_a_point_source_falls_as_the_bessel_function():
    diffusion, decay = 100.0, 0.02  # reaches 71 um
    reach = np.sqrt(diffusion / decay)
    at = int(KDTree(SHEET.places).query(SHEET.size / 2)[1])
    secreted = np.zeros(len(SHEET))
    secreted[at] = 1.0
    found = Field(SHEET, diffusion, decay).steady(secreted)
    distance = np.linalg.norm(SHEET.places - SHEET.places[at], axis=1)
    ring = (distance > 60) & (distance < 250)
    assert found[ring] == pytest.approx(k0(distance[ring] / reach) / (2 * np.pi * diffusion), rel=0.1)
