"""How many test videos a second the networks of the zoo score, and how much memory they take.

`command` reads the command line and makes the table, `protocol` says what a test video is for a network, and `process`
measures one network, in a process of its own.
"""
