"""Record how the plugin reads the files, and what is found in them."""

from __future__ import annotations

import json

from dockernet_course.engines import compose
from dockernet_course.rehearsal.reading import read
from dockernet_course.rehearsal.source import text_of
from tests.data.compose import FOLDER, READ, found_in, without_folder

if __name__ == "__main__":
    (FOLDER / "config").mkdir(exist_ok=True)
    for name in READ:
        config = without_folder(read(compose.plugin(), text_of(FOLDER / name), {}).config)
        (FOLDER / "config" / f"{name}.json").write_text(json.dumps(config, indent=1) + "\n", "utf-8")
    everything = {name: found_in(name) for name in READ}
    (FOLDER / "findings.json").write_text(json.dumps(everything, indent=1) + "\n", "utf-8")
