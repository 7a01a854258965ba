"""What hypercorn's workers serve: they import an app by its name."""

from __future__ import annotations

import os
from importlib.metadata import version

from bench.agent.servers.access_log import access_logger
from bench.agent.servers.counted_app import CountedApp
from bench.agent.servers.order import ServerOrder

_order = ServerOrder.parse(os.environ["LAYERCAKE_SERVER_ORDER"])
if _order.settings.get("access_log"):
    access_logger()  # a logger comes from another process by its name alone
app = CountedApp(_order, f"hypercorn {version('hypercorn')}", "h11")
