"""Where an embedded server keeps its files. Decides places; must not start anything.

The server's account may be barred from the folder that was asked for (a repository below a
0700 home, started by root). The files then live elsewhere, and a note in the folder says where.
"""

import hashlib
import logging
import os
import stat
import tempfile
from pathlib import Path

from adapters.servers.account import Account
from adapters.servers.errors import EmbeddedServerError

STATE_ROOT = Path("/var/lib/interlock")
SCRATCH_ROOT = Path("/var/tmp/interlock")
SOCKET_FOLDER_CHARACTERS_MAX = 85
NOTE = "moved-to"

logger = logging.getLogger(__name__)


def digest_of(path: Path) -> str:
    """A short name for a path, the same for every process that names the same place."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]


def home_for(asked: Path, account: Account, *, elsewhere: Path | None = None) -> Path:
    """The folder for a server's files: `asked/postgres`, or one that `account` can reach.

    Once moved, always moved: the note is obeyed even if the asked folder has opened up since.
    Raises EmbeddedServerError when the noted place is gone: an empty one must not replace it.
    """
    asked = asked.resolve()
    if not asked.exists():
        asked.mkdir(parents=True, exist_ok=True)
        asked.chmod(0o711)
    note = asked / NOTE
    if note.exists():
        home = Path(note.read_text(encoding="utf-8").strip())
        if not home.is_dir():
            raise EmbeddedServerError(f"{note} says that the data is in {home}, which is gone")
        return home
    if account.reaches(asked):
        return private_folder(asked / "postgres", account)
    home = private_folder(_reachable_root(asked, account, elsewhere) / digest_of(asked), account)
    _write_note(note, home)
    logger.warning("%s is closed to the server's account: its files are in %s", asked, home)
    return home


def socket_folder(home: Path, account: Account) -> Path:
    """A 0700 folder for the socket, with a path short enough for the kernel's limit."""
    inside = home / "run"
    if len(os.fsencode(inside)) <= SOCKET_FOLDER_CHARACTERS_MAX:
        return private_folder(inside, account)
    short = Path("/tmp") / f"interlock-{account.uid}-{digest_of(inside)}"
    return private_folder(short, account)


def private_folder(path: Path, account: Account) -> Path:
    """Make `path` a folder of `account` with mode 0700, or check that it is one."""
    try:
        path.mkdir()
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (account.uid, os.geteuid()):
            raise EmbeddedServerError(f"{path} belongs to somebody else") from None
    account.own(path)
    return path


def shared_root(account: Account, preferred: Path) -> Path:
    """`preferred` or the scratch root: a folder of ours that `account` may enter."""
    for root in (preferred, SCRATCH_ROOT):
        try:
            root.mkdir(mode=0o755, parents=True, exist_ok=True)
            found = root.lstat()
            if found.st_uid != os.geteuid() or found.st_mode & 0o022:
                continue
            root.chmod(0o755)
        except OSError:
            continue
        if account.reaches(root):
            return root
    raise EmbeddedServerError(f"neither {preferred} nor {SCRATCH_ROOT} can hold a server's files")


def _reachable_root(asked: Path, account: Account, elsewhere: Path | None) -> Path:
    if elsewhere is not None:
        return shared_root(account, elsewhere)
    # What was asked for in a scratch place must not end up among what is kept for ever.
    is_scratch = asked.is_relative_to(tempfile.gettempdir())
    return shared_root(account, SCRATCH_ROOT if is_scratch else STATE_ROOT)


def _write_note(note: Path, home: Path) -> None:
    draft = note.with_name(f"{NOTE}.{os.getpid()}")
    draft.write_text(f"{home}\n", encoding="utf-8")
    draft.replace(note)
