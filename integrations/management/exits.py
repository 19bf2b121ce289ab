"""What the commands have in common."""

BUSY = 75
"""The exit code of whoever finds the same run under way: EX_TEMPFAIL of sysexits.h, try again later."""

COMMAND_LINE = "command line"
"""The actor of a run that a command began."""
