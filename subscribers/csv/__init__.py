"""Users from a file and into a file: the format, the import in chunks, its runs, the export."""
