"""What could harm: each risk with its figure and how good that is; "no estimate" where nothing is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from lobule.model.slots import in_all_slots

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr

NO_ESTIMATE = "no estimate"
NEEDED = ("tgf_beta", "cumulative_hcc_hazard", "msc_in_liver", "msc_myofibroblast_rate")  # outputs of a run


def safety_table(
    treated: xr.Dataset,
    untreated: xr.Dataset,
    peaks: Mapping[str, float],
    values: Mapping[str, float],
    kinds: Sequence[str],
) -> pd.DataFrame:
    """Risks of a treatment.

    Parameters
    ----------
    treated, untreated : time courses of a run
    peaks : largest plugged share of the lung and immunity against the donor
    values : constants of the run
    kinds : kinds of the products given (vesicles, cells, medium); standard care has none

    Returns
    -------
    DataFrame, one row a risk: risk, figure (a number or "no estimate"), unit, grade, note.
    """
    cells = "cells" in kinds
    rows: list[tuple[str, Any, str, str, str]] = []
    plugs = peaks["lung_plugs"] if cells else NO_ESTIMATE
    rows.append(("pulmonary microembolism", plugs, "largest share of the lung's capacity plugged", "assumed",
                 "half of the small vessels at 1; falls with a slower infusion"
                 if cells else "vesicles pass capillaries; no data on aggregates"))  # fmt: skip
    rejected = (
        peaks["donor_immunity"]
        if cells and max(values[n] for n in in_all_slots("donor_mismatch", values)) > 0
        else NO_ESTIMATE
    )
    later = "the next dose lives shorter"
    foreign = "repeated vesicles of another species clear faster in macaques (kinetics.md 1); no figure"
    rows.append(
        ("sensitisation against the donor", rejected, "0 none to 1 full", "assumed", later if cells else foreign)
    )
    scar = float((treated["tgf_beta"] / untreated["tgf_beta"]).max()) if kinds else NO_ESTIMATE
    rows.append(("fibrosis promotion by TGF-beta", scar, "highest TGF-beta over untreated", "assumed",
                 "above 1 when medium is given in excess or M2 macrophages rise"))  # fmt: skip
    turned = _share_turned(treated, values) if cells else NO_ESTIMATE
    rows.append(("cells that turn myofibroblast", turned, "share of the living cells in the liver a day", "assumed",
                 "seen in chronic injury (pk-K131), without a rate"))  # fmt: skip
    switched = values["tumour_promotion_gain"] != 0
    tumour = (
        float(treated["cumulative_hcc_hazard"][-1] / untreated["cumulative_hcc_hazard"][-1])
        if switched and cells
        else NO_ESTIMATE
    )
    rows.append(("tumour promotion", tumour, "liver cancer hazard over untreated", "assumed",
                 "hypothesis chosen by the user (tumour_promotion_gain)" if switched else
                 "none seen in trials; in mice both promotion and suppression are published (T15)"))  # fmt: skip
    rows.append(("infusion reaction", NO_ESTIMATE, "", "", "fever is more frequent under cells in randomised trials "
                 "(lu2022rctmeta), without a rate in the evidence"))  # fmt: skip
    return pd.DataFrame(rows, columns=["risk", "figure", "unit", "grade", "note"])


def _share_turned(treated: xr.Dataset, values: Mapping[str, float]) -> float:
    """Largest rate at which cells in the liver turn into myofibroblasts, while there are any."""
    present = treated["msc_in_liver"] > 0
    rate = treated["msc_myofibroblast_rate"].where(present)
    return float(rate.max()) if bool(present.any()) else 0.0
