"""What stays on disk: the cache, files bound to their name, and writing that is whole or not at all.

Every file that lobule writes goes through here, so that a killed process leaves the old file or the new one, a full or
forbidden disk is one sentence, and a link stays a link.
"""

from lobule.keeping.cache import cache_folder, compiled_by_numba, keep, kept
from lobule.keeping.drafts import sweep
from lobule.keeping.folders import aside, kind_of, mend, new_folder, origin, own_files, sign, strangers, writing_into
from lobule.keeping.place import check_place
from lobule.keeping.shelf import Shelf
from lobule.keeping.writing import (
    CsvLines,
    append_line,
    as_path,
    dropped_array,
    finished_array,
    new_array,
    own_text,
    packed,
    parquet_bytes,
    read_bound,
    read_own,
    shown,
    spreadsheet_text,
    told,
    unpacked,
    write_bound,
    write_bytes,
    write_files,
    write_table,
    write_text,
    writing_text,
)

__all__ = [
    "CsvLines",
    "Shelf",
    "append_line",
    "as_path",
    "aside",
    "cache_folder",
    "check_place",
    "compiled_by_numba",
    "dropped_array",
    "finished_array",
    "keep",
    "kept",
    "kind_of",
    "mend",
    "new_array",
    "new_folder",
    "origin",
    "own_files",
    "own_text",
    "packed",
    "parquet_bytes",
    "read_bound",
    "read_own",
    "shown",
    "sign",
    "spreadsheet_text",
    "strangers",
    "sweep",
    "told",
    "unpacked",
    "write_bound",
    "write_bytes",
    "write_files",
    "write_table",
    "write_text",
    "writing_into",
    "writing_text",
]
