"""What an assay reads of a well."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Readout:
    """What an assay measures: an output of the dish, the cells that show it, whether an active product lowers it."""

    title: str
    output: str
    cells: tuple[str, ...]
    falls: bool


READOUTS = {
    "tnf_alpha": Readout("TNF-alpha", "tnf_alpha", ("macrophages",), True),
    "il_6": Readout("IL-6", "il_6", ("macrophages",), True),
    "il_1_beta": Readout("IL-1beta", "il_1_beta", ("macrophages",), True),
    "il_10": Readout("IL-10", "il_10", ("macrophages",), False),
    "m2_share": Readout("M2 share of polarised macrophages", "restorative_share", ("macrophages",), False),
    "m2": Readout("M2 markers (CD206, arginase-1)", "m2_markers", ("macrophages",), False),
    "m1": Readout("M1 markers (CD11c)", "m1_markers", ("macrophages",), True),
    "inos": Readout("iNOS", "inos", ("macrophages",), True),
    "nlrp3": Readout("NLRP3", "nlrp3_protein", ("macrophages",), True),
    "inflammasome": Readout("inflammasome activity", "inflammasome_activity", ("macrophages",), True),
    "reactive_oxygen": Readout("reactive oxygen", "reactive_oxygen", ("macrophages", "hepatocytes"), True),
    "nf_kb": Readout("NF-kB activity", "macrophage_nf_kb", ("macrophages",), True),
    "macrophage_survival": Readout("surviving macrophages", "surviving_macrophages", ("macrophages",), False),
    "alpha_sma": Readout("activated stellate cells (alpha-SMA)", "activated_stellate_fold", ("stellate_cells",), True),
    "collagen": Readout("collagen synthesis", "collagen_synthesis_fold", ("stellate_cells",), True),
    "stellate_proliferation": Readout("stellate cell division", "stellate_proliferation", ("stellate_cells",), True),
    "stellate_drive": Readout("drive of stellate activation", "activation_drive", ("stellate_cells",), True),
    "delivered_mirna": Readout(
        "vesicles whose miRNA is in stellate cells (1e9)", "infused_mirna_in_stellate_cells", ("stellate_cells",), False
    ),
    "hepatocyte_death": Readout(
        "dead hepatocytes (share, net of division)", "dead_hepatocyte_share", ("hepatocytes",), True
    ),
    "ifn_gamma": Readout("IFN-gamma", "ifn_gamma", ("t_cells",), True),
    "effector_t_cells": Readout("effector T cells", "effector_t_cells", ("t_cells",), True),
}
