"""A cohort file: markers of hepatitis B are criteria where somebody has it."""

import pytest

from lobule.errors import InputError
from lobule.files.cohort import read_cohort_file

BOTH = "[{etiology: hbv, share: 0.5}, {etiology: alcohol, share: 0.5}]"


def write(folder, groups, criteria):
    path = folder / "cohort.yaml"
    path.write_text(f"patients: 20\ngroups: {groups}\ncriteria: {criteria}\n", encoding="utf-8")
    return path


def test_a_marker_of_hepatitis_b_is_refused_where_nobody_has_it_with_its_line(tmp_path):
    with pytest.raises(InputError, match="line 3, criteria: hbv_dna is measured in hepatitis B, which nobody has here"):
        read_cohort_file(write(tmp_path, "[{etiology: alcohol}]", "hbv_dna < 20"))
    with pytest.raises(InputError, match="line 3, criteria: nobody with alcohol meets hbsag > 100"):
        read_cohort_file(write(tmp_path, BOTH, "hbsag > 100"))


def test_it_may_be_asked_of_a_mixed_cohort_and_other_markers_of_everybody(tmp_path):
    assert read_cohort_file(write(tmp_path, BOTH, "hbv_dna < 20")).etiologies == ["hbv", "alcohol"]
    assert read_cohort_file(write(tmp_path, "[{etiology: alcohol}]", "afp < 20 and varices < 2")).criteria
