"""Read from compressed packets, without decoding them, how their frames are ordered and where decoding may start.

Only plain streams are followed, for which the answer is proven. For anything else Unproven is raised, and the file is
decoded once to find out. No files, no devices: bytes in, arrays out.
"""
