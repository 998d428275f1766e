"""A papermill engine with a real kernel: the running interpreter, with progress cell by cell."""

from collections.abc import Sequence
from typing import Any

from papermill.engines import NBClientEngine, papermill_engines
from traitlets.config import Config

from salesplan.kernels.own_kernel import OwnKernelManager, OwnKernelSpecs

NAME = "salesplan"


class SalesplanEngine(NBClientEngine):
    """Runs cells as papermill does and says after each how many are done."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, salesplan_progress: Any = None, salesplan_preload: Sequence[str] = (),
        **options: Any,
    ) -> Any:
        """Run the notebook; ``salesplan_progress`` is called with (done, all).

        With ``salesplan_preload`` the kernel is a fork of a process that has imported these modules.
        """
        if salesplan_preload:
            options["config"] = Config({OwnKernelSpecs.__name__: {"preload": list(salesplan_preload)}})
        if salesplan_progress is not None:
            total = len(nb_man.nb.cells)
            complete = nb_man.cell_complete

            def told(cell: Any, cell_index: int | None = None, **more: Any) -> None:
                complete(cell, cell_index=cell_index, **more)
                if cell_index is not None:
                    salesplan_progress(cell_index + 1, total)

            nb_man.cell_complete = told
        return super().execute_managed_notebook(nb_man, kernel_name, kernel_manager_class=OwnKernelManager, **options)


def use_kernel_engine() -> str:
    """Make the engine known to papermill and give its name."""
    papermill_engines.register(NAME, SalesplanEngine)
    return NAME
