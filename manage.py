#!/usr/bin/env python
"""Run Django's management commands for this project."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db import ProgrammingError


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playlist_project.settings")
    try:
        execute_from_command_line(sys.argv)
    except ProgrammingError as exc:
        from playlist_project.health import pending_migrations  # needs the apps

        if sys.argv[1:2] == ["migrate"] or not pending_migrations():
            raise
        sys.exit(f"The database is not up to date: run manage.py migrate, then this again. ({exc})")


if __name__ == "__main__":
    main()
