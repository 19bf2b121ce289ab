"""What is wrong with a CSV file, in words for those who made it."""

from django.utils.translation import gettext_lazy as _

from subscribers.csv.format import Problem

WORDS = {
    # of the file
    "empty": _("The file is empty. Its first line must hold the names of the columns."),
    "workbook": _("This is a spreadsheet's own format. Save it as CSV (UTF-8) there, and upload that file."),
    "encoding": _("Line %(line)s is not readable as text. Save the file as CSV in UTF-8, and upload it again."),
    "no_header": _("The first line is too long for names of columns. Begin the file with a line of names."),
    "header_quotes": _("The first line has a quotation mark that is never closed. Write the names without any."),
    "nameless_column": _("Column %(number)s has no name in the first line. Known names: %(known)s."),
    "unknown_columns": _("There are no columns with these names: %(names)s. Known names: %(known)s."),
    "duplicate_columns": _("These columns are there twice: %(names)s. Keep one of each."),
    "no_key": _("The column %(name)s is missing: users are told apart by it."),
    "open_quote": _(
        "A quotation mark in the row of line %(line)s is never closed, so that the rest of the file cannot be read. "
        "Close it, or write two of them for one in the text."
    ),
    "long_line": _("Line %(line)s has too many cells for a line of this file."),
    "too_many_rows": _("The file has more than %(most)s rows. Split it, and import the parts one by one."),
    "no_rows": _("There is no row under the names of the columns."),
    # of a row
    "too_many_cells": _(
        "The row has %(found)s cells and the first line %(columns)s. "
        "A text that holds the delimiter needs quotation marks around it."
    ),
    "text_behind_quote": _(
        "There is text behind a closing quotation mark. For one in a text write two, and one around it all."
    ),
    "repeated": _("Line %(line)s has the same agreement number: only the first row counts."),
    # of a cell
    "new_needs_it": _("Nobody has this agreement number, and a new user needs this."),
    "moment": _("“%(text)s” is no date: write 2026-12-31 or 31.12.2026, with a time where needed: 2026-12-31 23:59."),
    "status": _("“%(text)s” is no status. Write one of these: %(known)s."),
    "number": _("“%(text)s” is no whole number."),
    "no_tariff": _("There is no tariff with this name: %(names)s."),
    "no_package": _("There is no package with this name: %(names)s."),
    "no_channel": _("There is no channel with this stream name: %(names)s."),
}


def say(problem: Problem) -> str:
    return str(WORDS[problem.code]) % problem.words
