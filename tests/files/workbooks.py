"""Workbooks for tests: written by openpyxl, or damaged part by part."""

import zipfile

import openpyxl


def write(path, rows, change=None):
    """Write rows to the first sheet; `change(book, sheet)` does the rest."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book, book.active)
    book.save(path)
    return path


def with_part(path, name, change):
    """Replace one file inside the workbook by `change(its bytes)`."""
    with zipfile.ZipFile(path) as book:
        parts = {entry: book.read(entry) for entry in book.namelist()}
    parts[name] = change(parts[name])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for entry, content in parts.items():
            book.writestr(entry, content)
    return path
