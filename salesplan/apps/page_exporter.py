"""The page around the cells: its templates are compiled once for all visitors, not once for each."""

from types import CodeType
from typing import Any

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from voila.exporter import VoilaExporter


class KeptTemplates(BytecodeCache):
    """Compiled templates in memory; one whose source has changed is compiled again."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Hand over what was compiled from the same source."""
        checksum, code = self._kept.get(bucket.key, ("", None))
        if code is not None and checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        if bucket.code is not None:
            self._kept[bucket.key] = bucket.checksum, bucket.code


KEPT = KeptTemplates()


class PageExporter(VoilaExporter):
    """Voilà's exporter, which makes an environment for each page, with the templates of all of them."""

    def _create_environment(self) -> Environment:
        environment: Any = super()._create_environment()
        environment.bytecode_cache = KEPT
        return environment


def keep_templates() -> None:
    """Let this program's Voilà compile each template once."""
    import voila.notebook_renderer

    voila.notebook_renderer.VoilaExporter = PageExporter
