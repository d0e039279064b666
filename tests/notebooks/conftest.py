"""The demo that the tests of flows share, with little to learn from: a notebook is to run here, not to be right."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_client import KernelManager

from pipeline.settings import SETTINGS_FILE
from tests.flows.conftest import demo

__all__ = ["demo"]


@pytest.fixture(scope="module")
def small(demo, tmp_path_factory):
    """A project folder in which training looks at two past cut-offs."""
    folder = shutil.copytree(demo, tmp_path_factory.mktemp("small") / "shop")
    settings = folder / SETTINGS_FILE
    settings.write_text(f"{settings.read_text(encoding='utf-8')}\n[training]\ncut_offs = 2\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def kernel(small, tmp_path_factory) -> Iterator[KernelManager]:
    """One Python for all notebooks, as importing takes longer than most of them; each begins without a name in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEGCAST_PROJECT", str(small))
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        patch.setenv("JUPYTER_PLATFORM_DIRS", "1")
        manager = KernelManager(transport="tcp")  # sockets in the file system would lie beside the notebooks
        manager.start_kernel(cwd=str(Path(__file__).parents[2] / "notebooks"))
        yield manager
        manager.shutdown_kernel(now=True)
