"""Read a tarred folder: its files lie in plain tar shards, at places that an index names, and are read from there.

`tools/prepare_videos.py --shards` writes one: `shard-000000.tar`, ..., and `shards.sqlite`, which says for each path
where its content begins in which shard. Folders below it are real and empty.

rows     what the index says of each file
shard    a tar, and the files in it
index    look a file up
paths    ask for any path, whether it lies in a shard or not: what everybody else calls

An index or a tar may come from somebody else: a row counts only if its checksum is right, if it lies within a shard
beside the index, and if the tar's own header there is that of a plain file of the same size.
Imports only ground modules.
"""

from pyvideoai.tarred.paths import entries_below, find, forget, is_file, is_there, names_in, open_file, status_of
from pyvideoai.tarred.shard import Status

__all__ = ["Status", "entries_below", "find", "forget", "is_file", "is_there", "names_in", "open_file", "status_of"]
