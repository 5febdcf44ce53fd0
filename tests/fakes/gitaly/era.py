# What a version of Gitaly has, and what it does in its own way.
# SPDX-License-Identifier: MIT
import os


def version():
    return os.environ.get("FAKE_GITALY_VERSION", "18.11.0")


class Era:
    def __init__(self, text):
        number = tuple(int(n) for n in text.split("-")[0].split(".")[:3])
        self.number = number
        self.manifest = number >= (16, 10)  # the layout
        self.latest = number >= (16, 9)  # +latest.toml
        self.atomic = number >= (17, 0)  # files by rename
        self.url = number >= (17, 0)  # -path is one
        self.attrs = (17, 0) <= number < (17, 1)
        self.header_only = number >= (17, 3)  # unchanged: a step, no skip
        self.keeps_pools = number >= (17, 2, 2)
        self.flags = number >= (17, 6)  # empty, non_existent
        self.command_key = "command.name" if number >= (17, 10) else "command"
        self.in_place = number >= (16, 9)  # restores into what is there
        self.never_removes = number >= (18, 3)
        self.markers = number >= (18, 11)  # backup_ids
        self.dns_tls = number >= (19, 0)
        self.layout_flag = number < (19, 0)
        self.layout_obeyed = number < (18, 10)
        # The default is the last one.
        self.layouts = ["legacy", "pointer"]
        if self.manifest:
            self.layouts.append("manifest")


ERA = Era(version())
