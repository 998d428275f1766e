"""Sales data: the workspace folder, import, quality, reducers, the demo company, plan versions, access."""

from salesplan.data.dataset import SalesData, load
from salesplan.data.workspace import Workspace

__all__ = ["SalesData", "Workspace", "load"]
