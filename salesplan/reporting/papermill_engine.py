"""The papermill engine of the kit: own interpreter as kernel, progress cell by cell."""

from typing import Any

from papermill.engines import NBClientEngine, papermill_engines

from salesplan.reporting.python_kernel import OwnKernelManager

NAME = "salesplan"


class SalesplanEngine(NBClientEngine):
    """Runs cells as papermill does and says after each how many are done."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, salesplan_progress: Any = None, **options: Any
    ) -> Any:
        """Run the notebook; ``salesplan_progress`` is called with (done, all)."""
        if salesplan_progress is not None:
            total = len(nb_man.nb.cells)
            complete = nb_man.cell_complete

            def told(cell: Any, cell_index: int | None = None, **more: Any) -> None:
                complete(cell, cell_index=cell_index, **more)
                if cell_index is not None:
                    salesplan_progress(cell_index + 1, total)

            nb_man.cell_complete = told
        return super().execute_managed_notebook(nb_man, kernel_name, kernel_manager_class=OwnKernelManager, **options)


def use_engine() -> str:
    """Make the engine known to papermill and give its name."""
    papermill_engines.register(NAME, SalesplanEngine)
    return NAME
