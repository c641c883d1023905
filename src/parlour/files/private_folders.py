"""Folders for private files."""

from pathlib import Path


def make_private_folder(folder: Path) -> None:
    """Creates a folder and its missing parents, for their owner only. Raises OSError.

    `Path.mkdir` gives its mode to the last folder alone, and leaves that of the parents to the umask.
    """
    for each in (*reversed(folder.parents), folder):
        if not each.is_dir():
            each.mkdir(mode=0o700, exist_ok=True)
